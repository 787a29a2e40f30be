//! Owns the bound of types that unwrap themselves without reading anything.

use crate::toon::decode::fault::Fault;
use crate::toon::{DecodeErrorKind, MaxDepth};

/// How many options and newtypes are already unwrapped around one value.
///
/// A document cannot make them many, but a type can that contains itself through them only.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wrappers(u16);

impl Wrappers {
    #[inline]
    pub(super) fn one_more(self) -> Result<Self, Fault> {
        let max = MaxDepth::default().levels();
        if usize::from(self.0) >= max {
            return Err(Fault::without_offset(DecodeErrorKind::TooDeep { max }));
        }
        Ok(Self(self.0 + 1))
    }
}
