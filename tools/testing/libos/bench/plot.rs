// SPDX-License-Identifier: GPL-2.0

//! The table as a picture: how many times as good the library is as the host's kernel, a bar a row.

use std::path::Path;

use plotters::prelude::*;

use crate::Result;

/// A row of the picture: what was measured, and how many times as good the library is.
pub struct Bar {
    pub name: String,
    pub times: f64,
}

const BAR_HEIGHT: u32 = 22;
const WIDTH: u32 = 900;
const LABELS: u32 = 330;
/// The scale is logarithmic, from a tenth to tenfold.
const LEAST: f64 = 0.1;
const MOST: f64 = 10.0;

/// Draws `bars` to an SVG file.
pub fn draw(bars: &[Bar], path: &Path) -> Result<()> {
    let rows = bars.len();
    let height = (rows as u32 + 3) * BAR_HEIGHT;
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .margin_left(10)
        .set_label_area_size(LabelAreaPosition::Left, LABELS)
        .set_label_area_size(LabelAreaPosition::Bottom, 40)
        .build_cartesian_2d((LEAST..MOST).log_scale(), (0..rows).into_segmented())?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(rows)
        .y_label_formatter(&|row| match row {
            SegmentValue::CenterOf(row) => bars.get(rows - 1 - row).map_or("", |b| &b.name).into(),
            _ => String::new(),
        })
        .x_label_formatter(&|times| format!("{times}"))
        .x_desc("times as good as the host's kernel")
        .draw()?;
    chart.draw_series((0..rows).map(|row| {
        let times = bars[rows - 1 - row].times.clamp(LEAST, MOST);
        let color = if times < 1.0 { RGBColor(200, 110, 60) } else { RGBColor(60, 130, 180) };
        let corners = [(1.0, SegmentValue::Exact(row)), (times, SegmentValue::Exact(row + 1))];
        let mut bar = Rectangle::new(corners, color.filled());
        bar.set_margin(3, 3, 0, 0);
        bar
    }))?;
    area.present()?;
    Ok(())
}
