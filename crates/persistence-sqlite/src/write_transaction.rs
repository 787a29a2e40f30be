//! Owns what writes may ask of the open transaction: the end of the log, its streams and its clock.

use foldhash::{HashMap, HashMapExt};
use jiff::Timestamp;
use shared_kernel::{Clock, EventId, GlobalPosition, StreamId};
use sqlx::sqlite::SqliteConnection;

use crate::known_log::{KnownEnd, KnownLog, KnownStream, read_end_and_tail, streams};
use crate::names::Names;
use crate::tail::{Added, Tail};

/// The end of the log as the transaction sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogEnd {
    /// The position of the last event, 0 before the first.
    pub(crate) position: i64,
    /// When it was recorded, in microseconds since 1970.
    pub(crate) recorded_at: i64,
}

/// An open transaction that holds the write lock of the file.
pub(crate) struct WriteTransaction<'c> {
    pub(crate) connection: &'c mut SqliteConnection,
    tail: &'c Tail,
    names: &'c Names,
    clock: &'c dyn Clock,
    end: Option<KnownEnd>,
    /// The streams that it has written events of.
    written: HashMap<StreamId, KnownStream>,
    added: Added,
}

/// What a transaction has written.
pub(crate) struct Written {
    pub(crate) last: GlobalPosition,
    pub(crate) added: Added,
}

impl<'c> WriteTransaction<'c> {
    pub(crate) fn new(
        connection: &'c mut SqliteConnection,
        known: &'c KnownLog,
        clock: &'c dyn Clock,
    ) -> Self {
        Self {
            connection,
            tail: known.tail(),
            names: known.names(),
            clock,
            end: None,
            written: HashMap::new(),
            added: Added::default(),
        }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The end of the log and the last stream, with all that this transaction has written. The tail has what was
    /// there before.
    pub(crate) async fn end(&mut self) -> Result<KnownEnd, sqlx::Error> {
        match self.end {
            Some(end) => Ok(end),
            None => {
                let end = read_end_and_tail(self.connection, self.tail, self.names).await?;
                Ok(*self.end.insert(end))
            }
        }
    }

    /// Those of some streams that have events, with all that this transaction has written.
    pub(crate) async fn streams<'s>(
        &mut self,
        names: impl Iterator<Item = &'s StreamId>,
    ) -> Result<HashMap<StreamId, KnownStream>, sqlx::Error> {
        self.end().await?;
        let names: Vec<_> = names.collect();
        let (written, others): (Vec<_>, Vec<_>) = names
            .into_iter()
            .partition(|name| self.written.contains_key(*name));
        let mut found = streams(self.connection, self.tail, others.into_iter()).await?;
        let written = written.into_iter();
        found.extend(written.filter_map(|name| Some((name.clone(), *self.written.get(name)?))));
        Ok(found)
    }

    /// The position of an event that the index does not lead to.
    pub(crate) fn position_of(&self, id: EventId) -> Option<i64> {
        let written = self.added.ids.get(id.as_bytes()).copied();
        written.or_else(|| self.tail.position_of(id))
    }

    /// Notes that events were written up to `end`, and what the streams are like after it.
    pub(crate) fn advance(
        &mut self,
        end: KnownEnd,
        streams: impl IntoIterator<Item = (StreamId, KnownStream)>,
        added: Added,
    ) {
        self.end = Some(end);
        self.written.extend(streams);
        self.added.runs.extend(added.runs);
        self.added.ids.extend(added.ids);
    }

    /// What this transaction has written, if anything.
    pub(crate) fn finish(self) -> Option<Written> {
        let end = self.end.filter(|_| !self.added.runs.is_empty())?;
        Some(Written {
            last: GlobalPosition::try_from(end.log.position).ok()?,
            added: self.added,
        })
    }
}
