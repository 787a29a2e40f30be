//! The error of the register of numbers.

use shared_kernel::StreamVersion;
use shared_kernel::codec::{DecodeError, EncodeError};
use shared_kernel::random::RandomnessUnavailable;
use shared_kernel::text::InvalidText;
use thiserror::Error;
use work_item::{AliasInvalid, WorkNumber};

/// Reading or writing the register of numbers failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// An entry cannot be decoded.
    #[error("entry {version} of the register of numbers cannot be read")]
    Undecodable {
        /// The version of the entry.
        version: StreamVersion,
        /// The error of the codec.
        source: DecodeError,
    },
    /// An entry assigns no number, or several.
    #[error("entry {version} of the register of numbers does not assign exactly one number")]
    NotOneNumber {
        /// The version of the entry.
        version: StreamVersion,
    },
    /// An entry assigns a number that differs from its version, for example entry 2 `WORK-003`.
    #[error("entry {version} of the register of numbers assigns {found}, not number {version}")]
    WrongNumber {
        /// The version of the entry.
        version: StreamVersion,
        /// The number in it.
        found: WorkNumber,
    },
    /// The codec cannot encode an entry.
    #[error("an entry of the register of numbers cannot be encoded")]
    Encode(#[from] EncodeError),
    /// A number cannot be an alias.
    #[error(transparent)]
    Alias(#[from] AliasInvalid),
    /// Every number up to the largest version is assigned.
    #[error("the register of numbers is full")]
    Full,
    /// The random source failed, so the entry has no event id.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
    /// The name of the register's stream is invalid.
    #[error(transparent)]
    StreamName(#[from] InvalidText),
}
