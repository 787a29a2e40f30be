//! Several handles write, repeat, close and read at random beside a model, a plain list of events.

use std::num::{NonZeroU64, NonZeroUsize};

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use jiff::Timestamp;
use persistence_sqlite::{Durability, SqliteOptions, SqliteStore};
use shared_kernel::snapshot::{SnapshotQuery, SnapshotRecord, SnapshottedEventStore, StateSchema};
use shared_kernel::store::{AppendOutcome, Direction, LogQuery, StreamQuery, StreamsQuery};
use shared_kernel::{
    Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent,
    SnapshotStore, StreamId, StreamVersion,
};

use crate::fixture::{Place, event, events, stream, version};

/// Pseudorandom numbers, the same at each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // xorshift64 (Marsaglia, 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % NonZeroU64::try_from(end as u64).unwrap()).unwrap()
    }

    fn version(&mut self, end: usize) -> StreamVersion {
        version(u32::try_from(self.below(end)).unwrap())
    }
}

fn fast() -> SqliteOptions {
    SqliteOptions::new().with_durability(Durability::MayLoseLastAppendsOnPowerLoss)
}

/// Several handles on one file, and the model: the events that were acknowledged, in their order.
struct Handles {
    place: Place,
    stores: Vec<SqliteStore>,
    written: Vec<(StreamId, NewEvent)>,
    numbers: Numbers,
}

impl Handles {
    async fn new(handles: usize, seed: u64) -> Self {
        let place = Place::new();
        let mut stores = Vec::new();
        for _ in 0..handles {
            stores.push(place.store_with(fast()).await);
        }
        Self {
            place,
            stores,
            written: Vec::new(),
            numbers: Numbers(seed),
        }
    }

    fn stream(&mut self) -> StreamId {
        // Some are used often, others hardly.
        let end = [2, 4, 40][self.numbers.below(3)];
        let nth = self.numbers.below(end);
        stream(&format!("{}-{nth}", ["a", "b"][nth % 2]))
    }

    /// Up to `most` events, seldom many, some of them not JSON.
    fn events(&mut self, most: usize) -> Vec<NewEvent> {
        let most = [most, most, most, 300][self.numbers.below(4) * self.numbers.below(2)];
        let count = 1 + self.numbers.below(most);
        let mut new = events(count);
        let binary = self.numbers.below(5 * count);
        if let Some(new) = new.get_mut(binary) {
            *new = event("no JSON");
        }
        new
    }

    fn store(&mut self) -> SqliteStore {
        let nth = self.numbers.below(self.stores.len());
        self.stores[nth].clone()
    }

    /// Appends by any of the handles: alone, several at once, to several streams, or once more.
    async fn write(&mut self) {
        let store = self.store();
        match self.numbers.below(10) {
            0 if !self.written.is_empty() => {
                let nth = self.numbers.below(self.written.len());
                let (name, again) = self.written[nth].clone();
                let none = ExpectedVersion::NoStream;
                let repeated = store.append_to(name, none, vec![again.clone()]);
                assert_eq!(repeated.await.unwrap().outcome, AppendOutcome::Repeated);
                let reused = store.append_to(stream("c-1"), ExpectedVersion::Any, vec![again]);
                assert!(matches!(reused.await, Err(AppendError::IdReused { .. })));
            }
            1 => {
                let mut append = Append::new();
                let mut names: Vec<_> = (0..4).map(|_| self.stream()).collect();
                names.sort();
                names.dedup();
                for name in names {
                    let new = self.events(3);
                    self.written
                        .extend(new.iter().map(|new| (name.clone(), new.clone())));
                    append = append.write(name, ExpectedVersion::Any, new);
                }
                store.append(append).await.unwrap();
            }
            2 => {
                let new: Vec<_> = (0..8).map(|_| (self.stream(), event("{}"))).collect();
                let appends = new.iter().map(|(name, new)| {
                    store.append_to(name.clone(), ExpectedVersion::Any, vec![new.clone()])
                });
                for answer in join_all(appends).await {
                    answer.unwrap();
                }
                self.written.extend(new);
            }
            _ => {
                let name = self.stream();
                let before = self
                    .written
                    .iter()
                    .filter(|(written, _)| *written == name)
                    .count();
                let exactly = match before {
                    0 => ExpectedVersion::NoStream,
                    before => ExpectedVersion::Exact(version(u32::try_from(before).unwrap())),
                };
                let new = self.events(4);
                let wrong = ExpectedVersion::Exact(version(u32::try_from(before + 1).unwrap()));
                let refused = store.append_to(name.clone(), wrong, new.clone()).await;
                assert!(
                    matches!(refused, Err(AppendError::Conflict(_))),
                    "{refused:?}"
                );
                store
                    .append_to(name.clone(), exactly, new.clone())
                    .await
                    .unwrap();
                self.written
                    .extend(new.into_iter().map(|new| (name.clone(), new)));
            }
        }
    }

    /// Closes a handle and opens another one, or opens one beside one that is dropped and never
    /// closed.
    async fn reopen(&mut self) {
        let nth = self.numbers.below(self.stores.len());
        if self.numbers.below(2) == 0 {
            self.stores[nth].close().await;
        }
        self.stores[nth] = self.place.store_with(fast()).await;
    }

    /// Reads in every way by any of the handles.
    async fn read(&mut self) {
        let store = self.store();
        let log: Vec<RecordedEvent> = self
            .store()
            .read_log(LogQuery::new())
            .try_collect()
            .await
            .unwrap();
        assert!(
            log.iter()
                .map(|event| event.position.get())
                .eq(1..=self.written.len() as u64)
        );
        let name = self.stream();
        let of_stream: Vec<_> = log
            .iter()
            .filter(|event| event.stream == name)
            .cloned()
            .collect();
        let expected = self
            .written
            .iter()
            .filter(|(written, _)| *written == name)
            .map(|(_, new)| new.id);
        assert!(of_stream.iter().map(|event| event.id).eq(expected));
        let count = of_stream.len();
        assert!(
            of_stream
                .iter()
                .map(|event| event.version.get())
                .eq(1..=count as u64)
        );

        let found = store.stream_version(&name).await.unwrap();
        assert_eq!(found.get(), count as u64);
        for direction in [Direction::Forward, Direction::Backward] {
            let (from, to) = (
                self.numbers.version(count + 2),
                self.numbers.version(count + 2),
            );
            let mut query = StreamQuery::new(name.clone()).versions(from..);
            if self.numbers.below(2) == 0 {
                query.range.to = to;
            }
            query.range.direction = direction;
            let query = query.page_size(NonZeroUsize::new(1 + self.numbers.below(7)).unwrap());
            let inside = |event: &&RecordedEvent| {
                (query.range.from..=query.range.to).contains(&event.version)
            };
            let mut expected: Vec<_> = of_stream.iter().filter(inside).cloned().collect();
            if direction == Direction::Backward {
                expected.reverse();
            }
            let read: Vec<_> = store
                .read_stream(query.clone())
                .try_collect()
                .await
                .unwrap();
            assert_eq!(read, expected, "{query:?}");
        }
        if let Some(any) = log.get(self.numbers.below(log.len() + 1)) {
            let found = store.find_event(any.id).await.unwrap();
            assert_eq!(found.as_ref(), Some(any));
        }
        assert!(store.find_event(event("{}").id).await.unwrap().is_none());

        let mut names: Vec<_> = log.iter().map(|event| event.stream.clone()).collect();
        names.sort();
        names.dedup();
        let query = StreamsQuery::default();
        let listed = store.list_streams(&query).await.unwrap().items;
        assert!(listed.iter().map(|listed| &listed.stream).eq(&names));
        for listed in listed {
            let count = log
                .iter()
                .filter(|event| event.stream == listed.stream)
                .count();
            assert_eq!(listed.version.get(), count as u64);
        }
        self.read_from_snapshot(&store, &name, &of_stream).await;
    }

    async fn read_from_snapshot(
        &mut self,
        store: &SqliteStore,
        name: &StreamId,
        all: &[RecordedEvent],
    ) {
        let schema = StateSchema::new("state/1").unwrap();
        if !all.is_empty() && self.numbers.below(2) == 0 {
            let snapshot = SnapshotRecord {
                stream: name.clone(),
                version: all[self.numbers.below(all.len())].version,
                schema: schema.clone(),
                taken_at: Timestamp::UNIX_EPOCH,
                payload: "1".into(),
            };
            store.save(snapshot).await.unwrap();
        }
        let at_most = self.numbers.version(all.len() + 2);
        let query = SnapshotQuery::new(name.clone(), schema.clone()).at_most(at_most);
        let query = query.page_size(NonZeroUsize::new(1 + self.numbers.below(7)).unwrap());
        let found = store.read_from_snapshot(&query).await.unwrap();
        let snapshot = store.load(name, &schema, at_most).await.unwrap();
        let tail = query.tail(snapshot.as_ref().map(|snapshot| snapshot.version));
        let page = store.read_stream_page(&tail).await.unwrap();
        let inside =
            |event: &&RecordedEvent| (tail.range.from..=tail.range.to).contains(&event.version);
        let expected: Vec<_> = all
            .iter()
            .filter(inside)
            .take(query.page_size.get())
            .cloned()
            .collect();
        assert_eq!(page.items, expected);
        assert_eq!((found.snapshot, found.tail), (snapshot, page));
    }
}

#[tokio::test]
async fn whatever_handles_do_all_read_what_was_written() {
    for (handles, seed) in [1, 2, 2, 3, 3].into_iter().zip(1..) {
        let mut handles = Handles::new(handles, 0x9E37_79B9_7F4A_7C15 ^ seed).await;
        for _ in 0..120 {
            handles.write().await;
            if handles.numbers.below(15) == 0 {
                handles.reopen().await;
            }
            if handles.numbers.below(10) == 0 {
                // The writer does this too, every 2,048 positions.
                let moved = "DELETE FROM recent_batches";
                let mut shell = handles.place.shell().await;
                sqlx::Executor::execute(&mut shell, moved).await.unwrap();
            }
            if handles.numbers.below(3) == 0 {
                handles.read().await;
            }
        }
        let report = handles.store().check(|_| ()).await.unwrap();
        assert!(report.is_clean(), "{seed}: {report:?}");
        for store in &handles.stores {
            store.close().await;
        }
        let store = handles.place.store().await;
        let report = store.check(|_| ()).await.unwrap();
        assert!(report.is_clean(), "{seed}: {report:?}");
        assert_eq!(report.events, handles.written.len() as u64);
        handles.stores = vec![store];
        handles.read().await;
    }
}
