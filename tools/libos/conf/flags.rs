// SPDX-License-Identifier: GPL-2.0
//! The flags of the command line, which are lines that replace those of the file.

use crate::{
    error::Found,
    interface::{self, VifType},
    line::{Line, Section},
    value::{self, Kind},
};

/// A flag and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag<'a> {
    /// Which it is, without its dashes: a key of the file by the same name.
    pub name: &'static str,
    /// What was given.
    pub value: &'a str,
}

const VIF: Kind<(Option<VifType>, String)> = Kind {
    must: "be NAME or TYPE:NAME, with a TYPE of RAW, TAP, PIPE, PASST or XDP and a NAME such as eth0",
    parse: vif,
};

/// Flags that belong to an interface.
const OF_INTERFACE: &[&str] = &["ip", "mac", "mtu"];

/// Puts what flags say into the sections of a file.
///
/// A gateway and a sysctl stay beside those that they replace: only when these are read it is known
/// which they are.
pub(crate) fn apply<'a>(sections: &mut Vec<Section<'a>>, flags: &[Flag<'a>]) -> Found<()> {
    let named = flags.iter().find(|flag| flag.name == "vif");
    let named = named.map(|vif| name_interface(sections, vif)).transpose()?;
    for flag in flags.iter().filter(|flag| OF_INTERFACE.contains(&flag.name)) {
        let position = named.map_or_else(|| only_interface(sections, flag), Ok)?;
        set(&mut sections[position], flag.line())?;
    }
    let top = |flag: &&Flag| flag.name != "vif" && !OF_INTERFACE.contains(&flag.name);
    for flag in flags.iter().filter(top) {
        let line = flag.line();
        sections.retain(|section| !is_replaced(section, line));
        sections.push(Section::new(line));
    }
    Ok(())
}

impl<'a> Flag<'a> {
    fn line(&self) -> Line<'a> {
        Line::of_flag(self.name, self.name, self.value)
    }

    /// The type, if there is one, and the name that `--vif` gives.
    fn vif(&self) -> (Option<&'a str>, &'a str) {
        match self.value.split_once(':') {
            Some((vif, name)) => (Some(vif), name),
            None => (None, self.value),
        }
    }
}

/// Makes the interface that `--vif` names, unless the file has it, and gives it its type. Where it
/// is among the sections.
fn name_interface<'a>(sections: &mut Vec<Section<'a>>, flag: &Flag<'a>) -> Found<usize> {
    flag.line().read(&VIF)?;
    let (vif, name) = flag.vif();
    let position = sections.iter().position(|section| is_interface(section, name));
    let position = position.unwrap_or_else(|| {
        sections.push(Section::new(Line::of_flag(flag.name, "interface", name)));
        sections.len() - 1
    });
    if let Some(vif) = vif {
        set(&mut sections[position], Line::of_flag(flag.name, "vif", vif))?;
    }
    Ok(position)
}

/// The interface that a flag belongs to if `--vif` names none.
fn only_interface(sections: &[Section], flag: &Flag) -> Found<usize> {
    let interfaces: Vec<_> = (0..sections.len())
        .filter(|&position| sections[position].head.key == "interface")
        .collect();
    match interfaces[..] {
        [only] => Ok(only),
        [] => Err(flag.line().must("come with --vif NAME, as there is no interface yet")),
        _ => {
            let names = interfaces.into_iter().filter_map(|position| sections[position].head.value);
            let names = names.collect::<Vec<_>>().join(", ");
            Err(flag.line().must(format!("come with --vif NAME, to say which of {names} is meant")))
        }
    }
}

fn is_interface(section: &Section, name: &str) -> bool {
    section.head.key == "interface" && section.head.value == Some(name)
}

/// Replaces what a section says of the same; a new address has a netmask of its own.
fn set<'a>(section: &mut Section<'a>, line: Line<'a>) -> Found<()> {
    let meaning = line.meaning();
    let again =
        section.body.iter().any(|other| other.place == line.place && other.meaning() == meaning);
    line.ensure(!again, "be given once for IPv4 and once for IPv6")?;
    let replaced = |other: &Line| {
        other.meaning() == meaning || (meaning == "address" && other.key == "netmask")
    };
    section.body.retain(|other| !replaced(other));
    section.body.push(line);
    Ok(())
}

/// Whether a section is a line of the file that the line of a flag replaces. One with more lines
/// stays: they are mistakes that want to be told.
fn is_replaced(section: &Section, line: Line) -> bool {
    let replaces = ["nameserver", "pcap", "mem"].contains(&line.meaning());
    let same = section.head.meaning() == line.meaning() && section.body.is_empty();
    replaces && same && !section.head.place.is_flag()
}

fn vif(text: &str) -> Option<(Option<VifType>, String)> {
    let Some((vif, name)) = text.split_once(':') else {
        return Some((None, (interface::NAME.parse)(text)?));
    };
    Some((Some(interface::vif_type(vif)?), value::interface_name(name)?))
}
