//! Duplicate keys in lenient mode: the last value of a key wins (section 14.3).
//!
//! The decoder hands a value to serde as soon as it has read it, so it has to know beforehand
//! whether a later value replaces it. A lenient decoder therefore reads a document twice with the
//! same code. The first reading notes the duplicates, the second uses the notes: it gives a key in
//! its first place with its last value. For example, the lines `a: 1`, `b: 2`, `a: 3` give a with
//! 3, and then b with 2.

use std::collections::HashMap;
use std::mem;

use crate::toon::decode::lines::Lines;
use crate::toon::decode::quoted::key_name;

/// The treatment of duplicate keys in one reading.
#[derive(Debug)]
pub(super) enum Duplicates {
    /// Strict: a duplicate is an error.
    Refuse,
    /// The first lenient reading: notes the duplicates.
    Note(Noted),
    /// The second lenient reading: uses the notes of the first.
    Replace(Replacements),
}

/// The turn of each duplicate key, by the offset of the key. A key without an entry is read in
/// place.
pub(super) type Replacements = HashMap<usize, Turn>;

/// The notes of the first reading.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// The fields of all open objects, those of the innermost object last.
    fields: Vec<Field>,
    replacements: Replacements,
}

/// Where the decoder reads the value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The value after the key.
    Here,
    /// The value of a later field of the same name, on the line that begins at `line`. After that
    /// value, the decoder goes on at `resume`.
    Later { line: usize, resume: usize },
    /// None: an earlier field of the same name has used this value, or a later value replaces it.
    /// The decoder goes on at `resume`.
    Past { resume: usize },
}

/// A field of an open object.
#[derive(Debug)]
struct Field {
    offset: usize,
    /// The offset of the line after its value; 0 until the value is read.
    resume: usize,
}

impl Noted {
    /// Notes the next key, which stands at `offset`.
    pub(super) fn add(&mut self, offset: usize) {
        self.fields.push(Field { offset, resume: 0 });
    }

    /// The value of the last key has been read; the lines after it begin at `resume`.
    pub(super) fn end_last(&mut self, resume: usize) {
        if let Some(last) = self.fields.last_mut() {
            last.resume = resume;
        }
    }

    /// Notes the duplicates among the keys of an object. `base` is the index of its first field.
    pub(super) fn compare(&mut self, keys: &[&str], base: usize, lines: &Lines<'_>) {
        let mut firsts = HashMap::new();
        for (key, field) in keys.iter().zip(&self.fields[base..]) {
            let first = *firsts.entry(key_name(key)).or_insert(field);
            if first.offset == field.offset {
                continue;
            }
            let later = Turn::Later {
                line: lines.beginning(field.offset),
                resume: first.resume,
            };
            self.replacements.insert(first.offset, later);
            let past = Turn::Past {
                resume: field.resume,
            };
            self.replacements.insert(field.offset, past);
        }
        self.fields.truncate(base);
    }
}

impl Duplicates {
    /// The treatment in the second reading, from the notes of the first.
    pub(super) fn noted(&mut self) -> Self {
        match self {
            Self::Note(noted) => Self::Replace(mem::take(&mut noted.replacements)),
            Self::Refuse | Self::Replace(_) => Self::Refuse,
        }
    }
}
