//! The chapter "Your first read model": tables of one's own, filled, waited for, and built again.

// ANCHOR: uses
use std::time::Duration;

use annals::{
    ApplyError, EventEnvelope, EventSourcedRepository, EventStore, JsonEventCodec, Projector,
    SqliteReadModels, SqliteStore, SqliteTx, StreamId, Typed, TypedProjection, async_trait, sqlx,
};
use tokio::sync::oneshot;
// ANCHOR_END: uses

use super::{Lamp, LampEvent, installed};

// ANCHOR: tables
const TABLES: &str = "
    CREATE TABLE rooms (name TEXT PRIMARY KEY) STRICT;
    CREATE TABLE lamps (
        id      TEXT PRIMARY KEY,
        room    TEXT NOT NULL REFERENCES rooms (name),
        percent INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX lamps_by_room ON lamps (room, percent);
";
const PUT: &str = "INSERT INTO lamps VALUES (?, ?, 100)
                   ON CONFLICT DO UPDATE SET room = excluded.room";
const DIM: &str = "UPDATE lamps SET percent = ? WHERE id = ?";
// ANCHOR_END: tables

// ANCHOR: projection
pub(super) struct Rooms;

#[async_trait]
impl TypedProjection<SqliteTx> for Rooms {
    type Event = LampEvent;
    const NAME: &'static str = "rooms";
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        tx.execute(TABLES, ());
        Ok(())
    }

    async fn apply(
        &self,
        lamp: &EventEnvelope<LampEvent>,
        tx: &mut SqliteTx,
    ) -> Result<(), ApplyError> {
        match &lamp.event {
            LampEvent::LampInstalled { room } | LampEvent::LampMoved { to: room } => {
                tx.execute("INSERT OR IGNORE INTO rooms VALUES (?)", (room,));
                tx.execute(PUT, (&lamp.stream, room));
            }
            LampEvent::LampDimmed { percent } => tx.execute(DIM, (*percent, &lamp.stream)),
        }
        Ok(())
    }
}
// ANCHOR_END: projection

/// The fragments run in the order of the chapter.
#[tokio::test]
async fn the_fragments_of_the_chapter_run_in_its_order() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    // ANCHOR: history
    let store = SqliteStore::open(path.join("lamps.annals")).await?;
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
    lamps.execute(&hall, |lamp| lamp.move_to("cellar")).await?;
    // ANCHOR_END: history

    // ANCHOR: catch_up
    let models = SqliteReadModels::beside(store.path());
    let rooms = Typed::new(Rooms, JsonEventCodec::new()?);
    let rooms = Projector::new(rooms, store.clone(), models)?;
    rooms.catch_up().await?;
    // ANCHOR_END: catch_up

    // ANCHOR: read
    let live = rooms.live().await?;
    let mut rows = rooms.models().reader(&live).await?;
    let sql = "SELECT room, percent FROM lamps ORDER BY room, percent";
    let by_room: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&mut rows).await?;
    assert_eq!(by_room, [("cellar".to_owned(), 50)]);
    // ANCHOR_END: read

    // ANCHOR: run
    let (stop, stopped) = oneshot::channel::<()>();
    let follower = rooms.clone();
    let running = tokio::spawn(async move { follower.run(async { drop(stopped.await) }).await });
    // ANCHOR_END: run

    // ANCHOR: wait
    let dim = |_: &Lamp| LampEvent::LampDimmed { percent: 20 };
    let dimmed = lamps.execute(&hall, dim).await?;
    if let Some(position) = dimmed.last_position() {
        rooms.wait_until(position, Duration::from_secs(5)).await?;
    }

    let percent: i64 = sqlx::query_scalar("SELECT percent FROM lamps WHERE id = ?")
        .bind(hall.as_str())
        .fetch_one(&mut rows)
        .await?;
    assert_eq!(percent, 20);
    // ANCHOR_END: wait

    // ANCHOR: watch
    let live = rooms.live().await?;
    let head = store.head().await?.unwrap_or_default();
    assert_eq!((live.through(), head), (4.into(), 4.into()));
    assert_eq!(live.failure(), None);
    assert!(rooms.parked().await?.is_empty());
    // ANCHOR_END: watch

    // ANCHOR: stop
    stop.send(()).ok();
    running.await??;
    // ANCHOR_END: stop

    // ANCHOR: rebuild
    let reached = rooms.rebuild().await?;
    assert_eq!(reached, 4.into());
    assert_eq!(rooms.live().await?.record.build.to_string(), "rooms.v1.2");
    // ANCHOR_END: rebuild
    let live = rooms.live().await?;
    let mut rows = rooms.models().reader(&live).await?;
    let percents: Vec<i64> = sqlx::query_scalar("SELECT percent FROM lamps")
        .fetch_all(&mut rows)
        .await?;
    assert_eq!(percents, [20]);
    Ok(())
}

async fn build_wait_and_rebuild(
    store: SqliteStore,
    models: SqliteReadModels,
) -> anyhow::Result<()> {
    // ANCHOR: api
    let rooms = Typed::new(Rooms, JsonEventCodec::new()?);
    let rooms = Projector::new(rooms, store, models)?;
    let reached = rooms.catch_up().await?;
    rooms.wait_until(reached, Duration::from_secs(5)).await?;
    rooms.rebuild().await?;
    // ANCHOR_END: api
    Ok(())
}

#[tokio::test]
async fn a_projection_into_two_tables_has_at_most_thirty_lines_of_code() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("lamps.annals")).await?;
    build_wait_and_rebuild(store, SqliteReadModels::temporary()?).await?;
    let lines = |part: &str| {
        let source = include_str!("read_models.rs");
        let (_, code) = source.split_once(&format!("// ANCHOR: {part}\n")).unwrap();
        let (code, _) = code
            .split_once(&format!("// ANCHOR_END: {part}\n"))
            .unwrap();
        let code = code.lines().filter(|line| !line.trim().is_empty());
        code.count()
    };
    let count = lines("projection") + lines("api");
    assert!((20..=30).contains(&count), "{count} lines");
    Ok(())
}
