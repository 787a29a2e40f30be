//! An event store that differs from the real store in one way: a defect, or another writer at the
//! worst moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use conformance::double::EventDouble;
use shared_kernel::store::{AppendReceipt, StreamPage, StreamQuery};
use shared_kernel::time::ManualClock;
use shared_kernel::{
    Append, AppendError, EventStore, EventStoreExt as _, ExpectedVersion, NewEvent, RecordedEvent,
    StoreError, StreamId, StreamVersion,
};

/// The difference from the real store.
pub(crate) enum Alteration {
    /// Before an append, another writer appends an event to the stream; `times` times in total.
    Overtaken {
        stream: StreamId,
        event: Box<dyn Fn() -> NewEvent + Send + Sync>,
        times: AtomicUsize,
    },
    /// Each read takes this long by the clock.
    Slow {
        clock: Arc<ManualClock>,
        by: Duration,
    },
    /// The event with this version is missing.
    Loses(StreamVersion),
    /// The event with this version is returned twice.
    Repeats(StreamVersion),
    /// The event with this version names another stream.
    Mislays(StreamVersion, StreamId),
}

/// A store with one difference.
pub(crate) struct AlteredStore {
    store: Arc<dyn EventStore>,
    alteration: Alteration,
}

impl AlteredStore {
    pub(crate) fn new(store: Arc<dyn EventStore>, alteration: Alteration) -> Self {
        Self { store, alteration }
    }

    fn alter(&self, events: Vec<RecordedEvent>) -> Vec<RecordedEvent> {
        let altered = events.into_iter().flat_map(|event| match &self.alteration {
            Alteration::Loses(version) if event.version == *version => vec![],
            Alteration::Repeats(version) if event.version == *version => vec![event.clone(), event],
            Alteration::Mislays(version, stream) if event.version == *version => {
                let stream = stream.clone();
                vec![RecordedEvent { stream, ..event }]
            }
            _ => vec![event],
        });
        altered.collect()
    }
}

#[async_trait]
impl EventDouble for AlteredStore {
    fn events(&self) -> &dyn EventStore {
        &*self.store
    }

    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        if let Alteration::Overtaken {
            stream,
            event,
            times,
        } = &self.alteration
        {
            let one_less = |left: usize| left.checked_sub(1);
            if times
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
                .is_ok()
            {
                let events = vec![event()];
                self.store
                    .append_to(stream.clone(), ExpectedVersion::Any, events)
                    .await?;
            }
        }
        self.store.append(append).await
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        let page = self.store.read_stream_page(query).await?;
        if let Alteration::Slow { clock, by } = &self.alteration {
            clock.advance(*by);
        }
        Ok(StreamPage {
            items: self.alter(page.items),
            next: page.next,
        })
    }
}
