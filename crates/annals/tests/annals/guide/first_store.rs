//! The chapter "First store": append, read, expectations, repetition.

// ANCHOR: uses
use annals::event::{ActorKind, CorrelationId, EventType};
use annals::store::AppendOutcome;
use annals::{
    Actor, Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, MemoryStore, Metadata,
    NewEvent, SqliteStore, StreamId,
};
// ANCHOR_END: uses

// ANCHOR: dimmed
fn dimmed(percent: u8) -> anyhow::Result<NewEvent> {
    let payload = format!(r#"{{"percent":{percent}}}"#);
    Ok(NewEvent::with_fresh_id(
        EventType::new("LampDimmed")?,
        payload,
    )?)
}
// ANCHOR_END: dimmed

#[tokio::test]
async fn events_are_kept_in_a_file() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("lamps.annals");
    // ANCHOR: open
    let store = SqliteStore::open(&path).await?;
    // ANCHOR_END: open
    // ANCHOR: append
    let lamp = StreamId::new("lamp-7")?;
    let event = NewEvent::with_fresh_id(EventType::new("LampDimmed")?, r#"{"percent":40}"#)?;
    let receipt = store
        .append_to(lamp.clone(), ExpectedVersion::NoStream, vec![event])
        .await?;
    assert_eq!(receipt.version_of(&lamp), Some(1.into()));
    // ANCHOR_END: append
    // ANCHOR: read
    let events = store.read_whole_stream(lamp.clone()).await?;
    assert_eq!(events[0].version, 1.into());
    assert_eq!(events[0].payload, r#"{"percent":40}"#);
    // ANCHOR_END: read
    // ANCHOR: close
    store.close().await;
    let again = SqliteStore::open(&path).await?;
    assert_eq!(again.stream_version(&lamp).await?, 1.into());
    // ANCHOR_END: close
    Ok(())
}

#[tokio::test]
async fn a_wrong_expectation_is_a_conflict() -> anyhow::Result<()> {
    let store = MemoryStore::new();
    let lamp = StreamId::new("lamp-7")?;
    store
        .append_to(lamp.clone(), ExpectedVersion::Any, vec![dimmed(40)?])
        .await?;
    // ANCHOR: conflict
    let seen = ExpectedVersion::Exact(3.into());
    let refused = store.append_to(lamp, seen, vec![dimmed(20)?]).await;
    let Err(AppendError::Conflict(conflict)) = refused else {
        anyhow::bail!("the stream is at version 1, so this is a conflict");
    };
    assert_eq!(conflict.actual, 1.into());
    // ANCHOR_END: conflict
    assert_eq!(
        conflict.to_string(),
        "conflict on stream `lamp-7`: expected version 3, found version 1"
    );
    Ok(())
}

#[tokio::test]
async fn a_repeated_append_writes_nothing() -> anyhow::Result<()> {
    let store = MemoryStore::new();
    let lamp = StreamId::new("lamp-7")?;
    // ANCHOR: repeat
    let append = Append::new().write(lamp, ExpectedVersion::NoStream, vec![dimmed(40)?]);
    let first = store.append(append.clone()).await?;
    let again = store.append(append).await?;
    assert_eq!(again.outcome, AppendOutcome::Repeated);
    assert_eq!(again.positions, first.positions);
    assert_eq!(store.head().await?, first.last_position());
    // ANCHOR_END: repeat
    Ok(())
}

#[tokio::test]
async fn an_append_spans_streams() -> anyhow::Result<()> {
    let store = MemoryStore::new();
    let house = StreamId::new("house-1")?;
    let (hall, attic) = (StreamId::new("lamp-7")?, StreamId::new("lamp-8")?);
    // ANCHOR: several
    let append = Append::new()
        .write(hall, ExpectedVersion::NoStream, vec![dimmed(40)?])
        .write(attic.clone(), ExpectedVersion::Any, vec![dimmed(20)?])
        .check(house, ExpectedVersion::StreamExists);
    let refused = store.append(append).await;
    // There is no house, so neither lamp is written.
    assert!(matches!(refused, Err(AppendError::Conflict(_))));
    assert_eq!(store.stream_version(&attic).await?, 0.into());
    // ANCHOR_END: several
    Ok(())
}

#[tokio::test]
async fn an_event_says_who_caused_it() -> anyhow::Result<()> {
    let store = MemoryStore::new();
    let lamp = StreamId::new("lamp-7")?;
    // ANCHOR: metadata
    let metadata = Metadata::new()
        .with_actor(Actor::new(ActorKind::Person, "ada")?)
        .with_correlation(CorrelationId::new("request-17")?);
    let event = dimmed(40)?.with_metadata(metadata.clone());
    // ANCHOR_END: metadata
    store
        .append_to(lamp.clone(), ExpectedVersion::Any, vec![event])
        .await?;
    let recorded = store.read_whole_stream(lamp).await?;
    assert_eq!(recorded[0].metadata, metadata);
    Ok(())
}
