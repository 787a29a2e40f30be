//! Owns what writes may ask of the open transaction: the end of the log and its clock.

use jiff::Timestamp;
use shared_kernel::{Clock, GlobalPosition};
use sqlx::sqlite::SqliteConnection;

use crate::known_log::{KnownEnd, read_end};

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
    clock: &'c dyn Clock,
    end: Option<KnownEnd>,
    wrote_events: bool,
}

impl<'c> WriteTransaction<'c> {
    pub(crate) fn new(connection: &'c mut SqliteConnection, clock: &'c dyn Clock) -> Self {
        Self {
            connection,
            clock,
            end: None,
            wrote_events: false,
        }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The end of the log and the last stream, with all that this transaction has written.
    pub(crate) async fn end(&mut self) -> Result<KnownEnd, sqlx::Error> {
        match self.end {
            Some(end) => Ok(end),
            None => Ok(*self.end.insert(read_end(self.connection).await?)),
        }
    }

    /// Notes that events were written up to `end`.
    pub(crate) fn advance(&mut self, end: KnownEnd) {
        self.end = Some(end);
        self.wrote_events = true;
    }

    /// The position of the last event, where this transaction wrote any.
    pub(crate) fn last_written(&self) -> Option<GlobalPosition> {
        let end = self.end.filter(|_| self.wrote_events)?;
        GlobalPosition::try_from(end.log.position).ok()
    }
}
