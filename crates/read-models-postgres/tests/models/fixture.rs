//! Read models in a database of their own, and projections that fill them.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use async_trait::async_trait;
use persistence_memory::MemoryEventStore;
use postgres_server::Server;
use read_models_postgres::{PostgresReadModels, PostgresTx, Settings, sqlx};
use read_side::{
    ApplyError, Build, Definition, Lease, ModelName, Options, Projection, Projector,
    ReadModelStore, Status, Step,
};
use shared_kernel::event::EventType;
use shared_kernel::lease::LeaseHolder;
use shared_kernel::store::StoreId;
use shared_kernel::{
    EventId, EventStoreExt, ExpectedVersion, GlobalPosition, NewEvent, RecordedEvent, StreamId,
};

pub(crate) const TTL: Duration = Duration::from_secs(5);

/// The newest percentage of each lamp, and each change of it.
pub(crate) struct Lamps;

#[async_trait]
impl Projection<PostgresTx> for Lamps {
    const NAME: &'static str = "lamps";
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut PostgresTx) -> Result<(), ApplyError> {
        tx.script(
            "CREATE TABLE lamps (
               name    text PRIMARY KEY,
               percent bigint NOT NULL CHECK (percent <= 100)
             );
             CREATE INDEX lamps_by_percent ON lamps (percent);
             CREATE TABLE changes (
               position bigint PRIMARY KEY,
               lamp     text NOT NULL REFERENCES lamps (name) DEFERRABLE INITIALLY DEFERRED,
               text     text NOT NULL DEFAULT 'it''s a \\ change'
             )",
        )
        .await?;
        Ok(())
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut PostgresTx) -> Result<(), ApplyError> {
        let percent: i64 = std::str::from_utf8(&event.payload)?.parse()?;
        let lamp = event.stream.as_str();
        let change = sqlx::query("INSERT INTO changes VALUES ($1, $2)");
        tx.execute(change.bind(event.position.as_i64()).bind(lamp))
            .await?;
        let dim = "INSERT INTO lamps VALUES ($1, $2)
                   ON CONFLICT (name) DO UPDATE SET percent = excluded.percent";
        tx.execute(sqlx::query(dim).bind(lamp).bind(percent))
            .await?;
        Ok(())
    }
}

/// A log, and a database for its read models.
pub(crate) struct World {
    pub(crate) log: MemoryEventStore,
    pub(crate) address: String,
    pub(crate) server: &'static Server,
}

pub(crate) type Of<P> = Projector<P, MemoryEventStore, PostgresReadModels>;

impl World {
    pub(crate) fn new() -> Self {
        let server = Server::shared_or_skip();
        Self {
            log: MemoryEventStore::new(),
            address: server.new_database().unwrap(),
            server,
        }
    }

    pub(crate) async fn models(&self) -> PostgresReadModels {
        models(&self.address).await
    }

    pub(crate) async fn projector<P: Projection<PostgresTx>>(&self, projection: P) -> Of<P> {
        projector(projection, &self.log, self.models().await)
    }

    pub(crate) async fn dim(&self, lamp: &str, percent: &str) -> EventId {
        dim(&self.log, lamp, percent).await
    }

    /// Runs statements past the read models, as a superuser with psql does.
    pub(crate) fn sql(&self, statements: &str) -> Result<String, String> {
        let database = self.address.rsplit('/').next().unwrap();
        let done = self.server.sql(database, statements);
        done.map_err(|error| error.to_string())
    }
}

/// Read models with a busy timeout of half a second.
pub(crate) async fn models(address: &str) -> PostgresReadModels {
    let settings = Settings::new(Duration::from_millis(500), NonZeroU32::new(8).unwrap());
    let models = PostgresReadModels::connect_with(address, &settings);
    models.await.unwrap()
}

pub(crate) fn projector<P: Projection<PostgresTx>>(
    projection: P,
    log: &MemoryEventStore,
    models: PostgresReadModels,
) -> Of<P> {
    let options = Options::new(holder("test"))
        .attempts(NonZeroU32::MIN)
        .ttl(Duration::from_secs(1))
        .chunk(NonZeroUsize::new(32).unwrap());
    Projector::with_options(projection, log.clone(), models, options).unwrap()
}

pub(crate) async fn dim(log: &MemoryEventStore, lamp: &str, percent: &str) -> EventId {
    let event = NewEvent::with_fresh_id(EventType::new("Dimmed").unwrap(), percent.to_owned());
    let event = event.unwrap();
    let id = event.id;
    let lamp = StreamId::new(lamp).unwrap();
    let appended = log.append_to(lamp, ExpectedVersion::Any, vec![event]);
    appended.await.unwrap();
    id
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
pub(crate) async fn create(models: &PostgresReadModels, name: &str) -> Build {
    let created = models.create_build(&model(name), 1, &definition()).await;
    created.unwrap().build
}

/// A build with a table `t (x UNIQUE)`, and a lease of its first segment at position 1.
pub(crate) async fn leased(models: &PostgresReadModels) -> Lease {
    let build = create(models, "lamps").await;
    let lease = models.claim(&build, 0, &holder("one"), TTL).await.unwrap();
    let mut tx = models.begin(&lease).await.unwrap();
    tx.script("CREATE TABLE t (x bigint UNIQUE)").await.unwrap();
    models.commit(tx, &lease, step(0, 1)).await.unwrap();
    lease
}

/// The only value of a query on a build.
pub(crate) async fn value(models: &PostgresReadModels, build: &Build, sql: &'static str) -> i64 {
    let mut rows = models.reader(build).await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut *rows).await.unwrap()
}
