//! The crate umadb-core in this process: its storage and its writer thread, without its server.
//!
//! UmaDB has no streams. A stream is a tag here, and an expected version is the condition that no
//! event with this tag lies after the last known one. Its writer commits all waiting appends
//! together and syncs the file twice for each commit, as its server does.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use subject::{Event, Outcome, Store, StreamWrite, Waiting};
use tokio::sync::{mpsc, oneshot, watch};
use umadb_core::db::UmaDb;
use umadb_core::mvcc::{Mvcc, StorageOptions};
use umadb_core::writer_thread_blocking::writer_thread_blocking;
use umadb_core::writer_thread_request::WriterThreadRequest;
use umadb_dcb::{
    DcbAppendCondition, DcbEvent, DcbEventStoreSync, DcbQuery, DcbQueryItem, DcbSequencedEvent,
};

/// The most events that its writer commits together.
const COMMIT_EVENTS: usize = 2_000;
/// The number of requests that wait for the writer.
const QUEUE: usize = 10_000;
/// The number of events that a scan reads at once.
const SCAN_PAGE: u32 = 1_024;

/// The database and the way to its writer.
pub(crate) struct Umadb {
    database: UmaDb,
    requests: mpsc::Sender<WriterThreadRequest>,
    writer: JoinHandle<()>,
    /// The position of the last event of each stream: a client that has loaded a stream knows it.
    last: Mutex<HashMap<String, u64>>,
}

/// Events, and the condition on their streams but for the position after which it holds.
pub(crate) struct Prepared {
    /// Each stream with its number of events.
    streams: Vec<(String, u64)>,
    events: Vec<DcbEvent>,
    query: DcbQuery,
}

impl Umadb {
    /// The last position of any of these streams, `None` if all are empty.
    fn last_of(&self, streams: &[(String, u64)]) -> Option<u64> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = streams.iter().filter_map(|(name, _)| last.get(name));
        known.max().copied()
    }

    fn remember(&self, streams: Vec<(String, u64)>, last_position: u64) {
        let events: u64 = streams.iter().map(|(_, events)| events).sum();
        let mut position = last_position - events;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, events) in streams {
            position += events;
            last.insert(name, position);
        }
    }

    fn read(
        &self,
        query: Option<DcbQuery>,
        start: Option<u64>,
        limit: Option<u32>,
    ) -> Outcome<Vec<DcbSequencedEvent>> {
        let events = self.database.read(query, start, false, limit)?;
        Ok(events.collect::<Result<_, _>>()?)
    }
}

impl Store for Umadb {
    type Append = Prepared;

    const WAITING: Waiting = Waiting::Task;

    async fn open(path: &Path) -> Outcome<Self> {
        let database = Mvcc::new(false, StorageOptions::default().db_path(path))?;
        let database = Arc::new(database);
        let (requests, received) = mpsc::channel(QUEUE);
        let (head, _) = watch::channel(None);
        let writer = {
            let database = Arc::clone(&database);
            let write = move || writer_thread_blocking(database, received, head, COMMIT_EVENTS);
            std::thread::Builder::new()
                .name("writer".to_owned())
                .spawn(write)?
        };
        Ok(Self {
            database: UmaDb::from_arc(database),
            requests,
            writer,
            last: Mutex::default(),
        })
    }

    async fn description(&self) -> Outcome<String> {
        Ok(format!(
            "umadb-core 0.7.8, its own file format, read through {:?}, two syncs for each commit",
            StorageOptions::default().read_method
        ))
    }

    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<Prepared> {
        let mut streams = Vec::new();
        let mut events = Vec::new();
        let mut items = Vec::new();
        for write in writes {
            items.push(DcbQueryItem::new().tags([write.stream.clone()]));
            for event in &write.events {
                let metadata = [
                    ("correlation", event.correlation.to_string()),
                    ("actor", Event::ACTOR.to_owned()),
                ];
                let new = DcbEvent::new()
                    .event_type(Event::TYPE)
                    .data(event.payload_text())
                    .tags([write.stream.clone()])
                    .uuid(event.id)
                    .metadata(metadata);
                events.push(new);
            }
            streams.push((write.stream, write.events.len() as u64));
        }
        Ok(Prepared {
            streams,
            events,
            query: DcbQuery::new().items(items),
        })
    }

    async fn append(&self, append: Prepared) -> Outcome<()> {
        let after = self.last_of(&append.streams);
        let (response_tx, response) = oneshot::channel();
        let request = WriterThreadRequest::Append {
            events: append.events,
            condition: Some(DcbAppendCondition::new(append.query).after(after)),
            tracking_info: None,
            response_tx,
            cancel: None,
        };
        let sent = self.requests.send(request).await;
        sent.map_err(|_| "the writer has ended")?;
        let last_position = response.await??;
        self.remember(append.streams, last_position);
        Ok(())
    }

    async fn load(&self, stream: &str) -> Outcome<usize> {
        let query = DcbQuery::new().item(DcbQueryItem::new().tags([stream]));
        Ok(self.read(Some(query), None, None)?.len())
    }

    async fn scan(&self) -> Outcome<usize> {
        let mut events = 0;
        let mut start = None;
        loop {
            let page = self.read(None, start, Some(SCAN_PAGE))?;
            let Some(last) = page.last() else {
                return Ok(events);
            };
            start = Some(last.position + 1);
            events += page
                .iter()
                .filter(|event| !event.event.data.is_empty())
                .count();
        }
    }

    async fn close(self) -> Outcome<()> {
        let sent = self.requests.send(WriterThreadRequest::Shutdown).await;
        sent.map_err(|_| "the writer has ended")?;
        self.writer.join().map_err(|_| "the writer panicked")?;
        Ok(())
    }
}
