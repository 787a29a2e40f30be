//! Read models in a temporary folder, and projections that fill them.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use persistence_memory::MemoryEventStore;
use read_models_sqlite::{SqliteReadModels, SqliteTx, sqlx};
use read_side::{
    ApplyError, Build, BuildRecord, Definition, Lease, ModelName, Options, Projection, Projector,
    ReadModelError, ReadModelStore, Rows, Status, Step,
};
use shared_kernel::event::EventType;
use shared_kernel::lease::LeaseHolder;
use shared_kernel::store::StoreId;
use shared_kernel::{
    EventId, EventStoreExt, ExpectedVersion, GlobalPosition, NewEvent, RecordedEvent, StreamId,
};
use sqlx::Row;
use tempfile::TempDir;

pub(crate) const TTL: Duration = Duration::from_secs(5);

/// The newest percentage of each lamp, and a full-text index of its texts.
pub(crate) struct Lamps;

#[async_trait]
impl Projection<SqliteTx> for Lamps {
    const NAME: &'static str = "lamps";
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        tx.execute(
            "CREATE TABLE rooms (name TEXT PRIMARY KEY) STRICT;
             CREATE TABLE lamps (
               name    TEXT PRIMARY KEY,
               room    TEXT NOT NULL REFERENCES rooms (name) DEFERRABLE INITIALLY DEFERRED,
               percent INTEGER NOT NULL CHECK (percent <= 100)
             ) STRICT;
             CREATE INDEX lamps_by_percent ON lamps (percent);
             CREATE VIRTUAL TABLE words USING fts5 (name, text)",
            (),
        );
        tx.execute("INSERT INTO rooms VALUES ('house')", ());
        Ok(())
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut SqliteTx) -> Result<(), ApplyError> {
        let text = std::str::from_utf8(&event.payload)?;
        let percent: i64 = text.parse()?;
        tx.execute(
            "INSERT INTO lamps VALUES (?1, 'house', ?2)
             ON CONFLICT DO UPDATE SET percent = ?2",
            (&event.stream, percent),
        );
        let text = format!("dimmed to {text}");
        tx.execute("INSERT INTO words VALUES (?, ?)", (&event.stream, text));
        Ok(())
    }
}

/// The number of events of each stream, as documents.
pub(crate) struct Counts;

#[async_trait]
impl<Tx: Rows> Projection<Tx> for Counts {
    const NAME: &'static str = "counts";
    const VERSION: u32 = 1;

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
        let key = event.stream.as_str();
        let count = match tx.get("streams", key).await? {
            Some(count) => std::str::from_utf8(&count)?.parse::<u64>()? + 1,
            None => 1,
        };
        tx.put("streams", key, count.to_string().into());
        Ok(())
    }
}

/// A log, and a folder for its read models.
pub(crate) struct World {
    pub(crate) log: MemoryEventStore,
    place: TempDir,
}

pub(crate) type Of<P> = Projector<P, MemoryEventStore, SqliteReadModels>;

impl World {
    pub(crate) fn new() -> Self {
        Self {
            log: MemoryEventStore::new(),
            place: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("lamps.annals-views")
    }

    pub(crate) fn models(&self) -> SqliteReadModels {
        SqliteReadModels::open(self.folder()).with_busy_timeout(Duration::from_millis(500))
    }

    pub(crate) fn projector<P: Projection<SqliteTx>>(&self, projection: P) -> Of<P> {
        let options = Options::new(holder("test")).attempts(NonZeroU32::MIN);
        Projector::with_options(projection, self.log.clone(), self.models(), options).unwrap()
    }

    pub(crate) async fn dim(&self, lamp: &str, percent: &str) -> EventId {
        let event = NewEvent::with_fresh_id(EventType::new("Dimmed").unwrap(), percent.to_owned());
        let event = event.unwrap();
        let id = event.id;
        let lamp = StreamId::new(lamp).unwrap();
        let appended = self.log.append_to(lamp, ExpectedVersion::Any, vec![event]);
        appended.await.unwrap();
        id
    }

    /// The names of the files in the folder, sorted.
    pub(crate) fn file_names(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder()) else {
            return Vec::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect();
        names.sort();
        names
    }
}

pub(crate) fn holder(name: &str) -> LeaseHolder {
    LeaseHolder::new(name).unwrap()
}

pub(crate) fn model(name: &str) -> ModelName {
    ModelName::new(name).unwrap()
}

pub(crate) fn definition() -> Definition {
    Definition {
        fingerprint: "version: 1".to_owned(),
        segments: 2,
        log: StoreId::from_bytes([7; 16]),
        start: GlobalPosition::START,
    }
}

pub(crate) fn step(from: u32, through: u32) -> Step {
    Step {
        from: from.into(),
        through: through.into(),
        last_event: None,
        status: Status::Building,
        park: Vec::new(),
        unpark: Vec::new(),
        skip: Vec::new(),
    }
}

/// Creates a build of version 1 with two segments.
pub(crate) async fn create(
    models: &SqliteReadModels,
    name: &str,
) -> Result<BuildRecord, ReadModelError> {
    models.create_build(&model(name), 1, &definition()).await
}

/// A build with a table `t (x UNIQUE)`, and a lease of its first segment at position 1.
pub(crate) async fn leased(models: &SqliteReadModels) -> Lease {
    let build = create(models, "lamps").await.unwrap().build;
    let lease = models.claim(&build, 0, &holder("one"), TTL).await.unwrap();
    let mut tx = models.begin(&lease).await.unwrap();
    tx.execute("CREATE TABLE t (x UNIQUE)", ());
    models.commit(tx, &lease, step(0, 1)).await.unwrap();
    lease
}

/// The only value of a query on a build.
pub(crate) async fn value(models: &SqliteReadModels, build: &Build, sql: &'static str) -> i64 {
    let mut rows = models.reader(build).await.unwrap();
    let row = sqlx::query(sql).fetch_one(&mut rows).await.unwrap();
    row.get(0)
}
