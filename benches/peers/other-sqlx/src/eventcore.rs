//! eventcore-sqlite through its own traits, on a connection opened by its user.
//!
//! It generates event ids itself and always writes empty metadata. Therefore the measured event has
//! its correlation and actor in the payload.

use std::path::Path;

use eventcore_sqlite::SqliteEventStore;
use eventcore_sqlite::rusqlite::{self, Connection};
use eventcore_types::{
    BatchSize, Event as DomainEvent, EventFilter, EventPage, EventReader, EventStore, StreamId,
    StreamVersion, StreamWrites, collect_events,
};
use serde::{Deserialize, Serialize};
use subject::{Event, Outcome, Payload, Store, StreamWrite, Waiting, synchronous_name};

/// The store.
pub(crate) struct Eventcore {
    store: SqliteEventStore,
    description: String,
}

/// The measured event for eventcore, which requires the stream in the event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Counted {
    stream: StreamId,
    correlation: String,
    actor: String,
    #[serde(flatten)]
    payload: Payload,
}

impl DomainEvent for Counted {
    fn stream_id(&self) -> &StreamId {
        &self.stream
    }

    fn event_type_name() -> &'static str {
        Event::TYPE
    }
}

impl Store for Eventcore {
    type Append = StreamWrites;

    const WAITING: Waiting = Waiting::Task;

    async fn open(path: &Path) -> Outcome<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let description = described(&connection)?;
        let store = SqliteEventStore::from_connection(connection);
        store.migrate().await?;
        Ok(Self { store, description })
    }

    async fn description(&self) -> Outcome<String> {
        Ok(self.description.clone())
    }

    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<StreamWrites> {
        prepared(writes)
    }

    async fn append(&self, append: StreamWrites) -> Outcome<()> {
        self.store.append_events(append).await?;
        Ok(())
    }

    async fn load(&self, stream: &str) -> Outcome<usize> {
        load(&self.store, stream).await
    }

    async fn scan(&self) -> Outcome<usize> {
        scan(&self.store).await
    }

    async fn close(self) -> Outcome<()> {
        Ok(())
    }
}

/// An append in the types of eventcore.
pub(crate) fn prepared(writes: Vec<StreamWrite>) -> Outcome<StreamWrites> {
    let mut append = StreamWrites::new();
    for write in writes {
        let stream = StreamId::try_new(write.stream)?;
        let expected = StreamVersion::new(usize::try_from(write.expected)?);
        append = append.register_stream(stream.clone(), expected)?;
        for event in write.events {
            append = append.append(Counted {
                stream: stream.clone(),
                correlation: event.correlation.to_string(),
                actor: Event::ACTOR.to_owned(),
                payload: event.payload(),
            })?;
        }
    }
    Ok(append)
}

/// Reads one stream, and returns the number of its events.
pub(crate) async fn load(store: &impl EventStore, stream: &str) -> Outcome<usize> {
    let stream = StreamId::try_new(stream)?;
    let events = store.read_stream::<Counted>(stream).await?;
    Ok(collect_events(events).await?.len())
}

/// Reads all events, and returns their number.
pub(crate) async fn scan<S: EventReader>(store: &S) -> Outcome<usize>
where
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let mut page = EventPage::first(BatchSize::new(1_000));
    let mut total = 0;
    loop {
        let events = store
            .read_events::<Counted>(EventFilter::all(), page)
            .await?;
        total += events.len();
        match page.next_from_results(&events) {
            Some(next) => page = next,
            None => return Ok(total),
        }
    }
}

fn described(connection: &Connection) -> Outcome<String> {
    let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    let level: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    Ok(format!(
        "eventcore-sqlite 2.1, SQLite {}, journal_mode={journal}, synchronous={}",
        rusqlite::version(),
        synchronous_name(level)
    ))
}
