//! Runners while the server of their log is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use conformance::double::{Delegating, EventDouble};
use persistence_memory::{MemoryEventStore, MemoryReadModels};
use read_side::{ApplyError, ProjectionError, Projector, Reaction, Reactor, ReactorRunner, Start};
use shared_kernel::codec::EncodedEvent;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::store::AppendReceipt;
use shared_kernel::{
    Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, RecordedEvent,
    StoreError,
};

use crate::fixture::{Sums, append, options, stream};

const LONG: Duration = Duration::from_secs(60);

/// A log whose server is away for the next looks at its end, and whose next appends are recorded
/// without an answer.
#[derive(Clone, Default)]
struct Away {
    inner: MemoryEventStore,
    looks: Arc<AtomicU32>,
    answers_lost: Arc<AtomicU32>,
}

impl Away {
    fn is_next(calls: &AtomicU32) -> bool {
        let counted = calls.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        counted.is_ok()
    }
}

#[async_trait]
impl EventDouble for Away {
    fn events(&self) -> &dyn EventStore {
        &self.inner
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        if Self::is_next(&self.looks) {
            return Err(StoreError::Unreachable {
                location: "a double".to_owned(),
                source: "connection refused".into(),
            });
        }
        self.inner.head().await
    }

    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        let receipt = self.inner.append(append).await?;
        if Self::is_next(&self.answers_lost) {
            let source = "connection reset".into();
            return Err(AppendError::OutcomeUnknown { source });
        }
        Ok(receipt)
    }
}

#[tokio::test]
async fn a_runner_waits_until_the_server_is_back() {
    let log = Delegating::new(Away::default());
    let (sums, models) = (Sums::default(), MemoryReadModels::new());
    let sums = Projector::with_options(sums, log.clone(), models, options()).unwrap();
    log.looks.store(1, Ordering::SeqCst);
    let away = sums.catch_up().await;
    assert!(
        matches!(
            away,
            Err(ProjectionError::Log(StoreError::Unreachable { .. }))
        ),
        "{away:?}"
    );
    let follower = sums.clone();
    let running = tokio::spawn(async move { follower.run(std::future::pending()).await });
    for n in 1..=2 {
        log.looks.store(2, Ordering::SeqCst);
        append(&log.inner, "s-1", "1").await;
        sums.wait_until(n, LONG).await.unwrap();
    }
    assert!(!running.is_finished());
    running.abort();
}

/// Answers each event of another stream.
struct Answers;

#[async_trait]
impl Reactor for Answers {
    const NAME: &'static str = "answers";

    async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError> {
        if event.stream == stream("answers") {
            return Ok(Reaction::none());
        }
        let answer = EncodedEvent {
            event_type: EventType::new("Answered")?,
            schema_version: SchemaVersion::FIRST,
            payload: "1".into(),
        };
        Ok(Reaction::none().write(stream("answers"), ExpectedVersion::Any, [answer]))
    }
}

#[tokio::test]
async fn a_reactor_whose_append_has_no_answer_goes_on_and_answers_once() {
    let log = Delegating::new(Away::default());
    let models = MemoryReadModels::new();
    let answers = ReactorRunner::new(Answers, log.clone(), models, Start::Beginning, options());
    let answers = answers.unwrap();
    log.answers_lost.store(1, Ordering::SeqCst);
    append(&log.inner, "s-1", "1").await;
    let reactor = answers.clone();
    let running = tokio::spawn(async move { reactor.run(std::future::pending()).await });
    answers.wait_until(2, LONG).await.unwrap();
    assert!(!running.is_finished());
    running.abort();
    let all = log.read_whole_stream(stream("answers")).await.unwrap();
    assert_eq!(all.len(), 1);
}
