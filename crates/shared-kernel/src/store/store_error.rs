//! Owns the ways in which a store itself can fail, whatever it was asked.

use thiserror::Error;

use crate::codec::FormatError;
use crate::stream::OutOfRange;

/// A store could not do what it was asked. `location` says which: a path, or a server and database.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another writer held the store for too long. Nothing was done; try again.
    #[error("the store {location} is busy: another writer held it past the timeout; try again")]
    Busy {
        /// Which store.
        location: String,
    },
    /// There is no room for more; what was acknowledged stays readable.
    #[error("the store {location} has no room left; free some space on its disk and try again")]
    Full {
        /// Which store.
        location: String,
        /// What the database said.
        source: FormatError,
    },
    /// The store may be read but not written.
    #[error("the store {location} is read-only; check the permissions of the file and its folder")]
    ReadOnly {
        /// Which store.
        location: String,
        /// What the database said.
        source: FormatError,
    },
    /// What is stored is damaged.
    #[error("the store {location} is damaged: {problem}; keep the file and restore a backup")]
    Damaged {
        /// Which store.
        location: String,
        /// What was found.
        problem: String,
    },
    /// The store was closed, or the task that serves it has ended; open it again.
    #[error("the store {location} is closed; open it again")]
    Closed {
        /// Which store.
        location: String,
    },
    /// A count or place does not fit the store's integers.
    #[error("the store {location} cannot count that far")]
    OutOfRange {
        /// Which store.
        location: String,
        /// The number.
        source: OutOfRange,
    },
    /// Anything else that the database or the system under it reported.
    #[error("the store {location} failed")]
    Backend {
        /// Which store.
        location: String,
        /// What it said.
        source: FormatError,
    },
}

impl StoreError {
    /// Whether doing the same again can succeed without anybody's help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn only_a_busy_store_is_worth_a_second_try_by_itself() {
        let location = || "here".to_owned();
        let busy = StoreError::Busy {
            location: location(),
        };
        assert!(busy.is_transient());
        for error in [
            StoreError::Full {
                location: location(),
                source: "full".into(),
            },
            StoreError::ReadOnly {
                location: location(),
                source: "read-only".into(),
            },
            StoreError::Damaged {
                location: location(),
                problem: "page 3".into(),
            },
            StoreError::Closed {
                location: location(),
            },
            StoreError::Backend {
                location: location(),
                source: "unplugged".into(),
            },
        ] {
            assert!(!error.is_transient(), "{error:?}");
        }
    }

    #[test]
    fn the_number_that_does_not_fit_is_the_source() {
        let past = OutOfRange {
            what: "stream version",
            found: 1 << 63,
        };
        let error = StoreError::OutOfRange {
            location: "here".into(),
            source: past,
        };
        let source = error
            .source()
            .and_then(|source| source.downcast_ref::<OutOfRange>());
        assert_eq!(source, Some(&past));
        assert!(!error.is_transient());
    }
}
