//! The chapter "First store": append, read, expectations, repetition.

// ANCHOR: uses
use annals::event::{ActorKind, CorrelationId, EventType, MetadataKey};
use annals::store::AppendOutcome;
use annals::{
    Actor, Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, Metadata, NewEvent,
    SqliteStore, StreamId,
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

/// The fragments run in the order of the chapter, as a reader would paste them.
#[tokio::test]
async fn the_fragments_of_the_chapter_run_in_its_order() -> anyhow::Result<()> {
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
    assert!(store.path().is_absolute());
    // ANCHOR: read
    let events = store.read_whole_stream(lamp.clone()).await?;
    assert_eq!(events[0].version, 1.into());
    assert_eq!(events[0].payload, r#"{"percent":40}"#);
    // ANCHOR_END: read

    // ANCHOR: conflict
    let seen = ExpectedVersion::Exact(3.into());
    let refused = store.append_to(lamp.clone(), seen, vec![dimmed(20)?]).await;
    let Err(AppendError::Conflict(conflict)) = refused else {
        anyhow::bail!("the stream is at version 1, so this is a conflict");
    };
    assert_eq!(conflict.actual, 1.into());
    // ANCHOR_END: conflict
    assert_eq!(
        conflict.to_string(),
        "conflict on stream `lamp-7`: expected version 3, found version 1"
    );

    // ANCHOR: several
    let (hall, attic) = (StreamId::new("lamp-hall")?, StreamId::new("lamp-attic")?);
    let house = StreamId::new("house-1")?;
    let append = Append::new()
        .write(hall, ExpectedVersion::NoStream, vec![dimmed(40)?])
        .write(attic.clone(), ExpectedVersion::Any, vec![dimmed(20)?])
        .check(house.clone(), ExpectedVersion::StreamExists);
    let Err(AppendError::Conflict(conflict)) = store.append(append).await else {
        anyhow::bail!("there is no house, so this is a conflict");
    };
    assert_eq!(conflict.stream, house);
    // Neither lamp is written.
    assert_eq!(store.stream_version(&attic).await?, 0.into());
    // ANCHOR_END: several

    // ANCHOR: repeat
    let other = StreamId::new("lamp-9")?;
    let append = Append::new().write(other, ExpectedVersion::NoStream, vec![dimmed(40)?]);
    let first = store.append(append.clone()).await?;
    let again = store.append(append).await?;
    assert_eq!(again.outcome, AppendOutcome::Repeated);
    assert_eq!(again.positions, first.positions);
    assert_eq!(store.head().await?, first.last_position());
    // ANCHOR_END: repeat

    // ANCHOR: metadata
    let metadata = Metadata::new()
        .with_actor(Actor::new(ActorKind::Person, "ada")?)
        .with_correlation(CorrelationId::new("request-17")?)
        .with_pair(MetadataKey::new("reason")?, "energy audit");
    let event = dimmed(10)?.with_metadata(metadata);
    store
        .append_to(lamp.clone(), ExpectedVersion::Exact(1.into()), vec![event])
        .await?;
    let events = store.read_whole_stream(lamp.clone()).await?;
    assert_eq!(events[1].metadata.pair("reason"), Some("energy audit"));
    // ANCHOR_END: metadata
    let actor = events[1].metadata.actor.as_ref();
    assert_eq!(actor.map(|actor| actor.name.as_str()), Some("ada"));

    // ANCHOR: close
    store.close().await;
    let again = SqliteStore::open(&path).await?;
    assert_eq!(again.stream_version(&lamp).await?, 2.into());
    // ANCHOR_END: close
    Ok(())
}
