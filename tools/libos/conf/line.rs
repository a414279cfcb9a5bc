// SPDX-License-Identifier: GPL-2.0
//! Lines and sections, before anything is known of their meaning.
//!
//! A line is a key and perhaps a value, separated by blanks. A word that starts with `#` starts a
//! comment, so that `eth#0` stays a word. A section is a line with a key of [`keys::TOP`] and all
//! lines up to the next such line; blank lines and indentation mean nothing. A flag of the command
//! line is a line, too.

use crate::{
    error::{Fault, Found, Mistake},
    keys,
    place::Place,
    value::Kind,
};

/// A line that says something.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub place: Place,
    pub key: &'a str,
    pub value: Option<&'a str>,
    extra: Option<&'a str>,
    /// All words after the key.
    rest: &'a str,
}

/// A line whose value has been understood.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a, T> {
    pub line: Line<'a>,
    pub value: T,
}

/// A line that starts a section, and the lines that belong to it.
pub(crate) struct Section<'a> {
    pub head: Line<'a>,
    pub body: Vec<Line<'a>>,
}

impl<'a> Line<'a> {
    /// `None` if the line is blank or only a comment.
    fn new(number: usize, text: &'a str) -> Option<Self> {
        let text = without_comment(text);
        let mut words = text.split_ascii_whitespace();
        let key = words.next()?;
        let rest = text.trim_ascii()[key.len()..].trim_ascii();
        let (value, extra) = (words.next(), words.next());
        Some(Self { place: Place::Line(number), key, value, extra, rest })
    }

    /// What a flag says; `key` is the key that it stands for.
    pub fn of_flag(flag: &'static str, key: &'a str, value: &'a str) -> Self {
        Self { place: Place::Flag(flag), key, value: Some(value), extra: None, rest: value }
    }

    /// The key by its first name.
    pub fn meaning(self) -> &'a str {
        keys::meaning(self.key, self.value)
    }

    /// The value, which must be of a kind, and nothing after it.
    pub fn read<T>(self, kind: &Kind<T>) -> Found<Entry<'a, T>> {
        let text = self.value.ok_or_else(|| self.no_value(kind.must))?;
        let value = (kind.parse)(text).ok_or_else(|| self.must(kind.must))?;
        match self.extra {
            Some(extra) => Err(self.trailing(extra, format!("the value of {}", self.key))),
            None => Ok(Entry { line: self, value }),
        }
    }

    /// All words as one value, which must be of a kind.
    pub fn read_all<T>(self, kind: &Kind<T>) -> Found<Entry<'a, T>> {
        self.value.ok_or_else(|| self.no_value(kind.must))?;
        let whole = Self { value: Some(self.rest), ..self };
        let value = (kind.parse)(self.rest).ok_or_else(|| whole.must(kind.must))?;
        Ok(Entry { line: whole, value })
    }

    /// Refuses a value: this key takes none.
    pub fn read_none(self) -> Found<()> {
        match self.value {
            Some(value) => Err(self.trailing(value, self.key.to_owned())),
            None => Ok(()),
        }
    }

    /// Whether the value has that character.
    pub fn has(self, character: char) -> bool {
        self.value.is_some_and(|value| value.contains(character))
    }

    /// Refuses the value if it breaks a rule.
    pub fn ensure(self, holds: bool, must: &str) -> Found<()> {
        if holds { Ok(()) } else { Err(self.must(must)) }
    }

    /// Refuses the value if a section at `first` has the same.
    pub fn unique(self, what: &str, first: Option<Place>) -> Found<()> {
        match first {
            Some(first) => {
                Err(self.must(format!("be unique, but the {what} at {first} has it already")))
            }
            None => Ok(()),
        }
    }

    /// The fault that the value breaks a rule.
    pub fn must(self, must: impl Into<String>) -> Fault {
        self.fault(Mistake::Value {
            // A message about a flag begins with its name.
            key: if self.place.is_flag() { "it" } else { self.key }.to_owned(),
            found: self.value.unwrap_or_default().to_owned(),
            must: must.into(),
        })
    }

    pub fn fault(self, mistake: Mistake) -> Fault {
        Fault { place: self.place, mistake }
    }

    /// The fault of a line whose key is none of those `allowed` in its section.
    pub fn misplaced(self, allowed: &[&str]) -> Fault {
        self.fault(keys::mistake(self.key, allowed))
    }

    fn no_value(self, must: &str) -> Fault {
        self.fault(Mistake::NoValue { key: self.key.to_owned(), must: must.to_owned() })
    }

    fn trailing(self, found: &str, after: String) -> Fault {
        self.fault(Mistake::Trailing { found: found.to_owned(), after })
    }
}

impl<'a> Section<'a> {
    pub fn new(head: Line<'a>) -> Self {
        Self { head, body: Vec::new() }
    }

    /// Refuses a line whose key the section has at an earlier line.
    pub fn once(&self, line: Line) -> Found<()> {
        match self.body.iter().find(|other| other.meaning() == line.meaning()) {
            Some(first) if first.place != line.place => {
                Err(line.fault(Mistake::Again { key: line.key.to_owned(), first: first.place }))
            }
            _ => Ok(()),
        }
    }
}

/// Cuts a text into its sections.
pub(crate) fn sections(text: &str) -> Found<Vec<Section<'_>>> {
    let mut sections: Vec<Section> = Vec::new();
    for line in lines(text) {
        if starts_section(line, sections.last()) {
            sections.push(Section::new(line));
        } else {
            let section = sections.last_mut().ok_or_else(|| line.misplaced(&[]))?;
            section.body.push(line);
        }
    }
    Ok(sections)
}

/// A `gateway` belongs to the route before it; elsewhere it stands on its own.
fn starts_section(line: Line, last: Option<&Section>) -> bool {
    let in_route = last.is_some_and(|section| section.head.key == "route");
    keys::TOP.contains(&line.key) && !(in_route && keys::ROUTE.contains(&line.key))
}

/// A comment starts with a word.
fn without_comment(text: &str) -> &str {
    let blank_before = |at: usize| !text[..at].ends_with(|c: char| !c.is_ascii_whitespace());
    let comment = text.match_indices('#').find(|&(at, _)| blank_before(at));
    comment.map_or(text, |(at, _)| &text[..at])
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    (1..).zip(text.lines()).filter_map(|(number, text)| Line::new(number, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_say_nothing() {
        for text in ["", " \t ", "\r", "# address 10.0.0.1", "  #x"] {
            assert!(Line::new(1, text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_comment_starts_with_a_word() {
        let line = Line::new(1, "\tkey  value#1 #comment here\r").unwrap();
        assert_eq!((line.key, line.value, line.extra), ("key", Some("value#1"), None));
        let line = Line::new(1, "key  a \tb#  c #d #").unwrap();
        assert_eq!((line.rest, line.extra), ("a \tb#  c", Some("b#")));
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let text = "route\r\n a 1\r\n\r\n b 2\r\nnameserver 3\r\nroute\r\n";
        let sections = sections(text).ok().unwrap();
        let shape: Vec<_> = sections
            .iter()
            .map(|section| (section.head.place, section.head.key, section.body.len()))
            .collect();
        let [one, five, six] = [1, 5, 6].map(Place::Line);
        assert_eq!(shape, [(one, "route", 2), (five, "nameserver", 0), (six, "route", 0)]);
    }

    #[test]
    fn a_gateway_is_the_route_s_or_its_own() {
        let shape = |text| -> Vec<_> {
            sections(text).ok().unwrap().iter().map(|section| section.body.len()).collect()
        };
        assert_eq!(shape("gateway 1\nroute\ngateway 2\ngateway 3"), [0, 2]);
        assert_eq!(shape("route\nnetwork 1\ninterface a\nmtu 2\ngateway 3"), [1, 1, 0]);
    }
}
