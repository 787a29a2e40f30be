//! Reading the log in batches that say how far they have come.

use std::num::NonZeroUsize;

use shared_kernel::store::{LogQuery, ReadRange};
use shared_kernel::{EventStore, GlobalPosition, RecordedEvent, StoreError};
use thiserror::Error;

use crate::Selection;

/// Selected events, and the position up to which the log was considered for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The events, in the order of their positions. It may be empty before the end of the log.
    pub events: Vec<RecordedEvent>,
    /// Every event up to here was considered, selected or not.
    pub through: GlobalPosition,
}

/// A batch could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The log has no event at a position that is past already. Positions have no holes, so the
    /// store is damaged or misses an event.
    #[error("the log has no event at position {missing}, although it has one at {found}")]
    HistoryGap {
        /// The position without an event.
        missing: GlobalPosition,
        /// The position of the event that was read instead.
        found: GlobalPosition,
    },
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] StoreError),
}

/// Reads the next selected events after `after`, up to `to`, which the log must have reached.
///
/// If everything is selected, the positions must have no hole.
///
/// # Errors
/// [`BatchError`].
pub async fn read_batch<S: EventStore + ?Sized>(
    log: &S,
    selection: &Selection,
    after: GlobalPosition,
    to: GlobalPosition,
    size: NonZeroUsize,
) -> Result<Batch, BatchError> {
    let from = match after.next() {
        Some(from) if from <= to => from,
        _ => {
            return Ok(Batch {
                events: Vec::new(),
                through: after,
            });
        }
    };
    let query = LogQuery {
        range: ReadRange {
            page_size: size,
            ..ReadRange::new(from, to)
        },
        filter: selection.filter.clone(),
    };
    let page = log.read_log_page(&query).await?;
    let through = page.next.map_or(Some(to), |next| next.previous());
    let through = through.unwrap_or(after).max(after);
    if selection.is_all() {
        check_for_gaps(from, through, &page.items)?;
    }
    let mut events = page.items;
    if let Some(only) = &selection.stream {
        events.retain(|event| event.stream == *only);
    }
    Ok(Batch { events, through })
}

fn check_for_gaps(
    from: GlobalPosition,
    through: GlobalPosition,
    events: &[RecordedEvent],
) -> Result<(), BatchError> {
    let mut missing = from;
    for event in events {
        if event.position != missing {
            let found = event.position;
            return Err(BatchError::HistoryGap { missing, found });
        }
        missing = missing.next().unwrap_or(GlobalPosition::MAX);
    }
    if missing <= through && through < GlobalPosition::MAX {
        let found = through;
        return Err(BatchError::HistoryGap { missing, found });
    }
    Ok(())
}
