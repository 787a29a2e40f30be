//! The answer to a successful append.

use crate::{GlobalPosition, StreamId, StreamVersion};

/// Whether an append wrote its events, or found them recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppendOutcome {
    /// The events were written now.
    Written,
    /// All events were recorded already; nothing was written ([law 12](crate::laws#law-12)).
    Repeated,
}

/// The answer to a successful append ([law 8](crate::laws#law-8)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendReceipt {
    /// Whether the events were written now, or found recorded.
    pub outcome: AppendOutcome,
    /// Each written stream, in input order, with the version of its last event in this append. For
    /// example, the repetition of an append of versions 1 and 2 has version 2, even if the stream
    /// is now at 5. A write without events has the current version of its stream.
    pub versions: Vec<(StreamId, StreamVersion)>,
    /// The position of each event, in input order and without holes.
    pub positions: Vec<GlobalPosition>,
}

impl AppendReceipt {
    /// The version of a written stream.
    #[must_use]
    pub fn version_of(&self, stream: &StreamId) -> Option<StreamVersion> {
        let found = self.versions.iter().find(|(written, _)| written == stream);
        found.map(|(_, version)| *version)
    }

    /// The position of the last event; `None` if the append has no event.
    #[must_use]
    pub fn last_position(&self) -> Option<GlobalPosition> {
        self.positions.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_has_the_version_of_each_stream_and_the_last_position() {
        let stream = |name| StreamId::new(name).unwrap();
        let receipt = AppendReceipt {
            outcome: AppendOutcome::Written,
            versions: vec![(stream("a"), 3.into()), (stream("b"), 7.into())],
            positions: vec![10.into(), 11.into()],
        };
        assert_eq!(receipt.version_of(&stream("a")), Some(3.into()));
        assert_eq!(receipt.version_of(&stream("b")), Some(7.into()));
        assert_eq!(receipt.version_of(&stream("c")), None);
        assert_eq!(receipt.last_position(), Some(11.into()));
        let empty = AppendReceipt {
            positions: vec![],
            ..receipt
        };
        assert_eq!(empty.last_position(), None);
    }
}
