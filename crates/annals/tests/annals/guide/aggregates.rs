//! The chapter "Aggregates": create, execute, refusals, error types, several streams.

// ANCHOR: uses
use annals::repository::{CommandError, Draft, RetryPolicy};
use annals::store::LogQuery;
use annals::{
    AggregateRoot, EventSourcedRepository, EventStoreExt, JsonEventCodec, MemoryStore,
    RepositoryError, StreamId,
};
// ANCHOR_END: uses

use super::{Lamp, LampError, LampEvent, installed};

fn lamps() -> anyhow::Result<EventSourcedRepository<Lamp>> {
    Ok(EventSourcedRepository::new(
        MemoryStore::new(),
        JsonEventCodec::new()?,
    ))
}

#[tokio::test]
async fn a_command_loads_decides_and_saves() -> anyhow::Result<()> {
    // ANCHOR: repository
    let lamps = EventSourcedRepository::<Lamp>::new(MemoryStore::new(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    // ANCHOR_END: repository
    assert_eq!(hall.as_str(), "lamp-hall");
    // ANCHOR: execute
    let first = LampEvent::LampInstalled {
        room: "hall".to_owned(),
    };
    lamps.create(&hall, first).await?;
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
    // ANCHOR: load
    let lamp = lamps.get(&hall).await?;
    assert_eq!(lamp.state().room, "attic");
    assert_eq!(lamp.state().percent, 20);
    assert!(
        lamps
            .load(&StreamId::of::<Lamp>("cellar")?)
            .await?
            .is_none()
    );
    // ANCHOR_END: load
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_the_error_of_the_domain() -> anyhow::Result<()> {
    let lamps = lamps()?;
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
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
    let lamps = lamps()?;
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

#[tokio::test]
async fn a_command_at_a_version_is_decided_once() -> anyhow::Result<()> {
    let lamps = lamps()?;
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
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
    Ok(())
}

#[tokio::test]
async fn one_command_changes_two_lamps() -> anyhow::Result<()> {
    let store = MemoryStore::new();
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let (hall, attic) = (
        StreamId::of::<Lamp>("hall")?,
        StreamId::of::<Lamp>("attic")?,
    );
    lamps.create(&hall, installed("hall")).await?;
    lamps.create(&attic, installed("attic")).await?;
    // ANCHOR: across
    let swapped = lamps
        .execute_across(|_metadata| async {
            let (mut one, mut other) = (lamps.get(&hall).await?, lamps.get(&attic).await?);
            let (from, to) = (one.state().room.clone(), other.state().room.clone());
            one.decide(|lamp| lamp.move_to(&to))?;
            other.decide(|lamp| lamp.move_to(&from))?;
            Ok::<_, anyhow::Error>(Draft::of([one, other]))
        })
        .await?;
    assert_eq!(swapped.roots[0].state().room, "attic");
    // ANCHOR_END: across
    let log = store.read_log(LogQuery::new());
    let events: Vec<_> = futures_util::TryStreamExt::try_collect(log).await?;
    let streams: Vec<&str> = events[2..].iter().map(|e| e.stream.as_str()).collect();
    assert_eq!(
        streams,
        ["lamp-hall", "lamp-hall", "lamp-attic", "lamp-attic"]
    );
    Ok(())
}

#[tokio::test]
async fn pending_events_are_saved_by_hand() -> anyhow::Result<()> {
    let lamps = lamps()?;
    // ANCHOR: by_hand
    let mut lamp: AggregateRoot<Lamp> =
        AggregateRoot::create(StreamId::of::<Lamp>("hall")?, installed("hall"))?;
    lamp.decide(|lamp| lamp.dim(40))?;
    assert_eq!(lamp.pending().len(), 2);
    lamps.save(&mut lamp).await?;
    assert_eq!(lamp.version(), 2.into());
    // ANCHOR_END: by_hand
    Ok(())
}

#[tokio::test]
async fn the_time_limit_of_a_command_is_set() -> anyhow::Result<()> {
    let lamps = lamps()?;
    // ANCHOR: retry
    let retry = RetryPolicy::default().with_time_limit(std::time::Duration::from_secs(2));
    let impatient = lamps.with_retry(retry);
    // ANCHOR_END: retry
    assert!(format!("{impatient:?}").contains("time_limit: 2s"));
    Ok(())
}
