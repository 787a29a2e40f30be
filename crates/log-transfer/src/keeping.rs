//! An import that keeps positions: into a store without events, or into one of the same log.

use shared_kernel::store::{ImportError, LogPart, LogPoint, LogQuery, LogTransfer, StoreId};
use shared_kernel::{EventStore, GlobalPosition, RecordedEvent};

use crate::error::TransferError;
use crate::line::Header;

/// The state of the import.
pub(crate) struct Keeping {
    id: StoreId,
    /// The last event of the export so far.
    after: Option<LogPoint>,
    /// The last position of the store.
    head: GlobalPosition,
}

impl Keeping {
    /// Compares the end of the store with the beginning of the export.
    pub(crate) async fn begin(
        store: &dyn LogTransfer,
        header: &Header,
        after: Option<LogPoint>,
        head: Option<GlobalPosition>,
    ) -> Result<Self, TransferError> {
        let head = head.unwrap_or(GlobalPosition::START);
        let first = header.first;
        if let Some(LogPoint { position, id }) = after {
            if head < position {
                return Err(TransferError::Gap { first, head });
            }
            let found = log_between(store, position, position).await?;
            if found.first().map(|event| event.id) != Some(id) {
                return Err(TransferError::Fork { position });
            }
        }
        let id = header.store;
        Ok(Self { id, after, head })
    }

    /// Compares the events that the store has already, and imports the others. Returns the number
    /// of those.
    pub(crate) async fn take(
        &mut self,
        store: &dyn LogTransfer,
        mut events: Vec<RecordedEvent>,
        writes: bool,
    ) -> Result<u64, TransferError> {
        loop {
            let count = events.partition_point(|event| event.position <= self.head);
            let rest = events.split_off(count);
            compare(store, &events).await?;
            self.after = events.last().map(LogPoint::from).or(self.after);
            let is_beginning = self.after.is_none() && self.head == GlobalPosition::START;
            let is_needed = !rest.is_empty() || is_beginning;
            if !writes || !is_needed {
                self.after = rest.last().map(LogPoint::from).or(self.after);
                return Ok(0);
            }
            let part = LogPart {
                store: self.id,
                after: self.after,
                events: rest.clone(),
            };
            match store.import(part).await {
                Ok(()) => {
                    self.after = rest.last().map(LogPoint::from).or(self.after);
                    self.head = rest.last().map_or(self.head, |last| last.position);
                    return Ok(u64::try_from(rest.len()).unwrap_or(u64::MAX));
                }
                // Another import was faster: its events must be the same.
                Err(ImportError::OtherEnd { head: Some(head) }) if head > self.head => {
                    self.head = head;
                    self.check_id(store).await?;
                    events = rest;
                }
                Err(error) => return Err(self.refusal(store, error).await),
            }
        }
    }

    async fn check_id(&self, store: &dyn LogTransfer) -> Result<(), TransferError> {
        let (expected, found) = (self.id, store.id().await?);
        match found == expected {
            true => Ok(()),
            false => Err(TransferError::OtherLog { expected, found }),
        }
    }

    async fn refusal(&self, store: &dyn LogTransfer, error: ImportError) -> TransferError {
        let position = self
            .after
            .map_or(GlobalPosition::FIRST, |after| after.position);
        match error {
            ImportError::Invalid(invalid) => invalid.into(),
            ImportError::Store(error) => error.into(),
            _ => match self.check_id(store).await {
                Err(error) => error,
                Ok(()) => TransferError::Fork { position },
            },
        }
    }
}

/// Compares events with those of the store at their positions.
async fn compare(store: &dyn LogTransfer, events: &[RecordedEvent]) -> Result<(), TransferError> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Ok(());
    };
    let found = log_between(store, first.position, last.position).await?;
    for (nth, event) in events.iter().enumerate() {
        if found.get(nth) != Some(event) {
            let position = event.position;
            return Err(TransferError::Fork { position });
        }
    }
    Ok(())
}

/// The events of the store from one position to another.
async fn log_between(
    store: &(impl EventStore + ?Sized),
    from: GlobalPosition,
    to: GlobalPosition,
) -> Result<Vec<RecordedEvent>, TransferError> {
    let mut query = LogQuery::new().positions(from..=to);
    let mut events = Vec::new();
    loop {
        let page = store.read_log_page(&query).await?;
        events.extend(page.items);
        let Some(next) = page.next else {
            return Ok(events);
        };
        query = query.positions(next..=to);
    }
}
