//! Owns the estimate of how long a document will be.
//!
//! It is made so that the text's memory is asked for once: a little too much rather than too
//! little, and never wildly wrong.

use crate::toon::encode::quoting::{self, Quoting};
use crate::toon::{Delimiter, EncodeOptions};

/// The lengths so far.
pub(super) struct Measure {
    length: Length,
    indent: usize,
    delimiter: Delimiter,
}

/// How long all is up to a place.
#[derive(Clone, Copy)]
pub(super) struct Length {
    /// The primitives, each with what separates it from the next.
    cells: usize,
    /// The names of fields, each with what follows it.
    names: usize,
    /// The headers of arrays, and the lines of fields, items and rows.
    lines: usize,
}

/// In strings of fewer bytes, quotes would be much that is not needed; whether they have any is
/// found out, and soon.
const SHORT: usize = 4;

impl Measure {
    pub(super) fn new(options: EncodeOptions) -> Self {
        Self {
            length: Length {
                cells: 0,
                names: 0,
                lines: 0,
            },
            indent: options.indent.spaces(),
            delimiter: options.delimiter,
        }
    }

    /// The whole length, with some reserve.
    pub(super) fn document(&self) -> usize {
        let Length {
            cells,
            names,
            lines,
        } = self.length;
        cells + names + lines + 192
    }

    pub(super) fn length(&self) -> Length {
        self.length
    }

    #[inline]
    pub(super) fn cell(&mut self, length: usize) {
        self.length.cells += length + 1;
    }

    /// A key at a level.
    #[inline]
    pub(super) fn name(&mut self, key: &str, level: usize) {
        self.length.names += key.len() + ": ".len();
        self.length.lines += self.indent * level;
    }

    /// About how long a string is: in quotes where it is long enough for them to be cheap to
    /// foresee.
    #[inline]
    pub(super) fn string(&self, value: &str) -> usize {
        let is_bare =
            value.len() < SHORT && quoting::of_string(value, self.delimiter) == Quoting::Bare;
        value.len() + if is_bare { 0 } else { 2 }
    }

    /// So many items or rows.
    pub(super) fn lines(&mut self, count: usize, level: usize, marker: usize) {
        self.length.lines += count * (self.indent * level + marker);
    }

    pub(super) fn header(&mut self, length: usize) {
        self.length.lines += "[]: ".len() + digits(length as u64);
    }

    pub(super) fn names_since(&self, before: Length) -> usize {
        self.length.names - before.names
    }

    /// What came since is a table: its names stand once, and its rows have no more lines in them.
    pub(super) fn table(&mut self, before: Length, names: usize) {
        self.length.names = before.names + names;
        self.length.lines = before.lines;
    }
}

/// How many digits a number has.
#[inline]
pub(super) fn digits(value: u64) -> usize {
    value.checked_ilog10().unwrap_or_default() as usize + 1
}

/// About how long a float is: most have two or three decimals, or as many as fit.
#[inline]
pub(super) fn float(value: f64) -> usize {
    let whole = value.abs() as u64;
    let scaled = value * 1000.0;
    if scaled == scaled.trunc() {
        digits(whole) + 4
    } else {
        19
    }
}
