//! The recursion limit of the encoder.

use super::EncodeError;
use super::fault::Fault;
use crate::toon::MaxDepth;

/// The number of open arrays, objects, options and newtypes.
///
/// Arrays and objects count as in the decoder: the root is level 1. Options and newtypes have no
/// text and have a count of their own with the same limit. Thus a chain of options alone cannot
/// exhaust the stack, and a list of `Option<Box<_>>` does not count twice per level. Both counts
/// together stay below [`MaxDepth::MAX`], because the stack holds no more.
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

    /// The number of open arrays and objects.
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

    /// Checks that `count` may grow by one.
    #[inline]
    fn check(&self, count: usize) -> Result<(), Fault> {
        if count == self.max || self.containers + self.wrappers == MaxDepth::MAX.levels() {
            return Err(EncodeError::TooDeep { max: self.max }.into());
        }
        Ok(())
    }
}
