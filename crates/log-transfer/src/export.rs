//! The lines of a log.

use std::num::NonZeroUsize;

use shared_kernel::store::LogQuery;
use shared_kernel::{EventStore, GlobalPosition, StoreError};

use crate::error::TransferError;
use crate::line::{Header, Trailer, event_line};
use crate::seal::Seal;

/// The events of a page. Large payloads end a page earlier.
const PAGE: NonZeroUsize = NonZeroUsize::new(512).unwrap();

/// The part of a log that is exported; by default the whole log, up to its present end.
///
/// For example, after a first export through position 57, the rest is `after` 57.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExportRange {
    /// The position before the first event; 0 for the beginning of the log.
    pub after: GlobalPosition,
    /// The position of the last event; `None` for the end of the log when the export begins.
    pub through: Option<GlobalPosition>,
}

/// An export under way: the lines of a log, page after page.
pub struct Export<'s> {
    store: &'s dyn EventStore,
    seal: Seal,
    /// The first line, until it is taken.
    header: Option<Vec<u8>>,
    after: GlobalPosition,
    through: GlobalPosition,
    /// The position of the last event that was taken.
    last: GlobalPosition,
    is_finished: bool,
}

impl<'s> Export<'s> {
    /// Begins an export of a store, which others may write meanwhile.
    ///
    /// # Errors
    /// [`TransferError::BehindTheEnd`], [`TransferError::Backward`], or the failure of the store.
    pub async fn begin(
        store: &'s dyn EventStore,
        range: ExportRange,
    ) -> Result<Self, TransferError> {
        let head = store.head().await?.unwrap_or(GlobalPosition::START);
        let after = range.after;
        let through = range.through.unwrap_or(head);
        if let Some(asked) = [after, through].into_iter().find(|asked| *asked > head) {
            return Err(TransferError::BehindTheEnd { asked, head });
        }
        if through < after {
            return Err(TransferError::Backward { after, through });
        }
        let id_before = match after {
            GlobalPosition::START => None,
            after => Some(event_at(store, after).await?),
        };
        let first = after.next().unwrap_or(GlobalPosition::MAX);
        let header = Header::new(store.id().await?, first, id_before);
        let mut seal = Seal::default();
        let mut header = encoded(serde_json::to_vec(&header))?;
        seal.close(&mut header);
        Ok(Self {
            store,
            seal,
            header: Some(header),
            after,
            through,
            last: after,
            is_finished: false,
        })
    }

    /// The next lines, with a line break at the end of each; `None` after the last one.
    ///
    /// # Errors
    /// [`TransferError::Hole`], or the failure of the store. What was taken so far is a cut export.
    pub async fn next_lines(&mut self) -> Result<Option<Vec<u8>>, TransferError> {
        if let Some(header) = self.header.take() {
            return Ok(Some(header));
        }
        if self.last == self.through {
            return self.trailer();
        }
        let begin = self.last.next().unwrap_or(self.through);
        let mut query = LogQuery::new()
            .positions(begin..=self.through)
            .page_size(PAGE);
        let mut lines = Vec::new();
        while lines.is_empty() {
            let page = self.store.read_log_page(&query).await?;
            for event in &page.items {
                let due = self.last.next();
                if due != Some(event.position) {
                    let missing = due.unwrap_or(self.last);
                    return Err(TransferError::Hole { missing });
                }
                self.last = event.position;
                let mut line = encoded(event_line(event))?;
                self.seal.close(&mut line);
                lines.append(&mut line);
            }
            match page.next {
                Some(next) => query = query.positions(next..=self.through),
                None if self.last < self.through && lines.is_empty() => {
                    let missing = self.last.next().unwrap_or(self.last);
                    return Err(TransferError::Hole { missing });
                }
                None => break,
            }
        }
        Ok(Some(lines))
    }

    /// The position of the last event that the lines so far have, and that of the whole export.
    #[must_use]
    pub fn progress(&self) -> (GlobalPosition, GlobalPosition) {
        (self.last, self.through)
    }

    /// The number of events in the lines so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.last.get() - self.after.get()
    }

    fn trailer(&mut self) -> Result<Option<Vec<u8>>, TransferError> {
        if std::mem::replace(&mut self.is_finished, true) {
            return Ok(None);
        }
        let trailer = Trailer {
            events: self.events(),
            last: self.last,
            sha256: self.seal.sum(),
        };
        let mut line = encoded(serde_json::to_vec(&trailer))?;
        line.push(b'\n');
        Ok(Some(line))
    }
}

/// The id of the event at a position.
async fn event_at(
    store: &dyn EventStore,
    position: GlobalPosition,
) -> Result<shared_kernel::EventId, TransferError> {
    let query = LogQuery::new().positions(position..=position);
    let page = store.read_log_page(&query).await?;
    let event = page
        .items
        .first()
        .ok_or(TransferError::Hole { missing: position })?;
    Ok(event.id)
}

/// A line. Valid events can always be written.
fn encoded(line: serde_json::Result<Vec<u8>>) -> Result<Vec<u8>, TransferError> {
    line.map_err(|error| {
        TransferError::Store(StoreError::Backend {
            location: "of the export".to_owned(),
            source: error.into(),
        })
    })
}
