//! The search for duplicate keys among the fields of one object (section 14.3).
//!
//! In strict mode a duplicate is an error. `duplicates.rs` explains the lenient mode.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::toon::DecodeErrorKind;
use crate::toon::decode::content::Key;
use crate::toon::decode::duplicates::{Duplicates, Turn};
use crate::toon::decode::fault::Fault;
use crate::toon::decode::quoted::key_name;
use crate::toon::decode::reader::Reader;

/// The keys of one open object.
pub(super) struct Siblings<'de> {
    /// The index of its first key among the keys of all open objects.
    base: usize,
    /// The union of the keys' [`sketch`] bits. A key with a bit outside it is new.
    sketches: u64,
    /// A hash index of the keys, built when a key has to be compared with [`FEW`] or more.
    index: Option<HashSet<Cow<'de, str>>>,
    /// The offset at which the decoder goes on after the later value of a duplicate key.
    resume: Option<usize>,
}

/// Objects with fewer keys are searched one by one.
const FEW: usize = 16;

impl<'de> Siblings<'de> {
    #[inline]
    pub(super) fn open(reader: &Reader<'_>) -> Self {
        Self {
            base: reader.keys.len(),
            sketches: 0,
            index: None,
            resume: None,
        }
    }

    /// The fast path: takes the next key if its sketch shows that it is new, and returns whether it
    /// did. It never does in lenient mode.
    #[inline]
    pub(super) fn take_new(&mut self, reader: &mut Reader<'de>, key: &'de str) -> bool {
        let sketch = sketch(key);
        if self.sketches & sketch != 0 || !matches!(reader.duplicates, Duplicates::Refuse) {
            return false;
        }
        self.sketches |= sketch;
        reader.keys.push(key);
        true
    }

    /// Takes the next key, which stands at `offset`, and returns where its value stands.
    pub(super) fn next(
        &mut self,
        reader: &mut Reader<'de>,
        key: &Key<'de>,
        offset: usize,
    ) -> Result<Turn, Fault> {
        let mut turn = Turn::Here;
        if let Duplicates::Refuse = reader.duplicates {
            let sketch = sketch(&key.name);
            if self.sketches & sketch != 0 && self.is_among(&reader.keys[self.base..], &key.name) {
                let key = key.name.as_ref().into();
                return Err(Fault::new(DecodeErrorKind::DuplicateKey { key }, offset));
            }
            self.sketches |= sketch;
        } else {
            turn = self.lenient_turn(reader, offset);
        }
        if !matches!(turn, Turn::Past { .. }) {
            reader.keys.push(key.written);
        }
        Ok(turn)
    }

    #[cold]
    fn lenient_turn(&mut self, reader: &mut Reader<'_>, offset: usize) -> Turn {
        match &mut reader.duplicates {
            Duplicates::Refuse => Turn::Here,
            Duplicates::Note(noted) => {
                noted.add(offset);
                Turn::Here
            }
            Duplicates::Replace(replacements) => {
                let turn = replacements.get(&offset).copied().unwrap_or(Turn::Here);
                match turn {
                    Turn::Here => {}
                    Turn::Later { line, resume } => {
                        reader.lines.seek(line);
                        self.resume = Some(resume);
                    }
                    Turn::Past { resume } => reader.lines.seek(resume),
                }
                turn
            }
        }
    }

    /// Ends the value of the last key, before the decoder looks for the next key: in lenient mode
    /// it moves to the line after that value, or notes that line.
    #[inline]
    pub(super) fn value_read(&mut self, reader: &mut Reader<'_>) {
        if !matches!(reader.duplicates, Duplicates::Refuse) {
            self.lenient_value_read(reader);
        }
    }

    #[cold]
    fn lenient_value_read(&mut self, reader: &mut Reader<'_>) {
        if let Some(resume) = self.resume.take() {
            reader.lines.seek(resume);
        }
        if let Duplicates::Note(noted) = &mut reader.duplicates {
            noted.end_last(reader.lines.position());
        }
    }

    /// Closes the object: the first lenient reading notes its duplicates, then its keys are
    /// removed.
    #[inline]
    pub(super) fn close(&self, reader: &mut Reader<'_>) {
        if let Duplicates::Note(noted) = &mut reader.duplicates {
            noted.compare(&reader.keys[self.base..], self.base, &reader.lines);
        }
        reader.keys.truncate(self.base);
    }

    #[inline(never)]
    fn is_among(&mut self, known: &[&'de str], key: &str) -> bool {
        if known.len() < FEW {
            return known.iter().any(|known| key_name(known) == key);
        }
        let index = self.index.get_or_insert_default();
        let unindexed = &known[index.len()..];
        index.extend(unindexed.iter().map(|key| key_name(key)));
        index.contains(key)
    }
}

/// One bit of 64, derived from the length of a key and its first and last bytes. Equal keys have
/// equal sketches, so keys with different sketches differ.
#[inline]
fn sketch(key: &str) -> u64 {
    let bytes = key.as_bytes();
    let first = bytes.first().copied().unwrap_or_default();
    let last = bytes.last().copied().unwrap_or_default();
    let mixed = usize::from(first) ^ (usize::from(last) << 2) ^ (bytes.len() << 3);
    1 << (mixed & 63)
}
