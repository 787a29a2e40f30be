//! The chapter "Moving a log": the same steps in a program.

use annals::store::{Destination, LogTransfer};
use annals::transfer::{Export, ExportRange, Import};
use annals::{
    AppendError, EventSourcedRepository, EventStore, GlobalPosition, JsonEventCodec, MemoryStore,
    PostgresStore, RepositoryError, SqliteStore, StoreError, StreamId,
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

/// All lines of an export.
async fn export(store: &dyn EventStore) -> anyhow::Result<Vec<u8>> {
    let mut export = Export::begin(store, ExportRange::default()).await?;
    let mut all = Vec::new();
    while let Some(lines) = export.next_lines().await? {
        all.extend(lines);
    }
    Ok(all)
}

#[tokio::test]
async fn a_log_moves_from_a_file_to_a_server_and_back() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = SqliteStore::open(folder.path().join("lamps.annals")).await?;
    let lamps = EventSourcedRepository::<Lamp>::new(file.clone(), JsonEventCodec::new()?);
    for room in ["hall", "kitchen"] {
        let id = StreamId::of::<Lamp>(room)?;
        lamps.create(&id, installed(room)).await?;
        lamps.execute(&id, |lamp| lamp.move_to("attic")).await?;
    }
    let address = postgres_server::Server::shared_or_skip().new_database()?;
    let server = PostgresStore::connect(&address).await?;
    transfer(&file, &server, GlobalPosition::START).await?;
    let back = SqliteStore::open(folder.path().join("back.annals")).await?;
    transfer(&server, &back, GlobalPosition::START).await?;
    let lines = export(&file).await?;
    assert_eq!(export(&server).await?, lines);
    assert_eq!(export(&back).await?, lines);
    assert!(back.check(|_| ()).await?.is_clean());
    Ok(())
}
