//! The error of the register of numbers.

use shared_kernel::StreamVersion;
use shared_kernel::codec::{DecodeError, EncodeError};
use shared_kernel::random::RandomnessUnavailable;
use shared_kernel::text::InvalidText;
use thiserror::Error;
use work_item::WorkNumber;

/// The register of numbers cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// An entry cannot be read.
    #[error("entry {version} of the register of numbers cannot be read")]
    Undecodable {
        /// The version of the entry.
        version: StreamVersion,
        /// What the codec said.
        source: DecodeError,
    },
    /// An entry gives no number, or several.
    #[error("entry {version} of the register of numbers does not give one number")]
    NotOneNumber {
        /// The version of the entry.
        version: StreamVersion,
    },
    /// An entry gives another number than its place.
    #[error("entry {version} of the register of numbers gives {found}")]
    OutOfStep {
        /// The version of the entry.
        version: StreamVersion,
        /// The number in it.
        found: WorkNumber,
    },
    /// An entry cannot be written in the format of the codec.
    #[error("an entry of the register of numbers cannot be written")]
    Encode(#[from] EncodeError),
    /// Every number that a store can count to is given.
    #[error("the register of numbers is full")]
    Full,
    /// No id could be made for the entry: the random source failed.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
    /// The name of the register's stream is refused.
    #[error(transparent)]
    StreamName(#[from] InvalidText),
}
