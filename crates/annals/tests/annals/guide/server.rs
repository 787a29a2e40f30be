//! The chapter "From one file to a server": the same program on a file and on a server.

use annals::{
    EventSourcedRepository, EventStore, JsonEventCodec, PostgresStore, Projector, SqliteReadModels,
    SqliteStore, StreamId, Typed,
};

use super::read_models::Rooms;
use super::{Lamp, LampEvent, installed};

// ANCHOR: program
/// The program knows the ports, and not the store behind them.
async fn halve(store: impl EventStore + 'static, room: &str) -> anyhow::Result<u8> {
    let lamps = EventSourcedRepository::<Lamp>::new(store, JsonEventCodec::new()?);
    let id = StreamId::of::<Lamp>(room)?;
    let decide = |lamp: Option<&Lamp>| match lamp {
        None => installed(room),
        Some(lamp) => LampEvent::LampDimmed {
            percent: lamp.percent / 2,
        },
    };
    Ok(lamps.execute_or_create(&id, decide).await?.state().percent)
}
// ANCHOR_END: program

#[tokio::test]
async fn the_program_runs_unchanged_on_a_file_and_on_a_server() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("lamps.annals");
    let address = postgres_server::Server::shared_or_skip().new_database()?;
    let address = address.as_str();

    // ANCHOR: file
    let store = SqliteStore::open(&path).await?;
    // ANCHOR_END: file
    assert_eq!(halve(store.clone(), "kitchen").await?, 100);
    assert_eq!(halve(store, "kitchen").await?, 50);

    // ANCHOR: server
    let store = PostgresStore::connect(address).await?;
    // ANCHOR_END: server
    assert_eq!(halve(store.clone(), "kitchen").await?, 100);
    assert_eq!(halve(store, "kitchen").await?, 50);
    Ok(())
}

#[tokio::test]
async fn read_models_in_local_files_follow_the_log_of_a_server() -> anyhow::Result<()> {
    let address = postgres_server::Server::shared_or_skip().new_database()?;
    let store = PostgresStore::connect(&address).await?;
    for room in ["kitchen", "hall", "hall"] {
        halve(store.clone(), room).await?;
    }
    let folder = tempfile::tempdir()?;
    let models = SqliteReadModels::open(folder.path().join("lamps-views"));
    let rooms = Typed::new(Rooms, JsonEventCodec::new()?);
    let rooms = Projector::new(rooms, store, models)?;
    rooms.catch_up().await?;
    assert_eq!(rooms.live().await?.through(), 3.into());
    Ok(())
}
