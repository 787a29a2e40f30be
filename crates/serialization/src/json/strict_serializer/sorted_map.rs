//! The sorted entries of a map: in the order of their keys as JSON text.

use serde::ser::{Serialize, SerializeMap};

use super::nesting::{Nesting, Strict};
use crate::json::output::MapEntry;

/// The entries of a map, written by `M` in the order in which they come, and sorted at the end.
pub(in crate::json) struct SortedMap<'o, M> {
    inner: M,
    inside: Nesting<'o>,
    entries: Vec<MapEntry>,
}

impl<'o, M> SortedMap<'o, M> {
    pub(super) fn new(inner: M, inside: Nesting<'o>) -> Self {
        let entries = Vec::new();
        Self {
            inner,
            inside,
            entries,
        }
    }
}

impl<M: SerializeMap> SerializeMap for SortedMap<'_, M> {
    type Ok = M::Ok;
    type Error = M::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), M::Error> {
        let output = self.inside.output;
        // The comma between two entries belongs to neither.
        let comma = usize::from(!self.entries.is_empty());
        let start = output.len() + comma;
        self.inner.serialize_key(&self.inside.strict(key))?;
        let key_end = output.len();
        self.entries.push(MapEntry {
            start,
            key_end,
            end: key_end,
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), M::Error> {
        self.inner.serialize_value(&self.inside.strict(value))?;
        if let Some(entry) = self.entries.last_mut() {
            entry.end = self.inside.output.len();
        }
        Ok(())
    }

    fn end(mut self) -> Result<M::Ok, M::Error> {
        self.inside.output.sort_entries(&mut self.entries)?;
        self.inner.end()
    }
}
