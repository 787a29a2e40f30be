//! The place of a value in the output, and the limit of its depth.

use serde::ser::{Error, Serialize};

use crate::json::JsonErrorKind;
use crate::json::output::Output;

/// The deepest nesting that the parser of `serde_json` reads; its limit of 128 is exclusive.
pub(super) const MAX_DEPTH: u8 = 127;

/// The place of a value in the output.
#[derive(Clone, Copy)]
pub(super) struct Nesting<'o> {
    pub(super) output: &'o Output,
    /// The number of arrays and objects around it.
    depth: u8,
}

/// Makes a value strict. The strict serializer implements it, so that arrays, objects and maps can
/// write their parts without a dependency on the serializer.
pub(super) trait Strict: Copy {
    /// The value, serialized strictly at this place.
    fn strict<T: Serialize + ?Sized>(self, value: &T) -> impl Serialize;
}

impl<'o> Nesting<'o> {
    /// The place of a whole document.
    pub(super) fn new(output: &'o Output) -> Self {
        Self { output, depth: 0 }
    }

    /// A place this number of arrays and objects deeper.
    pub(super) fn deeper<E: Error>(self, levels: u8) -> Result<Self, E> {
        let depth = self.depth + levels;
        if depth > MAX_DEPTH {
            return Err(self.refuse(JsonErrorKind::TooDeep { max: MAX_DEPTH }));
        }
        Ok(Self { depth, ..self })
    }

    /// Refuses the value at this place.
    pub(super) fn refuse<E: Error>(self, kind: JsonErrorKind) -> E {
        self.output.refuse(kind)
    }
}
