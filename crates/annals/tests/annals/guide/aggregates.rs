//! The chapter "Aggregates": create, execute, refusals, error types, several streams.

// ANCHOR: uses
use annals::codec::{EncodeError, EventCodec};
use annals::event::{ActorKind, CorrelationId};
use annals::repository::{CommandError, Draft, RetryPolicy};
use annals::{
    Actor, AggregateRoot, EventSourcedRepository, JsonError, JsonEventCodec, MemoryStore, Metadata,
    RepositoryError, StreamId,
};
// ANCHOR_END: uses

use annals::store::LogQuery;
use annals::{DomainEvent, EventStoreExt};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::{Lamp, LampError, installed};

/// The fragments run in the order of the chapter, as a reader would paste them.
#[tokio::test]
async fn the_fragments_of_the_chapter_run_in_its_order() -> anyhow::Result<()> {
    // ANCHOR: repository
    let store = MemoryStore::new();
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    // ANCHOR_END: repository
    assert_eq!(hall.as_str(), "lamp-hall");
    // ANCHOR: execute
    lamps.create(&hall, installed("hall")).await?;
    let done = lamps
        .execute(&hall, |lamp| lamp.dim(40).map_err(anyhow::Error::from))
        .await?;
    assert_eq!(done.state().percent, 40);
    assert_eq!(done.root.version(), 2.into());
    // ANCHOR_END: execute
    // ANCHOR: several_events
    let done = lamps.execute(&hall, |lamp| lamp.move_to("attic")).await?;
    assert_eq!(done.recorded(), 2);
    // ANCHOR_END: several_events
    // ANCHOR: value
    let mut before = 0;
    lamps
        .execute(&hall, |lamp| {
            before = lamp.percent;
            lamp.move_to("porch")
        })
        .await?;
    assert_eq!(before, 20);
    // ANCHOR_END: value
    // ANCHOR: load
    let lamp = lamps.get(&hall).await?;
    assert_eq!(lamp.state().room, "porch");
    assert_eq!(lamp.state().percent, 10);

    let nowhere = StreamId::of::<Lamp>("nowhere")?;
    assert!(lamps.load(&nowhere).await?.is_none());
    // ANCHOR_END: load
    // ANCHOR: metadata
    let request = Metadata::new()
        .with_actor(Actor::new(ActorKind::Person, "ada")?)
        .with_correlation(CorrelationId::new("request-17")?);
    let of_request = lamps.clone().with_metadata(request);
    of_request
        .execute(&hall, |lamp| lamp.move_to("hall"))
        .await?;
    // ANCHOR_END: metadata
    let newest = LogQuery::new().backward().limit(1);
    let newest: Vec<_> = store.read_log(newest).try_collect().await?;
    let request = newest[0].metadata.correlation.as_ref();
    assert_eq!(request.map(CorrelationId::as_str), Some("request-17"));
    // ANCHOR: retry
    let retry = RetryPolicy::default().with_time_limit(std::time::Duration::from_secs(2));
    let impatient = lamps.clone().with_retry(retry);
    // ANCHOR_END: retry
    assert!(format!("{impatient:?}").contains("time_limit: 2s"));
    // ANCHOR: execute_at
    let shown = lamps.get(&hall).await?.version();
    // Meanwhile another user moves the lamp.
    lamps.execute(&hall, |lamp| lamp.move_to("attic")).await?;
    let late = lamps
        .execute_at(&hall, shown, |lamp| {
            lamp.dim(40).map_err(anyhow::Error::from)
        })
        .await;
    let error = late.err().and_then(|error| error.downcast().ok());
    assert!(matches!(error, Some(RepositoryError::Conflict { .. })));
    // ANCHOR_END: execute_at
    // ANCHOR: refusal
    let refused = lamps
        .execute(&hall, |lamp| lamp.dim(101).map_err(CommandError::Rejected))
        .await;
    assert!(matches!(
        refused,
        Err(CommandError::Rejected(LampError::TooBright {
            percent: 101
        }))
    ));
    // ANCHOR_END: refusal
    // ANCHOR: across
    // The lamp `hall` is in the attic; a second one is installed in the cellar.
    let cellar = StreamId::of::<Lamp>("cellar")?;
    lamps.create(&cellar, installed("cellar")).await?;
    let swapped = lamps
        .execute_across(|_metadata| async {
            let (mut one, mut other) = (lamps.get(&hall).await?, lamps.get(&cellar).await?);
            let (from, to) = (one.state().room.clone(), other.state().room.clone());
            one.decide(|lamp| lamp.move_to(&to))?;
            other.decide(|lamp| lamp.move_to(&from))?;
            Ok::<_, anyhow::Error>(Draft::of([one, other]))
        })
        .await?;
    assert_eq!(swapped.roots[0].state().room, "cellar");
    assert_eq!(swapped.roots[1].state().room, "attic");
    // ANCHOR_END: across
    let newest = LogQuery::new().backward().limit(4);
    let newest: Vec<_> = store.read_log(newest).try_collect().await?;
    let streams: Vec<&str> = newest.iter().map(|event| event.stream.as_str()).collect();
    assert_eq!(
        streams,
        ["lamp-cellar", "lamp-cellar", "lamp-hall", "lamp-hall"]
    );
    // ANCHOR: by_hand
    let porch = StreamId::of::<Lamp>("porch")?;
    let mut lamp: AggregateRoot<Lamp> = AggregateRoot::create(porch, installed("porch"))?;
    lamp.decide(|lamp| lamp.dim(40))?;
    assert_eq!(lamp.pending().len(), 2);
    lamps.save(&mut lamp).await?;
    assert_eq!(lamp.version(), 2.into());
    // ANCHOR_END: by_hand
    Ok(())
}

// ANCHOR: error_type
#[derive(Debug, thiserror::Error)]
enum ServiceError {
    #[error(transparent)]
    Lamp(#[from] LampError),
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

async fn dim_to(
    lamps: &EventSourcedRepository<Lamp>,
    lamp: &StreamId,
    percent: u8,
) -> Result<u8, ServiceError> {
    let done = lamps
        .execute(lamp, |lamp| Ok::<_, ServiceError>(lamp.dim(percent)?))
        .await?;
    Ok(done.state().percent)
}
// ANCHOR_END: error_type

#[tokio::test]
async fn an_error_type_of_the_service_carries_both_failures() -> anyhow::Result<()> {
    let lamps = EventSourcedRepository::new(MemoryStore::new(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    let missing = dim_to(&lamps, &hall, 40).await;
    assert!(matches!(
        missing,
        Err(ServiceError::Repository(RepositoryError::NotFound { .. }))
    ));
    lamps.create(&hall, installed("hall")).await?;
    assert_eq!(dim_to(&lamps, &hall, 40).await?, 40);
    let refused = dim_to(&lamps, &hall, 101).await;
    assert!(matches!(refused, Err(ServiceError::Lamp(_))));
    Ok(())
}

#[test]
fn an_event_that_does_not_come_back_is_refused() -> anyhow::Result<()> {
    // ANCHOR: comes_back
    #[derive(Serialize, Deserialize, DomainEvent)]
    struct LampLabelled {
        labels: Vec<Option<Option<String>>>,
    }

    let codec = JsonEventCodec::<LampLabelled>::new()?;
    let labels = vec![None, Some(None)];
    let Err(EncodeError::Format(source)) = codec.encode(&LampLabelled { labels }) else {
        panic!("`Some(None)` and `None` are both written as null")
    };
    let error: &JsonError = source.downcast_ref().unwrap();
    assert_eq!(error.path(), "labels[1]");
    // ANCHOR_END: comes_back
    Ok(())
}
