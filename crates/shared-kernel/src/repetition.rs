//! Owns the decision whether an append repeats one that landed (laws 12 and 13 of the contract).
//!
//! Every adapter asks here, so that all stores tell a repetition from a reused id alike.

use crate::{Append, AppendError, AppendOutcome, AppendReceipt, RecordedEvent};

/// Decides what an append is, given what its event ids are recorded as.
///
/// `recorded` has one entry for each event of the append, in order: what the store has under that
/// id. `None` as the answer means that the append is new and its expectations count; a receipt that
/// it repeats an earlier one.
///
/// `version_now` tells the version of a stream that the append names without events for it.
///
/// # Errors
/// [`AppendError::IdReused`] when an id is recorded for another event, or when only a part of the
/// append is recorded, or all of it but not side by side in this order.
pub fn detect_repetition(
    append: &Append,
    recorded: &[Option<RecordedEvent>],
    version_now: impl Fn(&crate::StreamId) -> crate::StreamVersion,
) -> Result<Option<AppendReceipt>, AppendError> {
    let Some(first) = recorded.iter().flatten().next() else {
        return Ok(None);
    };
    let reused = |by: &RecordedEvent| AppendError::IdReused {
        event_id: by.id,
        stream: by.stream.clone(),
    };

    let mut found = Vec::with_capacity(recorded.len());
    for ((stream, event), record) in append.events().zip(recorded) {
        match record {
            Some(record) if record.stream == *stream && record.is_record_of(event) => {
                found.push(record);
            }
            Some(other) => return Err(reused(other)),
            None => {}
        }
    }
    if found.len() != append.event_count() {
        return Err(reused(first));
    }
    if let Some(pair) = found
        .windows(2)
        .find(|p| p[0].position.next() != Some(p[1].position))
    {
        return Err(reused(pair[1]));
    }

    let mut rest = found.as_slice();
    let versions = append.writes().iter().map(|write| {
        let (own, others) = rest.split_at(write.events.len());
        rest = others;
        let version = own
            .last()
            .map_or_else(|| version_now(&write.stream), |last| last.version);
        (write.stream.clone(), version)
    });
    Ok(Some(AppendReceipt {
        outcome: AppendOutcome::Repeated,
        versions: versions.collect(),
        positions: found.iter().map(|record| record.position).collect(),
    }))
}
