//! sqlite-es through the repository trait of cqrs-es, with its own migration.
//!
//! The pool has the settings of its `default_sqlite_pool`, except `synchronous`: the default is
//! `NORMAL`, the measurement needs `FULL`.

use std::path::Path;

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlite_es::SqliteEventRepository;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use subject::{Event, Outcome, Payload, Store, StreamWrite, Waiting, synchronous_name};

/// The events table of the crate's migration.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (
    aggregate_type text NOT NULL,
    aggregate_id text NOT NULL,
    sequence integer CHECK (sequence >= 0) NOT NULL,
    event_type text NOT NULL,
    event_version text NOT NULL,
    payload text NOT NULL,
    metadata text NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
) STRICT";

/// The repository and its pool.
pub(crate) struct SqliteEs {
    repository: SqliteEventRepository,
    pool: SqlitePool,
}

/// The aggregate that the events belong to.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally;

/// Its one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counted(Payload);

impl DomainEvent for Counted {
    fn event_type(&self) -> String {
        Event::TYPE.to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Tally {
    const TYPE: &'static str = "tally";
    type Command = ();
    type Event = Counted;
    type Error = std::fmt::Error;
    type Services = ();

    async fn handle(
        &mut self,
        (): (),
        (): &(),
        _sink: &EventSink<Self>,
    ) -> Result<(), std::fmt::Error> {
        Ok(())
    }

    fn apply(&mut self, _event: Counted) {}
}

impl Store for SqliteEs {
    type Append = Vec<SerializedEvent>;

    const WAITING: Waiting = Waiting::Task;

    async fn open(path: &Path) -> Outcome<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(10)
            .connect_with(options)
            .await?;
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Self {
            repository: SqliteEventRepository::new(pool.clone()),
            pool,
        })
    }

    async fn description(&self) -> Outcome<String> {
        let version: String = sqlx::query_scalar("SELECT sqlite_version()")
            .fetch_one(&self.pool)
            .await?;
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&self.pool)
            .await?;
        let level: i64 = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(&self.pool)
            .await?;
        Ok(format!(
            "sqlite-es 0.5, SQLite {version}, journal_mode={journal}, synchronous={} \
             (its own pool would choose NORMAL)",
            synchronous_name(level)
        ))
    }

    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<Vec<SerializedEvent>> {
        serialized(writes)
    }

    async fn append(&self, events: Vec<SerializedEvent>) -> Outcome<()> {
        self.repository.persist::<Tally>(&events, None).await?;
        Ok(())
    }

    async fn load(&self, stream: &str) -> Outcome<usize> {
        Ok(self.repository.get_events::<Tally>(stream).await?.len())
    }

    async fn scan(&self) -> Outcome<usize> {
        scan(&self.repository).await
    }

    async fn close(self) -> Outcome<()> {
        self.pool.close().await;
        Ok(())
    }
}

/// The events of an append, as cqrs-es has them.
pub(crate) fn serialized(writes: Vec<StreamWrite>) -> Outcome<Vec<SerializedEvent>> {
    let mut events = Vec::new();
    for write in writes {
        for (version, event) in (write.expected + 1..).zip(write.events) {
            let metadata = json!({
                "event_id": event.id.to_string(),
                "correlation": event.correlation.to_string(),
                "actor": Event::ACTOR,
            });
            events.push(SerializedEvent::new(
                write.stream.clone(),
                usize::try_from(version)?,
                Tally::TYPE.to_owned(),
                Event::TYPE.to_owned(),
                "1".to_owned(),
                serde_json::to_value(event.payload())?,
                metadata,
            ));
        }
    }
    Ok(events)
}

/// Reads all events, and returns their number.
pub(crate) async fn scan(repository: &impl PersistedEventRepository) -> Outcome<usize> {
    let mut log = repository.stream_all_events::<Tally>().await?;
    let mut total = 0;
    while let Some(event) = log.next::<Tally>(&[]).await {
        total += usize::from(!event?.payload.0.note.is_empty());
    }
    Ok(total)
}
