//! The chapter "Operations": durability, several processes, backup, restore, check.

// ANCHOR: uses
use std::time::Duration;

use annals::sqlite::{Durability, OpenError};
use annals::{SqliteOptions, SqliteStore};
// ANCHOR_END: uses

use annals::{EventSourcedRepository, EventStore, JsonEventCodec, StreamId};

use super::{Lamp, installed};

#[tokio::test]
async fn a_store_is_backed_up_checked_and_restored() -> anyhow::Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    let (path, backup) = (folder.join("lamps.annals"), folder.join("backup.annals"));
    let store = SqliteStore::open(&path).await?;
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
    // ANCHOR: backup
    store.backup(&backup).await?;
    // ANCHOR_END: backup
    // ANCHOR: check
    let report = store
        .check(|done| println!("{} of {}", done.read, done.total))
        .await?;
    assert!(report.is_clean(), "{:?}", report.problems);
    // ANCHOR_END: check
    assert_eq!((report.events, report.streams), (1, 1));
    let moved = lamps.execute(&hall, |lamp| lamp.move_to("attic")).await?;
    drop(lamps);
    // ANCHOR: restore
    store.close().await;
    let restored = SqliteStore::restore(&backup, &path).await?;
    println!("the old store is kept as {:?}", restored.set_aside);
    let store = SqliteStore::open(&path).await?;
    // ANCHOR_END: restore
    assert_eq!(store.stream_version(&hall).await?, 1.into());
    let old = SqliteStore::open(folder.join("lamps.annals.old-1")).await?;
    assert_eq!(old.stream_version(&hall).await?, moved.root.version());
    // ANCHOR: read_only
    let reader = SqliteStore::open_with(&path, SqliteOptions::new().read_only()).await?;
    // ANCHOR_END: read_only
    assert_eq!(reader.stream_version(&hall).await?, 1.into());
    Ok(())
}

#[tokio::test]
async fn two_handles_share_one_file() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("lamps.annals");
    // ANCHOR: options
    let options = SqliteOptions::new()
        .with_durability(Durability::Full)
        .with_busy_timeout(Duration::from_secs(2));
    let store = SqliteStore::open_with(&path, options).await?;
    // ANCHOR_END: options
    let other = SqliteStore::open(&path).await?;
    let hall = StreamId::of::<Lamp>("hall")?;
    let lamps = EventSourcedRepository::<Lamp>::new(store, JsonEventCodec::new()?);
    let others = EventSourcedRepository::<Lamp>::new(other, JsonEventCodec::new()?);
    lamps.create(&hall, installed("hall")).await?;
    others.execute(&hall, |lamp| lamp.move_to("attic")).await?;
    assert_eq!(lamps.get(&hall).await?.version(), 3.into());
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_no_store_is_left_alone() -> anyhow::Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    // ANCHOR: open_error
    let notes = folder.join("notes.txt");
    std::fs::write(&notes, "buy a lamp, and then another one for the hall")?;
    match SqliteStore::open(&notes).await {
        Err(OpenError::NotADatabase { path }) => println!("{} is no store", path.display()),
        other => anyhow::bail!("a text file is no store: {other:?}"),
    }
    // ANCHOR_END: open_error
    assert!(std::fs::read_to_string(&notes)?.starts_with("buy a lamp"));
    Ok(())
}
