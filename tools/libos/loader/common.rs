// SPDX-License-Identifier: GPL-2.0

//! What all instances of a library have in common: its text, and those of its constants that do not
//! depend on where it is. All of them map the same file for it.

use std::ops::Range;

use crate::layout::PAGE;

/// Parts of the constants that are mapped for themselves. What is more belongs to each instance.
const PARTS: usize = 3;

/// Ranges of the library, in whole pages and in order; the first is the text. What an instance tells
/// those that map it later.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Common {
    ranges: [[u32; 2]; PARTS + 1],
}

impl Common {
    /// The text, and the largest of the `constants`.
    pub(crate) fn new(text_size: usize, constants: &[Range<usize>]) -> Self {
        let mut largest = constants.to_vec();
        largest.sort_by_key(|range| std::cmp::Reverse(range.len()));
        largest.truncate(PARTS);
        largest.push(0..text_size);
        largest.sort_by_key(|range| range.start);
        let mut common = Common::default();
        for (pages, range) in common.ranges.iter_mut().zip(largest) {
            *pages = [range.start, range.end].map(|at| (at / PAGE) as u32);
        }
        common
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> Range<usize> {
        0..self.ranges[0][1] as usize * PAGE
    }

    /// The constants.
    pub fn constants(&self) -> impl Iterator<Item = Range<usize>> {
        self.ranges().skip(1)
    }

    /// What is between: of an image of `size` bytes, what each instance has for itself.
    pub fn others(&self, size: usize) -> impl Iterator<Item = Range<usize>> {
        let starts = self.ranges().map(|range| range.start).skip(1).chain([size]);
        let ends = self.ranges().map(|range| range.end);
        ends.zip(starts).map(|(from, to)| from..to).filter(|range| !range.is_empty())
    }

    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let used = self.ranges.into_iter().filter(|[from, to]| from < to);
        used.map(|[from, to]| from as usize * PAGE..to as usize * PAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_what_is_between() {
        let pages = |from: usize, to: usize| from * PAGE..to * PAGE;
        let constants = [pages(4, 6), pages(7, 8), pages(9, 20), pages(20, 20), pages(22, 25)];
        let common = Common::new(3 * PAGE, &constants);
        assert_eq!(common.text(), pages(0, 3));
        let found: Vec<_> = common.constants().collect();
        assert_eq!(found, [pages(4, 6), pages(9, 20), pages(22, 25)]);
        let others: Vec<_> = common.others(30 * PAGE).collect();
        assert_eq!(others, [pages(3, 4), pages(6, 9), pages(20, 22), pages(25, 30)]);
    }
}
