//! The beginning of an array or an object, whichever form it has.

use serde::de::DeserializeSeed;

use crate::toon::decode::fault::Fault;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::wrappers::Wrappers;

/// How an array or an object begins, of which the first line is taken and nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    EmptyArray,
    /// A bare hyphen.
    EmptyObject,
    /// Fields on the lines that follow, at a depth of at least `floor` (section 8).
    Object {
        floor: usize,
    },
    /// A header whose bracket stands there, on the line last taken. It is looked at when the value
    /// is asked for.
    Array(usize),
    /// A header after a hyphen, which has no key and is no table's (section 9.4).
    Item(usize),
}

/// A beginning, and the lines to read on from.
pub(super) struct Block<'a, 'de> {
    pub(super) reader: &'a mut Reader<'de>,
    pub(super) start: Start,
    pub(super) wrappers: Wrappers,
}

/// Reads an array or an object.
#[inline]
pub(super) fn read<'de, S: DeserializeSeed<'de>>(
    reader: &mut Reader<'de>,
    start: Start,
    seed: S,
) -> Result<S::Value, Fault> {
    seed.deserialize(Block {
        reader,
        start,
        wrappers: Wrappers::default(),
    })
}
