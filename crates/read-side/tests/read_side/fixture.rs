//! A projection that sums numbers by stream, and a log to feed it.

use std::collections::HashSet;
use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use persistence_memory::{MemoryEventStore, MemoryReadModels};
use read_side::{ApplyError, Options, Poison, Projection, Projector, Rows, Selection};
use shared_kernel::event::EventType;
use shared_kernel::lease::LeaseHolder;
use shared_kernel::{
    EventId, EventStoreExt, ExpectedVersion, GlobalPosition, NewEvent, RecordedEvent, StreamId,
};

/// Sums the numbers of each stream, and keeps the order in which they came.
#[derive(Clone, Default)]
pub(crate) struct Sums {
    pub(crate) selection: Selection,
    /// Payloads that cannot be applied.
    pub(crate) bad: Arc<Mutex<HashSet<String>>>,
    /// The number of attempts that have failed.
    pub(crate) attempts: Arc<Mutex<u32>>,
}

impl Sums {
    pub(crate) fn refuse(&self, payload: &str) {
        self.bad.lock().unwrap().insert(payload.to_owned());
    }

    pub(crate) fn accept(&self, payload: &str) {
        self.bad.lock().unwrap().remove(payload);
    }
}

#[async_trait]
impl<Tx: Rows> Projection<Tx> for Sums {
    const NAME: &'static str = "sums";
    const VERSION: u32 = 1;

    fn selection(&self) -> Selection {
        self.selection.clone()
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
        let payload = std::str::from_utf8(&event.payload)?;
        let key = event.stream.as_str();
        let so_far = match tx.get("sums", key).await? {
            Some(row) => format!("{}+", std::str::from_utf8(&row)?),
            None => String::new(),
        };
        // A write before the failure, which must leave nothing.
        tx.put("sums", key, format!("{so_far}{payload}").into());
        if self.bad.lock().unwrap().contains(payload) {
            *self.attempts.lock().unwrap() += 1;
            return Err(format!("{payload} is no number").into());
        }
        Ok(())
    }
}

pub(crate) type Sum = Projector<Sums, MemoryEventStore, MemoryReadModels>;

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

pub(crate) async fn append(log: &MemoryEventStore, name: &str, payload: &str) -> EventId {
    let event = NewEvent::with_fresh_id(EventType::new("Added").unwrap(), payload.to_owned());
    let event = event.unwrap();
    let id = event.id;
    log.append_to(stream(name), ExpectedVersion::Any, vec![event])
        .await
        .unwrap();
    id
}

pub(crate) fn holder(name: &str) -> LeaseHolder {
    LeaseHolder::new(name).unwrap()
}

pub(crate) fn options() -> Options {
    Options::new(holder("test"))
        .attempts(NonZeroU32::MIN)
        .ttl(Duration::from_millis(200))
}

pub(crate) fn parking() -> Options {
    options().poison(Poison::Park)
}

pub(crate) fn chunk(events: usize) -> NonZeroUsize {
    NonZeroUsize::new(events).unwrap()
}

pub(crate) fn segments(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

/// A log, rows and a projection of them.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) log: MemoryEventStore,
    pub(crate) models: MemoryReadModels,
    pub(crate) sums: Sums,
}

impl World {
    pub(crate) fn projector(&self, options: Options) -> Sum {
        let (log, models) = (self.log.clone(), self.models.clone());
        Projector::with_options(self.sums.clone(), log, models, options).unwrap()
    }

    /// Appends the number `n` to stream `n % streams`, for each of the numbers.
    pub(crate) async fn fill(&self, numbers: std::ops::Range<u32>, streams: u32) {
        for n in numbers {
            append(&self.log, &format!("s-{}", n % streams), &n.to_string()).await;
        }
    }

    /// The row of a stream in the live build.
    pub(crate) async fn row(&self, projector: &Sum, name: &str) -> Option<String> {
        let live = projector.live().await.unwrap();
        let row = self.models.get(&live.record.build, "sums", name).unwrap();
        row.map(|row| String::from_utf8(row.to_vec()).unwrap())
    }

    /// All rows of the live build.
    pub(crate) async fn rows(&self, projector: &Sum) -> Vec<(String, String)> {
        let live = projector.live().await.unwrap();
        let rows = self.models.rows(&live.record.build, "sums").unwrap();
        let text =
            |(key, row): (String, bytes::Bytes)| (key, String::from_utf8(row.to_vec()).unwrap());
        rows.into_iter().map(text).collect()
    }
}

pub(crate) async fn through(projector: &Sum) -> GlobalPosition {
    projector.live().await.unwrap().through()
}
