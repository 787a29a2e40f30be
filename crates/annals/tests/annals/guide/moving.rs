//! The chapter "Moving a log": the same steps in a program.

use annals::store::{Destination, LogTransfer};
use annals::transfer::{Export, ExportRange, Import};
use annals::{
    AppendError, EventSourcedRepository, EventStore, GlobalPosition, JsonEventCodec, MemoryStore,
    RepositoryError, SqliteStore, StoreError, StreamId,
};

use super::{Lamp, installed};

// ANCHOR: move
/// Imports the events after a position into the new store. Returns the position of the last one.
async fn transfer(
    old: &dyn EventStore,
    new: &dyn LogTransfer,
    after: GlobalPosition,
) -> anyhow::Result<GlobalPosition> {
    let through = None; // the present end of the log
    let mut export = Export::begin(old, ExportRange { after, through }).await?;
    let mut import = Import::into(new);
    while let Some(lines) = export.next_lines().await? {
        import.take(&lines).await?;
    }
    Ok(import.finish().await?.last)
}

async fn move_log(
    old: &dyn LogTransfer,
    new: &dyn LogTransfer,
    place: &Destination,
) -> anyhow::Result<()> {
    let most = transfer(old, new, GlobalPosition::START).await?;
    old.freeze(place).await?;
    transfer(old, new, most).await?;
    Ok(())
}
// ANCHOR_END: move

#[tokio::test]
async fn a_log_moves_and_its_writers_are_told() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let old = SqliteStore::open(folder.path().join("lamps.annals")).await?;
    let new = MemoryStore::new();
    let lamps = EventSourcedRepository::<Lamp>::new(old.clone(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
    let place = Destination::new("postgres://db.example/lamps")?;
    move_log(&old, &new, &place).await?;
    assert_eq!(new.id().await?, old.id().await?);
    assert_eq!(new.head().await?, old.head().await?);

    let attic = StreamId::of::<Lamp>("attic")?;
    // ANCHOR: frozen
    match lamps.create(&attic, installed("attic")).await {
        Err(RepositoryError::Append {
            source: AppendError::Store(StoreError::Moved { to, .. }),
            ..
        }) => println!("open the store at {to}, and run the command there"),
        other => drop(other?),
    }
    // ANCHOR_END: frozen
    assert_eq!(old.stream_version(&attic).await?, 0.into());
    Ok(())
}
