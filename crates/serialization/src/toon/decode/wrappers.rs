//! The limit of options and newtypes around one value.

use crate::toon::decode::fault::Fault;
use crate::toon::{DecodeErrorKind, MaxDepth};

/// The number of options and newtypes already unwrapped around one value.
///
/// They take no text, so a document cannot cause many of them. A type can, for example
/// `struct Endless(Option<Box<Endless>>)`, which would exhaust the stack without a limit.
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
