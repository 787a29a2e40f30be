//! The beginning of an array or an object, whichever form it has.

use serde::de::DeserializeSeed;

use crate::toon::decode::fault::Fault;
use crate::toon::decode::reader::Reader;
use crate::toon::decode::wrappers::Wrappers;

/// The beginning of an array or an object. The decoder has taken its first line and nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    /// `[]`.
    EmptyArray,
    /// A list item that is a bare hyphen.
    EmptyObject,
    /// Fields on the following lines, at a depth of at least `floor` (section 8).
    Object { floor: usize },
    /// A header on the line last taken; the number is the offset of its bracket. The decoder parses
    /// the header only when the type asks for the value.
    Array(usize),
    /// As `Array`, for the header of a list item, for example `- [2]: a,b`. It has no key and
    /// declares no table (section 9.4).
    Item(usize),
}

/// The serde deserializer of an array or an object.
///
/// `block_deserializer.rs` implements it, because the files of the forms, such as `list.rs`, use
/// this type and that file uses them. Thus no file depends on itself in a circle.
pub(super) struct Block<'a, 'de> {
    pub(super) reader: &'a mut Reader<'de>,
    pub(super) start: Start,
    pub(super) wrappers: Wrappers,
}

/// Reads the array or the object that begins with `start`.
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
