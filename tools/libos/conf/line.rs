// SPDX-License-Identifier: GPL-2.0
//! Lines and sections, before anything is known of their meaning.
//!
//! A line is a key and perhaps a value, separated by blanks. A word that starts with `#` starts a
//! comment, so that `eth#0` stays a word. A section is a line with a key of [`keys::TOP`] and all
//! lines up to the next such line; blank lines and indentation mean nothing.

use crate::{
    error::{Fault, Found, Mistake},
    keys,
    value::Kind,
};

/// A line that says something.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub number: usize,
    pub key: &'a str,
    value: Option<&'a str>,
    extra: Option<&'a str>,
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
        let mut words = text.split_ascii_whitespace().take_while(|word| !word.starts_with('#'));
        Some(Self { number, key: words.next()?, value: words.next(), extra: words.next() })
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

    /// Refuses the value if a section at line `first` has the same.
    pub fn unique(self, what: &str, first: Option<usize>) -> Found<()> {
        match first {
            Some(first) => {
                Err(self.must(format!("be unique, but the {what} at line {first} has it already")))
            }
            None => Ok(()),
        }
    }

    /// The fault that the value breaks a rule.
    pub fn must(self, must: impl Into<String>) -> Fault {
        self.fault(Mistake::Value {
            key: self.key.to_owned(),
            found: self.value.unwrap_or_default().to_owned(),
            must: must.into(),
        })
    }

    pub fn fault(self, mistake: Mistake) -> Fault {
        Fault { line: self.number, mistake }
    }

    fn no_value(self, must: &str) -> Fault {
        self.fault(Mistake::NoValue { key: self.key.to_owned(), must: must.to_owned() })
    }

    fn trailing(self, found: &str, after: String) -> Fault {
        self.fault(Mistake::Trailing { found: found.to_owned(), after })
    }
}

impl<'a> Section<'a> {
    fn new(head: Line<'a>) -> Self {
        Self { head, body: Vec::new() }
    }

    /// Refuses a line whose key the section has at an earlier line.
    pub fn once(&self, line: Line) -> Found<()> {
        match self.body.iter().find(|other| other.key == line.key) {
            Some(first) if first.number < line.number => {
                Err(line.fault(Mistake::Again { key: line.key.to_owned(), first: first.number }))
            }
            _ => Ok(()),
        }
    }
}

/// Cuts a text into its sections.
pub(crate) fn sections(text: &str) -> Found<Vec<Section<'_>>> {
    let mut sections: Vec<Section> = Vec::new();
    for line in lines(text) {
        if keys::TOP.contains(&line.key) {
            sections.push(Section::new(line));
        } else {
            let section = sections.last_mut().ok_or_else(|| keys::wrong(line, &[]))?;
            section.body.push(line);
        }
    }
    Ok(sections)
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
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let text = "route\r\n a 1\r\n\r\n b 2\r\nnameserver 3\r\nroute\r\n";
        let sections = sections(text).ok().unwrap();
        let shape: Vec<_> = sections
            .iter()
            .map(|section| (section.head.number, section.head.key, section.body.len()))
            .collect();
        assert_eq!(shape, [(1, "route", 2), (5, "nameserver", 0), (6, "route", 0)]);
    }
}
