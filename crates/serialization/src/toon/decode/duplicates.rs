//! Duplicate keys.

use std::collections::HashMap;
use std::mem;

use crate::toon::decode::lines::Lines;
use crate::toon::decode::quoted::key_name;

/// What is done about keys that stand twice.
#[derive(Debug)]
pub(super) enum Duplicates {
    /// They are errors.
    Refuse,
    /// They are noted, for a second reading.
    Note(Noted),
    /// They are known.
    Replace(Replacements),
}

/// What is read for a key that stands twice, by the place of the key.
pub(super) type Replacements = HashMap<usize, Turn>;

/// What a first reading finds.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// A field for each key of the objects that are being read, the innermost object's last.
    fields: Vec<Field>,
    replacements: Replacements,
}

/// Whether a field is read where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Here,
    /// Its value is the one of the field on the line that begins at `line`; what follows begins at
    /// `resume`.
    Later {
        line: usize,
        resume: usize,
    },
    /// Its value is read already, or replaced; what follows begins at `resume`.
    Past {
        resume: usize,
    },
}

/// Where the field of a key stands, as far as it is noted.
#[derive(Debug)]
struct Field {
    offset: usize,
    /// Where the lines begin that follow its value.
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

    /// Notes which of the keys of an object, those from `base` on, are replaced.
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
    /// What a first reading has noted, for the second.
    pub(super) fn noted(&mut self) -> Self {
        match self {
            Self::Note(noted) => Self::Replace(mem::take(&mut noted.replacements)),
            Self::Refuse | Self::Replace(_) => Self::Refuse,
        }
    }
}
