//! Our store through its ports: `Arc<dyn EventStore>` with raw payloads, as users have it.

use std::path::Path;
use std::sync::Arc;

use futures_util::TryStreamExt;
use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::event::{ActorKind, CorrelationId, EventType};
use shared_kernel::store::LogQuery;
use shared_kernel::{
    Actor, Append, EventId, EventStore, EventStoreExt, ExpectedVersion, Metadata, NewEvent,
    StreamId, StreamVersion,
};
use subject::{Event, Outcome, Store, StreamWrite, Waiting};

/// The store, and its port.
pub(crate) struct Annals {
    store: SqliteStore,
    port: Arc<dyn EventStore>,
}

impl Annals {
    /// The subject over an open store.
    pub(crate) fn new(store: SqliteStore) -> Self {
        let port = Arc::new(store.clone());
        Self { store, port }
    }
}

impl Store for Annals {
    type Append = Append;

    const WAITING: Waiting = Waiting::Task;

    async fn open(path: &Path) -> Outcome<Self> {
        Ok(Self::new(SqliteStore::open(path).await?))
    }

    async fn description(&self) -> Outcome<String> {
        let path = self.store.path();
        let file = rusqlite::Connection::open(path)?;
        let journal: String = file.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok(format!(
            "persistence-sqlite, SQLite {}, journal_mode={journal}, durability {:?}",
            rusqlite::version(),
            SqliteOptions::new().durability()
        ))
    }

    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<Append> {
        prepared(writes)
    }

    async fn append(&self, append: Append) -> Outcome<()> {
        self.port.append(append).await?;
        Ok(())
    }

    async fn load(&self, stream: &str) -> Outcome<usize> {
        load(&self.port, stream).await
    }

    async fn scan(&self) -> Outcome<usize> {
        scan(&self.port).await
    }

    async fn close(self) -> Outcome<()> {
        drop(self.port);
        self.store.close().await;
        Ok(())
    }
}

/// An append through the port.
pub(crate) fn prepared(writes: Vec<StreamWrite>) -> Outcome<Append> {
    let mut append = Append::new();
    for write in writes {
        let expected = match write.expected {
            0 => ExpectedVersion::NoStream,
            version => ExpectedVersion::Exact(StreamVersion::new(version)?),
        };
        let events = write.events.iter().map(new_event);
        let events = events.collect::<Outcome<Vec<NewEvent>>>()?;
        append = append.write(StreamId::new(write.stream)?, expected, events);
    }
    Ok(append)
}

/// Reads one stream through the port, and returns the number of its events.
pub(crate) async fn load(port: &Arc<dyn EventStore>, stream: &str) -> Outcome<usize> {
    let events = port.read_whole_stream(StreamId::new(stream)?).await?;
    Ok(events.len())
}

/// Reads the log through the port, and returns the number of its events.
pub(crate) async fn scan(port: &Arc<dyn EventStore>) -> Outcome<usize> {
    let mut log = port.read_log(LogQuery::new());
    let mut events = 0;
    while let Some(event) = log.try_next().await? {
        events += usize::from(!event.payload.is_empty());
    }
    Ok(events)
}

fn new_event(event: &Event) -> Outcome<NewEvent> {
    let metadata = Metadata::new()
        .with_correlation(CorrelationId::new(event.correlation.to_string())?)
        .with_actor(Actor::new(ActorKind::Agent, Event::ACTOR)?);
    let id = EventId::from_uuid(event.id)?;
    let new = NewEvent::new(id, EventType::new(Event::TYPE)?, event.payload_text());
    Ok(new.with_metadata(metadata))
}
