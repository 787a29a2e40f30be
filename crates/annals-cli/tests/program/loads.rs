//! The number of requests for the history of one item.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use annals_cli::{OpenStore, OpenStoreError, OpenedStore, Purpose, StorePlace};
use async_trait::async_trait;
use conformance::double::{Delegating, EventDouble, SnapshotDouble, SnapshottedEventDouble};
use persistence_sqlite::SqliteStore;
use serde_json::Value;
use shared_kernel::snapshot::{
    SnapshotAndTail, SnapshotQuery, SnapshotRecord, SnapshottedEventStore, StateSchema,
};
use shared_kernel::store::{StreamPage, StreamQuery};
use shared_kernel::time::Clock;
use shared_kernel::{EventStore, SnapshotStore, StoreError, StreamId, StreamVersion};

use crate::held_program::{Answer, run_on};

/// A store that lists the stream of each request about one stream.
struct CountingStore {
    inner: SqliteStore,
    asked: Mutex<Vec<StreamId>>,
}

impl CountingStore {
    fn count(&self, stream: &StreamId) {
        self.asked.lock().unwrap().push(stream.clone());
    }
}

#[async_trait]
impl EventDouble for CountingStore {
    fn events(&self) -> &dyn EventStore {
        &self.inner
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        self.count(&query.stream);
        self.inner.read_stream_page(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        self.count(stream);
        self.inner.stream_version(stream).await
    }
}

#[async_trait]
impl SnapshotDouble for CountingStore {
    fn snapshots(&self) -> &dyn SnapshotStore {
        &self.inner
    }

    async fn load(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        at_most: StreamVersion,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.count(stream);
        self.inner.load(stream, schema, at_most).await
    }

    async fn prune(
        &self,
        stream: &StreamId,
        schema: &StateSchema,
        keep: NonZeroU32,
    ) -> Result<u64, StoreError> {
        self.inner.prune(stream, schema, keep).await
    }
}

#[async_trait]
impl SnapshottedEventDouble for CountingStore {
    async fn read_from_snapshot(
        &self,
        query: &SnapshotQuery,
    ) -> Result<SnapshotAndTail, StoreError> {
        self.count(&query.stream);
        self.inner.read_from_snapshot(query).await
    }
}

/// The program on a counting store.
struct CountedProgram {
    store: Arc<Delegating<CountingStore>>,
    _folder: tempfile::TempDir,
}

impl CountedProgram {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inner = SqliteStore::open(folder.path().join("work.annals")).await;
        let store = Delegating::new(CountingStore {
            inner: inner.unwrap(),
            asked: Mutex::default(),
        });
        Self {
            store: Arc::new(store),
            _folder: folder,
        }
    }

    async fn run(&self, words: &[&str]) -> Answer {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        run_on(self, self.store.inner.path(), "ada", words).await
    }

    async fn done(&self, words: &[&str]) -> Value {
        let answer = self.run(words).await;
        assert_eq!(answer.code, 0, "{answer:?}");
        answer.told
    }

    /// Runs a command and returns the number of requests for each stream of an item, with the
    /// answer.
    async fn requests(&self, words: &[&str]) -> (Vec<usize>, Answer) {
        self.store.asked.lock().unwrap().clear();
        let answer = self.run(words).await;
        let mut asked = self.store.asked.lock().unwrap().clone();
        asked.retain(|stream| stream.as_str().starts_with("work_item-"));
        asked.sort();
        let counts = asked.chunk_by(|one, next| one == next).map(<[_]>::len);
        (counts.collect(), answer)
    }

    async fn close(self) {
        self.store.inner.close().await;
    }
}

#[async_trait]
impl OpenStore for CountedProgram {
    async fn open(
        &self,
        _: &StorePlace,
        _: Purpose,
        _: Arc<dyn Clock>,
    ) -> Result<Option<OpenedStore>, OpenStoreError> {
        Ok(Some(OpenedStore {
            events: self.store.clone(),
            snapshots: self.store.clone(),
            combined: Some(self.store.clone() as Arc<dyn SnapshottedEventStore>),
            transfer: Arc::new(self.store.inner.clone()),
            leases: Arc::new(self.store.inner.clone()),
            named_leases: Arc::new(self.store.inner.clone()),
            file: None,
            server: None,
        }))
    }
}

#[tokio::test]
async fn one_context_reads_each_item_once() {
    let program = CountedProgram::new().await;
    program.done(&["add", "Write the report"]).await;
    for name in ["ada", "ben", "eve"] {
        program.done(&["assign", "WORK-1", name]).await;
    }
    for as_of in [&[][..], &["--as-of", "2"], &["--as-of", "2200-01-01"]] {
        let words = [&["context", "WORK-1"], as_of].concat();
        let (counts, answer) = program.requests(&words).await;
        assert_eq!((counts, answer.code), (vec![1], 0), "{as_of:?}");
    }
    program.done(&["add", "Count the pages"]).await;
    program.done(&["depend", "WORK-1", "--on", "WORK-2"]).await;
    let (counts, answer) = program.requests(&["context", "WORK-1"]).await;
    assert_eq!(counts, [1, 1]);
    assert_eq!(answer.told["depends_on"][0]["title"], "Count the pages");

    // An empty answer needs a second request: is the item missing, or was it created later?
    let (counts, answer) = program
        .requests(&["context", "WORK-1", "--as-of", "2000-01-01"])
        .await;
    assert_eq!((counts, answer.code), (vec![2], 3));
    program.close().await;
}

#[tokio::test]
async fn a_diff_reads_each_of_its_two_states_once() {
    let program = CountedProgram::new().await;
    program.done(&["add", "Write the report"]).await;
    program.done(&["start", "WORK-1"]).await;
    let (counts, answer) = program.requests(&["diff", "WORK-1", "--from", "1"]).await;
    assert_eq!((counts, answer.code), (vec![2], 0), "{answer:?}");
    program.close().await;
}

#[tokio::test]
async fn an_answer_from_the_history_reads_it_once() {
    let program = CountedProgram::new().await;
    program.done(&["add", "Write the report"]).await;
    for command in ["history", "why", "show"] {
        let (counts, answer) = program.requests(&[command, "WORK-1"]).await;
        assert_eq!((counts, answer.code), (vec![1], 0), "{answer:?}");
    }
    program.close().await;
}
