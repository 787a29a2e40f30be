//! Owns how deep the serialiser may call itself.

use super::EncodeError;
use super::fault::Fault;
use crate::toon::MaxDepth;

/// Where between the root and the deepest allowed level a pass stands.
///
/// Arrays and objects count as the decoder counts them: the root's is level 1. Options and
/// newtypes leave no trace in the document and are counted apart, up to the same bound, so that a
/// chain of nothing else cannot exhaust the stack and a list of `Option<Box<_>>` is not charged
/// twice. Together they stay below [`MaxDepth::MAX`], which is what the stack carries.
#[derive(Clone, Copy)]
pub(super) struct Depth {
    max: usize,
    containers: usize,
    wrappers: usize,
}

impl Depth {
    pub(super) fn new(max: MaxDepth) -> Self {
        Self {
            max: max.levels(),
            containers: 0,
            wrappers: 0,
        }
    }

    /// How many arrays and objects are open.
    pub(super) fn containers(&self) -> usize {
        self.containers
    }

    #[inline]
    pub(super) fn enter(&mut self) -> Result<(), Fault> {
        self.check(self.containers)?;
        self.containers += 1;
        Ok(())
    }

    #[inline]
    pub(super) fn leave(&mut self) {
        self.containers -= 1;
    }

    #[inline]
    pub(super) fn wrap(&mut self) -> Result<(), Fault> {
        self.check(self.wrappers)?;
        self.wrappers += 1;
        Ok(())
    }

    #[inline]
    pub(super) fn unwrap(&mut self) {
        self.wrappers -= 1;
    }

    /// Whether there may be one more of that of which there are so many.
    #[inline]
    fn check(&self, count: usize) -> Result<(), Fault> {
        if count == self.max || self.containers + self.wrappers == MaxDepth::MAX.levels() {
            return Err(EncodeError::TooDeep { max: self.max }.into());
        }
        Ok(())
    }
}
