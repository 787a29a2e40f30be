//! A tracker on a store in memory, and the read model of its items.

use std::sync::Arc;

use async_trait::async_trait;
use persistence_memory::{MemoryEventStore, MemoryNamedLeases};
use read_models_sqlite::SqliteReadModels;
use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::codec::EventCodec;
use shared_kernel::event::EventType;
use shared_kernel::snowflake::{SnowflakeGenerator, WorkerId};
use shared_kernel::time::{Clock, ManualClock, Timer};
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, Metadata, NewEvent};
use work_item::{NewWorkItem, Participant, WorkItemEvent, WorkItemId, WorkNumber};
use work_tracking::{
    Board, BoardQuery, Codecs, CommandContext, ListQuery, ReadyItem, Stats, StatsQuery,
    TrackedItem, WorkTracker,
};
use work_views::{ItemViews, Items, Words};

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) log: Arc<dyn EventStore>,
    pub(crate) tracker: WorkTracker,
    pub(crate) models: SqliteReadModels,
    pub(crate) views: ItemViews,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at("2026-01-09T10:00:00Z".parse().unwrap()));
        let log: Arc<dyn EventStore> = Arc::new(MemoryEventStore::with_clock(clock.clone()));
        let ids = SnowflakeGenerator::new(clock.clone(), WorkerId::FIRST);
        let codecs = Codecs {
            items: events(),
            register: Arc::new(JsonEventCodec::new().unwrap()),
        };
        let tracker = WorkTracker::new(log.clone(), codecs, Arc::new(ids));
        let models = SqliteReadModels::temporary().unwrap();
        Self {
            tracker: tracker
                .with_leases(Arc::new(MemoryNamedLeases::with_clock(clock.clone())))
                .with_clock(clock.clone()),
            views: views(&log, &models),
            clock,
            log,
            models,
        }
    }

    pub(crate) async fn create(&self, title: &str) -> WorkItemId {
        let new = NewWorkItem::new(title.parse().unwrap());
        let created = self.tracker.create(new, None, Metadata::new()).await;
        created.unwrap().item.id()
    }

    pub(crate) async fn note(&self, id: WorkItemId, text: &str) {
        let (text, context) = (text.parse().unwrap(), context());
        self.tracker.note(id, text, &context).await.unwrap();
    }

    /// Records an event of an unknown type, as a later program could write it.
    pub(crate) async fn damage(&self, id: WorkItemId) {
        let event = NewEvent::with_fresh_id(EventType::new("Unknown").unwrap(), "{}").unwrap();
        let appended = self
            .log
            .append_to(id.stream_id(), ExpectedVersion::Any, vec![event]);
        appended.await.unwrap();
    }

    /// Records an event past the rules of the tracker.
    pub(crate) async fn record(&self, id: WorkItemId, event: &WorkItemEvent) {
        let encoded = events().encode(event).unwrap();
        let event = NewEvent::with_fresh_id(encoded.event_type, encoded.payload).unwrap();
        let appended = self
            .log
            .append_to(id.stream_id(), ExpectedVersion::Any, vec![event]);
        appended.await.unwrap();
    }

    pub(crate) async fn refresh(&self) {
        self.views.refresh(|_| {}).await.unwrap();
    }

    /// The list by the rows, which must equal the one by the log.
    pub(crate) async fn list(&self, query: &ListQuery) -> Vec<TrackedItem> {
        let listed = self.views.list(query).await.unwrap();
        let folded = self.tracker.list(query.clone(), |_| {}).await.unwrap();
        assert_eq!(listed, folded, "{query:?}");
        listed
    }

    /// The board by the rows, which must equal the one by the log.
    pub(crate) async fn board(&self, query: &BoardQuery) -> Board {
        let board = self.views.board(query).await.unwrap();
        let folded = self.tracker.board(query, None, |_| {}).await.unwrap();
        assert_eq!(board, folded, "{query:?}");
        board
    }

    /// The queue by the rows, which must equal the one by the log. Smaller pages must give it, too.
    pub(crate) async fn queue(&self, asker: Option<Participant>, page: usize) -> Vec<ReadyItem> {
        let folded = self.tracker.queue(asker.as_ref(), |_| {}).await.unwrap();
        for page in [page, 1000] {
            let (mut ready, mut offset) = (Vec::new(), 0);
            loop {
                let now = self.clock.now();
                let candidates = self.views.candidates(asker.as_ref(), now, offset, page);
                let candidates = candidates.await.unwrap();
                let is_last = candidates.items.len() < page;
                ready.extend(self.tracker.sift(candidates, asker.as_ref()).await.unwrap());
                offset += page;
                if is_last {
                    break;
                }
            }
            assert_eq!(ready, folded.ready, "{asker:?}, pages of {page}");
        }
        folded.ready
    }

    /// The statistics by the rows, which must equal those by the log.
    pub(crate) async fn stats(&self, query: &StatsQuery) -> Stats {
        let stats = self.views.stats(query).await.unwrap();
        let folded = self.tracker.stats(query, |_| {}).await.unwrap();
        assert_eq!(stats, folded, "{query:?}");
        stats
    }

    /// The numbers of the items that a search finds, the best match first.
    pub(crate) async fn search(&self, text: &str) -> Vec<u64> {
        self.refresh().await;
        let words = Words::new(text).unwrap();
        let found = self.views.search(&words, 10).await.unwrap();
        let numbers = found.iter().map(|found| found.tracked.item.id().number());
        numbers.map(WorkNumber::get).collect()
    }
}

pub(crate) fn views(log: &Arc<dyn EventStore>, models: &SqliteReadModels) -> ItemViews {
    let items = Items::new(events(), Arc::new(JsonStateCodec::new()));
    ItemViews::new(items, log.clone(), models.clone()).unwrap()
}

pub(crate) fn events() -> Arc<JsonEventCodec<WorkItemEvent>> {
    let codec = WorkItemEvent::UPCASTERS
        .iter()
        .fold(JsonEventCodec::builder(), |codec, step| {
            codec.upcast(step.event_type, step.from, |payload| {
                Ok(serde_json::to_value(step.upgrade(payload)?)?)
            })
        });
    Arc::new(codec.build().unwrap())
}

pub(crate) fn context() -> CommandContext {
    CommandContext::new()
}

/// A timer that skips every pause.
pub(crate) struct NoPause;

#[async_trait]
impl Timer for NoPause {
    async fn sleep(&self, _: std::time::Duration) {}
}
