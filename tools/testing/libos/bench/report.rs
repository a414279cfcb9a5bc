// SPDX-License-Identifier: GPL-2.0

//! Rows, medians, the table, and the same as JSON.

use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::Result;
use crate::plot::Bar;

#[derive(Clone, Copy, Serialize)]
pub enum Unit {
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "MiB")]
    Mebibytes,
    #[serde(rename = "ns")]
    Nanoseconds,
    #[serde(rename = "us")]
    Microseconds,
    #[serde(rename = "Gbit/s")]
    Gigabits,
    #[serde(rename = "kpps")]
    Kilopackets,
    #[serde(rename = "thousands/s")]
    Thousands,
}

impl Unit {
    /// Whether less of it is better.
    fn is_better_small(self) -> bool {
        matches!(
            self,
            Unit::Milliseconds | Unit::Mebibytes | Unit::Nanoseconds | Unit::Microseconds
        )
    }

    fn name(self) -> &'static str {
        match self {
            Unit::Milliseconds => "ms",
            Unit::Mebibytes => "MiB",
            Unit::Nanoseconds => "ns",
            Unit::Microseconds => "µs",
            Unit::Gigabits => "Gbit/s",
            Unit::Kilopackets => "kpps",
            Unit::Thousands => "1000/s",
        }
    }
}

/// One row: every round's value of either kernel.
#[derive(Serialize)]
struct Row {
    name: String,
    unit: Unit,
    library: Vec<f64>,
    host: Vec<f64>,
}

#[derive(Serialize)]
pub struct Report {
    pub rounds: usize,
    #[serde(skip)]
    only: String,
    /// Whether only the library is measured, or only the host.
    #[serde(skip)]
    pub side: Option<bool>,
    rows: Vec<Row>,
}

impl Report {
    /// For rows whose names contain `only`.
    pub fn new(rounds: usize, only: &str) -> Self {
        Report { rounds, only: only.to_string(), side: None, rows: Vec::new() }
    }

    /// Whether a row is to be measured.
    pub fn wants(&self, row: &str) -> bool {
        row.contains(&self.only)
    }

    /// Whether a row whose name begins with `topic` may be wanted.
    pub fn wants_any(&self, topic: &str) -> bool {
        self.only.contains(topic) || topic.contains(&self.only)
    }

    /// One round's value of the library, or of the host.
    pub fn add(&mut self, name: &str, unit: Unit, of_library: bool, value: f64) {
        let at = self.rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
            let name = name.to_string();
            self.rows.push(Row { name, unit, library: Vec::new(), host: Vec::new() });
            self.rows.len() - 1
        });
        let row = &mut self.rows[at];
        if of_library { row.library.push(value) } else { row.host.push(value) }
    }

    pub fn print(&self) {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["", "library", "host", "ratio", "spread"]);
        for row in &self.rows {
            table.add_row([
                format!("{} [{}]", row.name, row.unit.name()),
                number(median(&row.library)),
                number(median(&row.host)),
                ratio(row).map_or(String::new(), |ratio| format!("{ratio:.2}")),
                format!("±{:.0} %", spread(&row.library)),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        println!("{table}");
        println!("medians of {} rounds; spread: half of the library's range", self.rounds);
    }

    /// The rows that both kernels have.
    pub fn bars(&self) -> Vec<Bar> {
        let bar = |row: &Row| {
            let ratio = ratio(row)?;
            let times = if row.unit.is_better_small() { 1.0 / ratio } else { ratio };
            Some(Bar { name: row.name.clone(), times })
        };
        self.rows.iter().filter_map(bar).collect()
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, serde_json::to_string_pretty(self)? + "\n")?)
    }
}

fn ratio(row: &Row) -> Option<f64> {
    Some(median(&row.library)? / median(&row.host)?)
}

fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_string(),
        Some(value) if value < 10.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.1}"),
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Half the distance between the least and the greatest, in percent of the median.
fn spread(values: &[f64]) -> f64 {
    let (Some(middle), Some(least), Some(greatest)) = (
        median(values),
        values.iter().copied().min_by(f64::total_cmp),
        values.iter().copied().max_by(f64::total_cmp),
    ) else {
        return 0.0;
    };
    (greatest - least) / 2.0 / middle * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_one() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn bars_are_of_what_both_have() {
        let mut report = Report::new(1, "");
        report.add("time", Unit::Microseconds, true, 5.0);
        report.add("time", Unit::Microseconds, false, 10.0);
        report.add("rate", Unit::Gigabits, true, 5.0);
        report.add("rate", Unit::Gigabits, false, 10.0);
        report.add("boot", Unit::Milliseconds, true, 12.0);
        let bars: Vec<_> = report.bars().into_iter().map(|bar| (bar.name, bar.times)).collect();
        assert_eq!(bars, [("time".to_string(), 2.0), ("rate".to_string(), 0.5)]);
    }

    #[test]
    fn spread_is_half_the_range() {
        assert_eq!(spread(&[9.0, 10.0, 11.0]), 10.0);
    }
}
