//! The output of a serializer: the bytes, the first refusal, and the places to check later.
//!
//! Two serializers share a reference to it: that of `serde_json` writes, and the strict one around
//! it measures and sorts the written bytes. The output keeps the typed refusal, because the
//! serializer of `serde_json` turns an error into text.

use std::cell::{Cell, RefCell};
use std::io;

use serde::ser;

use super::path;
use super::{JsonError, JsonErrorKind};

/// Most events fit without growing the buffer more than once.
const USUAL_SIZE: usize = 128;

/// A buffer to write into through a shared reference.
pub(super) struct Output {
    bytes: RefCell<Vec<u8>>,
    refusal: RefCell<Option<JsonError>>,
    nulls: RefCell<Vec<usize>>,
    wide: RefCell<Vec<usize>>,
    has_raw: Cell<bool>,
}

/// A value as JSON, with the places that matter when it is read back.
pub(super) struct Written {
    pub(super) json: Vec<u8>,
    /// The offsets of each `null` that is a `Some`, in order.
    pub(super) nulls: Vec<usize>,
    /// The offsets of integers of 128 bits.
    pub(super) wide: Vec<usize>,
    /// Whether a part was copied from a `RawValue`.
    pub(super) has_raw: bool,
}

/// The place of a map entry in the output.
pub(super) struct MapEntry {
    /// The index of the opening quote of the key.
    pub(super) start: usize,
    /// The index past the closing quote of the key.
    pub(super) key_end: usize,
    /// The index past the value.
    pub(super) end: usize,
}

impl Output {
    pub(super) fn new() -> Self {
        Self {
            bytes: RefCell::new(Vec::with_capacity(USUAL_SIZE)),
            refusal: RefCell::new(None),
            nulls: RefCell::default(),
            wide: RefCell::default(),
            has_raw: Cell::new(false),
        }
    }

    /// The number of bytes written.
    pub(super) fn len(&self) -> usize {
        self.bytes.borrow().len()
    }

    /// Notes that the value from `start` on is a `Some`, if it was written as `null`.
    pub(super) fn note_some(&self, start: usize) {
        if self.bytes.borrow().get(start..) == Some(b"null") {
            self.nulls.borrow_mut().push(start);
        }
    }

    /// Notes that an integer of 128 bits comes next.
    pub(super) fn note_wide(&self) {
        self.wide.borrow_mut().push(self.len());
    }

    /// Notes that JSON comes next that a `RawValue` holds.
    pub(super) fn note_raw(&self) {
        self.has_raw.set(true);
    }

    /// Keeps the reason, if it is the first, and returns the error that ends the serialization.
    pub(super) fn refuse<E: ser::Error>(&self, kind: JsonErrorKind) -> E {
        self.refuse_at(self.len(), kind)
    }

    /// The same for the value at which the first `end` bytes end.
    fn refuse_at<E: ser::Error>(&self, end: usize, kind: JsonErrorKind) -> E {
        let path = path::at_end_of(&self.bytes.borrow()[..end]);
        let refused = JsonError::at(path, kind);
        let error = E::custom(&refused);
        self.refusal.borrow_mut().get_or_insert(refused);
        error
    }

    /// Sorts the entries of a map, which is the last value written, by their keys.
    pub(super) fn sort_entries<E: ser::Error>(&self, entries: &mut [MapEntry]) -> Result<(), E> {
        let mut bytes = self.bytes.borrow_mut();
        if entries.is_sorted_by(|a, b| a.key(&bytes) < b.key(&bytes)) {
            return Ok(());
        }
        let begin = entries.first().map_or(bytes.len(), |entry| entry.start);
        entries.sort_by(|a, b| a.key(&bytes).cmp(b.key(&bytes)));
        let twice = entries
            .windows(2)
            .find(|pair| pair[0].key(&bytes) == pair[1].key(&bytes));
        if let Some(pair) = twice {
            let key = String::from_utf8_lossy(&bytes[pair[0].start..pair[0].key_end]).into_owned();
            drop(bytes);
            return Err(self.refuse_at(begin, JsonErrorKind::DuplicateKey { key }));
        }
        let mut sorted = Vec::with_capacity(bytes.len() - begin);
        for entry in entries.iter() {
            if !sorted.is_empty() {
                sorted.push(b',');
            }
            sorted.extend_from_slice(&bytes[entry.start..entry.end]);
        }
        bytes.truncate(begin);
        bytes.append(&mut sorted);
        for noted in [&self.nulls, &self.wide] {
            move_with(entries, begin, &mut noted.borrow_mut());
        }
        Ok(())
    }

    /// The JSON, unless a value was refused.
    ///
    /// A `Serialize` that ignores a refusal returns `Ok`, but its bytes end in the middle of a
    /// value; the kept refusal wins.
    pub(super) fn finish(
        self,
        written: Result<(), serde_json::Error>,
    ) -> Result<Written, JsonError> {
        let bytes = self.bytes.into_inner();
        match (self.refusal.into_inner(), written) {
            (Some(refusal), _) => Err(refusal),
            (None, Err(error)) => Err(JsonError::at(path::at_end_of(&bytes), error.into())),
            (None, Ok(())) => {
                let mut nulls = self.nulls.into_inner();
                nulls.sort_unstable();
                Ok(Written {
                    json: bytes,
                    nulls,
                    wide: self.wide.into_inner(),
                    has_raw: self.has_raw.get(),
                })
            }
        }
    }
}

/// Moves the offsets in the entries of a map to their places after the entries were sorted. The
/// first entry begins at `begin`, and a comma stands between two.
fn move_with(entries: &[MapEntry], begin: usize, offsets: &mut [usize]) {
    let moved = offsets.iter_mut().filter(|offset| **offset >= begin);
    for offset in moved {
        let mut start = begin;
        for entry in entries {
            if (entry.start..entry.end).contains(offset) {
                *offset = *offset - entry.start + start;
                break;
            }
            start += entry.end - entry.start + 1;
        }
    }
}

impl MapEntry {
    /// The key in the output, without the closing quote: so `"a"` sorts before `"ab"`.
    fn key<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.start..self.key_end - 1]
    }
}

impl io::Write for &Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
