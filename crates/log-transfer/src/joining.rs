//! An import into a store with a log of its own: the events are appended by their ids, with new
//! positions and times.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared_kernel::store::{LogTransfer, StreamQuery};
use shared_kernel::{
    Append, AppendError, EventStore, ExpectedVersion, NewEvent, RecordedEvent, StreamId,
    StreamVersion,
};

use crate::error::TransferError;

/// How often the events are compared anew because another writer was faster.
const ATTEMPTS: u32 = 5;

/// Compares the events that the store has already, and appends the others. Returns the number of
/// those.
pub(crate) async fn join(
    store: &dyn LogTransfer,
    events: &[RecordedEvent],
    writes: bool,
) -> Result<u64, TransferError> {
    let mut written = 0;
    for attempt in 1.. {
        let missing = missing(store, events).await?;
        if !writes {
            return Ok(0);
        }
        match append_all(store, missing, &mut written).await {
            // A conflict may come from a second import of the same lines.
            Err(AppendError::Conflict(_) | AppendError::OutcomeUnknown { .. })
                if attempt < ATTEMPTS => {}
            appended => return Ok(appended.map(|()| written)?),
        }
    }
    Ok(written)
}

/// The events that the store does not have, with those that it has compared.
async fn missing<'e>(
    store: &dyn LogTransfer,
    events: &'e [RecordedEvent],
) -> Result<Vec<&'e RecordedEvent>, TransferError> {
    let mut streams: BTreeMap<&StreamId, Vec<&RecordedEvent>> = BTreeMap::new();
    for event in events {
        streams.entry(&event.stream).or_default().push(event);
    }
    let mut known: HashMap<&StreamId, StreamVersion> = HashMap::new();
    for (stream, events) in streams {
        let here = store.stream_version(stream).await?;
        let common = events.partition_point(|event| event.version <= here);
        compare(store, stream, here, &events[..common]).await?;
        known.insert(stream, here);
    }
    let is_missing = |event: &&RecordedEvent| Some(&event.version) > known.get(&event.stream);
    let missing: Vec<_> = events.iter().filter(is_missing).collect();
    for event in &missing {
        if let Some(other) = store.find_event(event.id).await?
            && other.stream != event.stream
        {
            return Err(TransferError::IdElsewhere {
                id: event.id,
                stream: event.stream.clone(),
                other: other.stream,
            });
        }
    }
    Ok(missing)
}

/// Compares events of a stream with those of the store at their versions.
async fn compare(
    store: &dyn LogTransfer,
    stream: &StreamId,
    here: StreamVersion,
    events: &[&RecordedEvent],
) -> Result<(), TransferError> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Ok(());
    };
    let query = StreamQuery::new(stream.clone()).versions(first.version..=last.version);
    let found = stream_events(store, query).await?;
    for (nth, event) in events.iter().enumerate() {
        let is_there = found
            .get(nth)
            .is_some_and(|found| found.is_record_of(&new_event(event)));
        if !is_there {
            return Err(TransferError::Clash {
                stream: stream.clone(),
                here,
                there: event.version,
            });
        }
    }
    Ok(())
}

async fn stream_events(
    store: &(impl EventStore + ?Sized),
    mut query: StreamQuery,
) -> Result<Vec<RecordedEvent>, TransferError> {
    let mut events = Vec::new();
    loop {
        let page = store.read_stream_page(&query).await?;
        events.extend(page.items);
        let Some(next) = page.next else {
            return Ok(events);
        };
        query.range.from = next;
    }
}

/// Appends events in their order. An append names each stream once, so an append ends where a
/// stream would come back: `a a b b | a c`.
async fn append_all(
    store: &dyn LogTransfer,
    events: Vec<&RecordedEvent>,
    written: &mut u64,
) -> Result<(), AppendError> {
    let same_stream = |one: &&RecordedEvent, next: &&RecordedEvent| one.stream == next.stream;
    let (mut append, mut streams) = (Append::new(), HashSet::new());
    for run in events.chunk_by(same_stream) {
        let stream = &run[0].stream;
        if !streams.insert(stream) {
            flush(store, std::mem::take(&mut append), written).await?;
            streams = HashSet::from([stream]);
        }
        let before = run[0].version.previous().unwrap_or_default();
        let new = run.iter().map(|event| new_event(event)).collect();
        append = append.write(stream.clone(), ExpectedVersion::Exact(before), new);
    }
    flush(store, append, written).await
}

async fn flush(
    store: &dyn LogTransfer,
    append: Append,
    written: &mut u64,
) -> Result<(), AppendError> {
    let count = append.event_count();
    if count > 0 {
        store.append(append).await?;
    }
    *written += u64::try_from(count).unwrap_or(u64::MAX);
    Ok(())
}

fn new_event(event: &RecordedEvent) -> NewEvent {
    NewEvent {
        id: event.id,
        event_type: event.event_type.clone(),
        schema_version: event.schema_version,
        payload: event.payload.clone(),
        metadata: event.metadata.clone(),
    }
}
