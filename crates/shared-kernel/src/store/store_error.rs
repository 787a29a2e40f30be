//! The failures of a store, of reads and appends alike.

use thiserror::Error;

use crate::codec::FormatError;
use crate::stream::OutOfRange;

/// A store failed. `location` names the store, for example the path of its file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another writer held the store longer than the busy timeout, or its server has no room for
    /// another one. Nothing was written; try again.
    #[error("the store {location} is busy: {obstacle}; try again")]
    Busy {
        /// The store.
        location: String,
        /// The reason, for example the session of the server that holds it.
        obstacle: String,
    },
    /// The disk is full. Acknowledged events stay readable.
    #[error("the disk of the store {location} is full; free some space on it and try again")]
    Full {
        /// The store.
        location: String,
        /// The error of the database.
        source: FormatError,
    },
    /// The store is read-only.
    #[error("the store {location} is read-only: {obstacle}")]
    ReadOnly {
        /// The store.
        location: String,
        /// The reason, for example the file that may not be written, with its owner and its mode.
        obstacle: String,
    },
    /// The location does not lead to the open store any more. An append that was under way may be
    /// in the file that was there before.
    #[error(
        "{location} is not the store any more that was opened there: it was moved, deleted, \
         replaced or cut short; bring it back, or open the store that is there now"
    )]
    Replaced {
        /// The store.
        location: String,
    },
    /// The store is frozen: its log has moved, or is about to. Open the store at `to`.
    #[error("the store {location} takes no new events: its log moves to {to}; use the store there")]
    Moved {
        /// The store.
        location: String,
        /// The [`Destination`](crate::store::Destination).
        to: String,
    },
    /// The stored data is damaged.
    #[error("the store {location} is damaged: {problem}; keep the file and restore a backup")]
    Damaged {
        /// The store.
        location: String,
        /// The damage that was found.
        problem: String,
    },
    /// The store was closed; open it again.
    #[error("the store {location} is closed; open it again")]
    Closed {
        /// The store.
        location: String,
    },
    /// A version or position is larger than the store can count.
    #[error("the store {location} cannot hold a number this large")]
    OutOfRange {
        /// The store.
        location: String,
        /// The number.
        source: OutOfRange,
    },
    /// The server of the store cannot be reached, or the connection to it was lost.
    #[error("the store {location} cannot be reached")]
    Unreachable {
        /// The store.
        location: String,
        /// The error of the connection.
        source: FormatError,
    },
    /// Anything else that the database or the system under it reported.
    #[error("the store {location} failed")]
    Backend {
        /// The store.
        location: String,
        /// The error of the database or the system.
        source: FormatError,
    },
}

impl StoreError {
    /// [`Busy`](Self::Busy) because of another writer.
    #[must_use]
    pub fn busy(location: impl Into<String>) -> Self {
        Self::Busy {
            location: location.into(),
            obstacle: "another writer held it past the timeout".to_owned(),
        }
    }

    /// Whether the same call can succeed soon, without any change. A server that is
    /// [`Unreachable`](Self::Unreachable) may stay away.
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
    fn only_a_busy_store_is_transient() {
        let location = || "here".to_owned();
        assert!(StoreError::busy("here").is_transient());
        for error in [
            StoreError::Full {
                location: location(),
                source: "full".into(),
            },
            StoreError::ReadOnly {
                location: location(),
                obstacle: "read-only".into(),
            },
            StoreError::Replaced {
                location: location(),
            },
            StoreError::Moved {
                location: location(),
                to: "there".into(),
            },
            StoreError::Damaged {
                location: location(),
                problem: "page 3".into(),
            },
            StoreError::Closed {
                location: location(),
            },
            StoreError::Unreachable {
                location: location(),
                source: "connection refused".into(),
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
