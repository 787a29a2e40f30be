//! The port of randomness.
//!
//! [`Randomness`] fills bytes at random; [`SystemRandomness`] takes them from the operating system.
//! Event ids and the pauses between attempts use it.

use std::sync::Arc;

use thiserror::Error;

/// A source of random bytes. All code of this crate takes them from this port.
pub trait Randomness: Send + Sync {
    /// Fills `bytes` with random bytes.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the source fails.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable>;
}

impl<R: Randomness + ?Sized> Randomness for Arc<R> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        (**self).fill(bytes)
    }
}

/// The random source failed.
#[derive(Debug, Error)]
#[error("the random source failed")]
pub struct RandomnessUnavailable {
    /// The error of the source.
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
