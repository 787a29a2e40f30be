//! The answer to a successful append.

use crate::stream::OutOfRange;
use crate::{Append, GlobalPosition, StreamId, StreamVersion};

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
    /// The receipt of a new append whose first event comes right after the position `head`.
    /// `version_before` gives the version of each stream before the append.
    ///
    /// # Errors
    /// [`OutOfRange`] if a version or position would be too large.
    pub fn written(
        append: &Append,
        head: GlobalPosition,
        version_before: impl Fn(&StreamId) -> StreamVersion,
    ) -> Result<Self, OutOfRange> {
        let versions = append.writes().iter().map(|write| {
            let added = u64::try_from(write.events.len()).unwrap_or(u64::MAX);
            let version = version_before(&write.stream).advanced_by(added)?;
            Ok((write.stream.clone(), version))
        });
        let positions = (1..).map(|number| head.advanced_by(number));
        Ok(Self {
            outcome: AppendOutcome::Written,
            versions: versions.collect::<Result<_, _>>()?,
            positions: positions
                .take(append.event_count())
                .collect::<Result<_, _>>()?,
        })
    }

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
    use crate::event::EventType;
    use crate::{ExpectedVersion, NewEvent};

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

    #[test]
    fn a_new_append_continues_its_streams_and_the_log() {
        let stream = |name| StreamId::new(name).unwrap();
        let event = || NewEvent::with_fresh_id(EventType::new("Happened").unwrap(), "{}").unwrap();
        let append = Append::new()
            .write(stream("a"), ExpectedVersion::Any, vec![event(), event()])
            .write(stream("b"), ExpectedVersion::Any, vec![])
            .write(stream("c"), ExpectedVersion::Any, vec![event()]);
        let before = |id: &StreamId| StreamVersion::from(u32::from(*id == stream("a")) * 5);
        let receipt = AppendReceipt::written(&append, 10.into(), before).unwrap();
        assert_eq!(receipt.outcome, AppendOutcome::Written);
        let versions =
            [("a", 7), ("b", 0), ("c", 1)].map(|(name, version)| (stream(name), version.into()));
        assert_eq!(receipt.versions, versions);
        assert_eq!(receipt.positions, [11, 12, 13].map(GlobalPosition::from));

        let last = AppendReceipt::written(&append, GlobalPosition::MAX, before);
        assert_eq!(last.unwrap_err().what, "global position");
        let last = AppendReceipt::written(&append, 10.into(), |_| StreamVersion::MAX);
        assert_eq!(last.unwrap_err().what, "stream version");
    }
}
