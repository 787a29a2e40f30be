//! The version that a writer expects of a stream, and the conflict for a wrong expectation.

use std::fmt;

use thiserror::Error;

use crate::{StreamId, StreamVersion};

/// The version that a writer expects of a stream at its append.
///
/// ```
/// use shared_kernel::{ExpectedVersion, StreamId, StreamVersion};
///
/// let stream = StreamId::new("order-1")?;
/// let three = StreamVersion::from(3);
/// assert!(ExpectedVersion::Exact(three).check(&stream, three).is_ok());
///
/// let conflict = ExpectedVersion::NoStream.check(&stream, three).unwrap_err();
/// assert_eq!(conflict.actual, three);
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExpectedVersion {
    /// Any version.
    Any,
    /// The stream has no events.
    NoStream,
    /// The stream has at least one event.
    StreamExists,
    /// The stream has exactly this version; `Exact(0)` means the same as `NoStream`.
    Exact(StreamVersion),
}

impl ExpectedVersion {
    /// Compares the expectation with the actual version of `stream`.
    ///
    /// # Errors
    /// [`Conflict`] if they differ; it has both.
    pub fn check(self, stream: &StreamId, actual: StreamVersion) -> Result<(), Conflict> {
        let holds = match self {
            Self::Any => true,
            Self::NoStream => actual == StreamVersion::EMPTY,
            Self::StreamExists => actual != StreamVersion::EMPTY,
            Self::Exact(version) => actual == version,
        };
        if holds {
            Ok(())
        } else {
            Err(Conflict {
                stream: stream.clone(),
                expected: self,
                actual,
            })
        }
    }
}

impl From<StreamVersion> for ExpectedVersion {
    fn from(version: StreamVersion) -> Self {
        Self::Exact(version)
    }
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any version"),
            Self::NoStream => f.write_str("no stream"),
            Self::StreamExists => f.write_str("an existing stream"),
            Self::Exact(version) => write!(f, "version {version}"),
        }
    }
}

/// A stream does not have the version that a writer expected; nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("conflict on stream `{stream}`: expected {expected}, found version {actual}")]
pub struct Conflict {
    /// The stream.
    pub stream: StreamId,
    /// The expected version.
    pub expected: ExpectedVersion,
    /// The version of the stream when the append was refused.
    pub actual: StreamVersion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expectation_against_an_empty_and_a_used_stream() {
        let stream = StreamId::new("s").unwrap();
        let exact = |n: u32| ExpectedVersion::Exact(StreamVersion::from(n));
        let holds = |e: ExpectedVersion, n: u32| e.check(&stream, StreamVersion::from(n)).is_ok();
        for (expected, on_empty, on_two) in [
            (ExpectedVersion::Any, true, true),
            (ExpectedVersion::NoStream, true, false),
            (ExpectedVersion::StreamExists, false, true),
            (exact(0), true, false),
            (exact(1), false, false),
            (exact(2), false, true),
            (exact(3), false, false),
        ] {
            assert_eq!(
                holds(expected, 0),
                on_empty,
                "{expected} on an empty stream"
            );
            assert_eq!(holds(expected, 2), on_two, "{expected} on a stream of two");
        }
    }

    #[test]
    fn a_version_converts_to_an_expectation_and_each_has_a_display_text() {
        let seven = StreamVersion::from(7);
        assert_eq!(ExpectedVersion::from(seven), ExpectedVersion::Exact(seven));
        let shown = [
            ExpectedVersion::Any,
            ExpectedVersion::NoStream,
            ExpectedVersion::StreamExists,
            seven.into(),
        ]
        .map(|expected| expected.to_string());
        assert_eq!(
            shown,
            [
                "any version",
                "no stream",
                "an existing stream",
                "version 7"
            ]
        );
    }
}
