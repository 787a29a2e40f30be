//! Owns the one door to randomness.

use std::sync::Arc;

use thiserror::Error;

/// Gives random bytes. Everything that needs chance takes it from this port.
pub trait Randomness: Send + Sync {
    /// Fills `bytes` with random bytes.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] when the source has none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable>;
}

impl<R: Randomness + ?Sized> Randomness for Arc<R> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        (**self).fill(bytes)
    }
}

/// The source of random bytes has none to give.
#[derive(Debug, Error)]
#[error("the operating system gave no random bytes")]
pub struct RandomnessUnavailable {
    /// What the source said.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// The randomness of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    #[expect(clippy::disallowed_methods, reason = "the randomness port")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        getrandom::fill(bytes).map_err(|error| RandomnessUnavailable {
            source: Box::new(error),
        })
    }
}
