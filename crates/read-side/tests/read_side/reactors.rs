//! Events that answer events.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use persistence_memory::{MemoryEventStore, MemoryReadModels};
use read_side::{
    ApplyError, ProjectionError, Reaction, Reactor, ReactorRunner, Selection, Start, derived_id,
};
use shared_kernel::codec::EncodedEvent;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::stream::Category;
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, RecordedEvent};

use crate::fixture::{append, options, parking, stream};

/// Answers each event of the category `order` with an invoice, numbered by its run.
#[derive(Clone, Default)]
struct Invoices {
    runs: Arc<AtomicU32>,
    expected: Option<ExpectedVersion>,
}

fn encoded(text: &str) -> EncodedEvent {
    EncodedEvent {
        event_type: EventType::new("Invoiced").unwrap(),
        schema_version: SchemaVersion::FIRST,
        payload: text.to_owned().into(),
    }
}

#[async_trait]
impl Reactor for Invoices {
    const NAME: &'static str = "invoices";

    fn selection(&self) -> Selection {
        Selection::all().category(Category::new("order").unwrap())
    }

    async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError> {
        let run = self.runs.fetch_add(1, Ordering::SeqCst);
        if &*event.payload == b"bad" {
            return Err("no such customer".into());
        }
        if &*event.payload == b"free" {
            return Ok(Reaction::none());
        }
        let expected = self.expected.unwrap_or(ExpectedVersion::Any);
        let texts = [format!("run {run}"), format!("copy of run {run}")];
        let texts = texts.each_ref().map(|text| encoded(text));
        Ok(Reaction::none().write(stream("invoice-1"), expected, texts))
    }
}

type Runner = ReactorRunner<Invoices, MemoryEventStore, MemoryReadModels>;

fn runner(reactor: &Invoices, log: &MemoryEventStore, models: &MemoryReadModels) -> Runner {
    let (log, models) = (log.clone(), models.clone());
    ReactorRunner::new(reactor.clone(), log, models, Start::Beginning, parking()).unwrap()
}

async fn invoices(log: &MemoryEventStore) -> Vec<RecordedEvent> {
    log.read_whole_stream(stream("invoice-1")).await.unwrap()
}

#[tokio::test]
async fn each_event_is_answered_once_with_its_cause() {
    let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
    let cause = append(&log, "order-1", "lamp").await;
    append(&log, "order-2", "free").await;
    append(&log, "other-1", "lamp").await;
    let reactor = Invoices::default();
    let invoicing = runner(&reactor, &log, &models);
    // It reaches the end with its own events, which it does not take.
    invoicing.catch_up().await.unwrap();
    invoicing.catch_up().await.unwrap();
    let written = invoices(&log).await;
    assert_eq!(written.len(), 2);
    for (n, event) in (0..).zip(&written) {
        assert_eq!(event.id, derived_id(cause, "invoices", n));
        let metadata = &event.metadata;
        assert_eq!(
            metadata.causation.as_ref().unwrap().as_str(),
            cause.to_string()
        );
        assert_eq!(
            metadata.correlation.as_ref().unwrap().as_str(),
            cause.to_string()
        );
    }
    assert_eq!(reactor.runs.load(Ordering::SeqCst), 2);
}

/// The position is lost, as after a crash before its commit.
#[tokio::test]
async fn a_second_run_over_the_same_history_writes_nothing_whatever_it_decides() {
    let log = MemoryEventStore::new();
    for _ in 0..5 {
        append(&log, "order-1", "lamp").await;
    }
    let reactor = Invoices::default();
    runner(&reactor, &log, &MemoryReadModels::new())
        .catch_up()
        .await
        .unwrap();
    let written = invoices(&log).await;
    assert_eq!(written.len(), 10);
    runner(&reactor, &log, &MemoryReadModels::new())
        .catch_up()
        .await
        .unwrap();
    assert_eq!(invoices(&log).await, written);
    assert_eq!(
        reactor.runs.load(Ordering::SeqCst),
        5,
        "recorded answers are not decided again"
    );
}

/// Two runners decide about the same event at the same time, and differently.
#[tokio::test]
async fn of_two_runs_at_once_the_first_answer_stands() {
    let log = MemoryEventStore::new();
    for _ in 0..30 {
        append(&log, "order-1", "lamp").await;
    }
    let reactor = Invoices::default();
    let runs = (0..4).map(|_| {
        let runner = runner(&reactor, &log, &MemoryReadModels::new());
        tokio::spawn(async move { runner.catch_up().await })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap().unwrap();
    }
    let written = invoices(&log).await;
    assert_eq!(written.len(), 60);
    for pair in written.chunks(2) {
        let first = String::from_utf8(pair[0].payload.to_vec()).unwrap();
        assert_eq!(pair[1].payload, format!("copy of {first}"));
    }
}

#[tokio::test]
async fn a_conflict_makes_the_reactor_decide_again_and_then_is_one_of_the_event() {
    let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
    append(&log, "order-1", "lamp").await;
    let reactor = Invoices {
        expected: Some(ExpectedVersion::Exact(7.into())),
        ..Invoices::default()
    };
    let invoicing = runner(&reactor, &log, &models);
    invoicing.catch_up().await.unwrap();
    let parked = invoicing.parked().await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].failure.position, 1.into());
    assert!(reactor.runs.load(Ordering::SeqCst) >= 10);
}

#[tokio::test]
async fn an_event_that_cannot_be_answered_is_parked_or_skipped() {
    let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
    let bad = append(&log, "order-1", "bad").await;
    append(&log, "order-1", "lamp").await;
    append(&log, "order-2", "lamp").await;
    let invoicing = runner(&Invoices::default(), &log, &models);
    invoicing.catch_up().await.unwrap();
    assert_eq!(invoices(&log).await.len(), 2);
    invoicing.skip(bad, "a test order").await.unwrap();
    assert_eq!(invoicing.retry(&stream("order-1")).await.unwrap(), 1);
    assert_eq!(invoices(&log).await.len(), 4);
    assert_eq!(invoicing.skipped().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_reactor_from_now_on_leaves_old_events_alone() {
    let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
    append(&log, "order-1", "lamp").await;
    let start = |start| {
        let (log, models) = (log.clone(), models.clone());
        ReactorRunner::new(Invoices::default(), log, models, start, options()).unwrap()
    };
    start(Start::Now).catch_up().await.unwrap();
    assert_eq!(invoices(&log).await.len(), 0);
    append(&log, "order-1", "lamp").await;
    // It goes on where it stood, whatever the start is now.
    start(Start::Beginning).catch_up().await.unwrap();
    assert_eq!(invoices(&log).await.len(), 2);
}

#[tokio::test]
async fn a_running_reactor_answers_new_events_until_it_is_stopped() {
    let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
    let invoicing = runner(&Invoices::default(), &log, &models);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = {
        let invoicing = invoicing.clone();
        tokio::spawn(async move { invoicing.run(async { drop(stopped.await) }).await })
    };
    append(&log, "order-1", "lamp").await;
    invoicing
        .wait_until(1, Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(invoices(&log).await.len(), 2);
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    append(&log, "order-1", "lamp").await;
    let waited = invoicing.wait_until(4, Duration::from_millis(20)).await;
    assert!(matches!(waited, Err(ProjectionError::TimedOut { .. })));
    assert_eq!(log.head().await.unwrap(), Some(4.into()));
}

/// The log fails: that is no fault of the event, which is neither parked nor skipped.
#[tokio::test]
async fn a_failing_log_does_not_park_an_event() {
    use conformance::double::{Delegating, EventDouble};
    use shared_kernel::{Append, AppendError, StoreError};

    struct Full(MemoryEventStore);

    #[async_trait]
    impl EventDouble for Full {
        fn events(&self) -> &dyn EventStore {
            &self.0
        }

        async fn append(
            &self,
            _: Append,
        ) -> Result<shared_kernel::store::AppendReceipt, AppendError> {
            Err(StoreError::Full {
                location: "here".into(),
                source: "full".into(),
            }
            .into())
        }
    }

    let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
    append(&log, "order-1", "lamp").await;
    let full = Arc::new(Delegating::new(Full(log.clone())));
    let reactor = Invoices::default();
    let start = Start::Beginning;
    let invoicing =
        ReactorRunner::new(reactor.clone(), full, models.clone(), start, parking()).unwrap();
    assert!(matches!(
        invoicing.catch_up().await,
        Err(ProjectionError::Log(StoreError::Full { .. }))
    ));
    let invoicing = runner(&reactor, &log, &models);
    invoicing.catch_up().await.unwrap();
    assert_eq!(invoices(&log).await.len(), 2);
    assert_eq!(invoicing.parked().await.unwrap(), []);
}
