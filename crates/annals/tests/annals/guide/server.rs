//! The chapter "From one file to a server": the same program on a file and on a server.

// ANCHOR: names
use annals::read_side::ReadModelStore;
use annals::{
    ApplyError, EventEnvelope, EventSourcedRepository, EventStore, JsonEventCodec,
    PostgresReadModels, PostgresStore, PostgresTx, Projector, SqliteReadModels, SqliteStore,
    StreamId, Typed, TypedProjection, async_trait, sqlx,
};
// ANCHOR_END: names

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

// ANCHOR: rooms
const TABLES: &str = "
    CREATE TABLE rooms (name text PRIMARY KEY);
    CREATE TABLE lamps (
        id      text PRIMARY KEY,
        room    text NOT NULL REFERENCES rooms (name),
        percent smallint NOT NULL
    );
    CREATE INDEX lamps_by_room ON lamps (room, percent);
";
const ROOM: &str = "INSERT INTO rooms VALUES ($1) ON CONFLICT DO NOTHING";
const PUT: &str = "INSERT INTO lamps VALUES ($1, $2, 100)
                   ON CONFLICT (id) DO UPDATE SET room = excluded.room";
const DIM: &str = "UPDATE lamps SET percent = $1 WHERE id = $2";

#[async_trait]
impl TypedProjection<PostgresTx> for Rooms {
    type Event = LampEvent;
    const NAME: &'static str = "rooms";
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut PostgresTx) -> Result<(), ApplyError> {
        Ok(tx.script(TABLES).await?)
    }

    async fn apply(
        &self,
        lamp: &EventEnvelope<LampEvent>,
        tx: &mut PostgresTx,
    ) -> Result<(), ApplyError> {
        let id = lamp.stream.as_str();
        match &lamp.event {
            LampEvent::LampInstalled { room } | LampEvent::LampMoved { to: room } => {
                tx.execute(sqlx::query(ROOM).bind(room)).await?;
                tx.execute(sqlx::query(PUT).bind(id).bind(room)).await?;
            }
            LampEvent::LampDimmed { percent } => {
                let percent = i16::from(*percent);
                tx.execute(sqlx::query(DIM).bind(percent).bind(id)).await?;
            }
        }
        Ok(())
    }
}
// ANCHOR_END: rooms

// ANCHOR: fill
/// The program that fills the rows knows neither store.
async fn fill<S, M>(store: S, models: M) -> anyhow::Result<RoomsOf<S, M>>
where
    S: EventStore,
    M: ReadModelStore,
    Rooms: TypedProjection<M::Tx, Event = LampEvent>,
{
    let rooms = Typed::new(Rooms, JsonEventCodec::new()?);
    let rooms = Projector::new(rooms, store, models)?;
    rooms.catch_up().await?;
    Ok(rooms)
}

type RoomsOf<S, M> = Projector<Typed<Rooms, JsonEventCodec<LampEvent>>, S, M>;
// ANCHOR_END: fill

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
async fn the_rows_are_the_same_in_files_and_on_a_server() -> anyhow::Result<()> {
    let address = postgres_server::Server::shared_or_skip().new_database()?;
    let address = address.as_str();
    let store = PostgresStore::connect(address).await?;
    for room in ["kitchen", "hall", "hall"] {
        halve(store.clone(), room).await?;
    }
    let expected = [("hall".to_owned(), 50i16), ("kitchen".to_owned(), 100)];
    let sql = "SELECT room, percent FROM lamps ORDER BY room";

    let folder = tempfile::tempdir()?;
    let folder = folder.path().join("lamps-views");
    // ANCHOR: local
    let models = SqliteReadModels::open(folder);
    // ANCHOR_END: local
    let rooms = fill(store.clone(), models).await?;
    let live = rooms.live().await?;
    let mut rows = rooms.models().reader(&live).await?;
    let by_room: Vec<(String, i16)> = sqlx::query_as(sql).fetch_all(&mut rows).await?;
    assert_eq!(by_room, expected);

    // ANCHOR: models
    let models = PostgresReadModels::connect(address).await?;
    // ANCHOR_END: models
    let rooms = fill(store, models).await?;
    // ANCHOR: read
    let live = rooms.live().await?;
    let mut rows = rooms.models().reader(&live).await?;
    let sql = "SELECT room, percent FROM lamps ORDER BY room";
    let by_room: Vec<(String, i16)> = sqlx::query_as(sql).fetch_all(&mut *rows).await?;
    // ANCHOR_END: read
    assert_eq!(by_room, expected);
    Ok(())
}
