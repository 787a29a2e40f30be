//! The output of a serializer: the bytes, and the first refusal.
//!
//! Two serializers share a reference to it: that of `serde_json` writes, and the strict one around
//! it measures and sorts the written bytes. The output keeps the typed refusal, because the
//! serializer of `serde_json` turns an error into text.

use std::cell::RefCell;
use std::io;

use bytes::Bytes;
use serde::ser;

use super::JsonError;

/// Most events fit without growing the buffer more than once.
const USUAL_SIZE: usize = 128;

/// A buffer to write into through a shared reference.
pub(super) struct Output {
    bytes: RefCell<Vec<u8>>,
    refusal: RefCell<Option<JsonError>>,
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
        }
    }

    /// The number of bytes written.
    pub(super) fn len(&self) -> usize {
        self.bytes.borrow().len()
    }

    /// Keeps the reason, if it is the first, and returns the error that ends the serialization.
    pub(super) fn refuse<E: ser::Error>(&self, reason: JsonError) -> E {
        let error = E::custom(&reason);
        self.refusal.borrow_mut().get_or_insert(reason);
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
            return Err(self.refuse(JsonError::DuplicateKey { key }));
        }
        let mut sorted = Vec::with_capacity(bytes.len() - begin);
        for entry in entries {
            if !sorted.is_empty() {
                sorted.push(b',');
            }
            sorted.extend_from_slice(&bytes[entry.start..entry.end]);
        }
        bytes.truncate(begin);
        bytes.append(&mut sorted);
        Ok(())
    }

    /// The bytes, unless a value was refused.
    ///
    /// A `Serialize` that ignores a refusal returns `Ok`, but its bytes end in the middle of a
    /// value; the kept refusal wins.
    pub(super) fn finish(self, written: Result<(), serde_json::Error>) -> Result<Bytes, JsonError> {
        match self.refusal.into_inner() {
            Some(reason) => Err(reason),
            None => {
                written?;
                Ok(Bytes::from(self.bytes.into_inner()))
            }
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
