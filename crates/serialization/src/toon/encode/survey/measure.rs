//! The estimate of a document's length.
//!
//! With it, the encoder allocates the memory of the text once. The estimate is rather a little too
//! high than too low.

use crate::toon::encode::quoting::{self, Quoting};
use crate::toon::{Delimiter, EncodeOptions};

/// The lengths so far.
pub(super) struct Measure {
    length: Length,
    indent: usize,
    delimiter: Delimiter,
}

/// The lengths of the content so far, in three parts.
#[derive(Clone, Copy)]
pub(super) struct Length {
    /// The primitives, each with a delimiter or newline.
    cells: usize,
    /// The names of fields, each with `: `.
    names: usize,
    /// The headers of arrays, and the indentation of fields, items and rows.
    lines: usize,
}

/// The estimate counts two quotes for every string of at least this length. For a shorter one, two
/// bytes too many are a large error, and the exact answer is cheap.
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

    /// The length of the whole document, with some reserve.
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

    /// Adds a key at a level.
    #[inline]
    pub(super) fn name(&mut self, key: &str, level: usize) {
        self.length.names += key.len() + ": ".len();
        self.length.lines += self.indent * level;
    }

    /// The estimated length of a string, with quotes if it has at least [`SHORT`] bytes.
    #[inline]
    pub(super) fn string(&self, value: &str) -> usize {
        let is_bare =
            value.len() < SHORT && quoting::of_string(value, self.delimiter) == Quoting::Bare;
        value.len() + if is_bare { 0 } else { 2 }
    }

    /// Adds the line starts of `count` items or rows: their indentation, and a marker such as `- `.
    pub(super) fn lines(&mut self, count: usize, level: usize, marker: usize) {
        self.length.lines += count * (self.indent * level + marker);
    }

    pub(super) fn header(&mut self, length: usize) {
        self.length.lines += "[]: ".len() + digits(length as u64);
    }

    pub(super) fn names_since(&self, before: Length) -> usize {
        self.length.names - before.names
    }

    /// Makes the content since `before` a table: its names count once, and its rows have no lines
    /// within them.
    pub(super) fn table(&mut self, before: Length, names: usize) {
        self.length.names = before.names + names;
        self.length.lines = before.lines;
    }
}

/// The number of digits.
#[inline]
pub(super) fn digits(value: u64) -> usize {
    value.checked_ilog10().unwrap_or_default() as usize + 1
}

/// The estimated length of a float. Most floats have up to three decimals or as many as a float can
/// have: 1.25 gives 5, 0.1 + 0.2 gives 19.
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
