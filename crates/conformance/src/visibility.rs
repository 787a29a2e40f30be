//! Laws on readers beside a writer: they see all of an append or nothing of it.
//!
//! A writer appends to three streams at once while readers look at the store in every way that the
//! port has. Each look returns a number of whole appends, and the number never falls:
//!
//! ```text
//! one append:  2 events in a-1, 30 in b-1, 19 in c-1       51 in the log
//! a look:      version of b-1 is 60, so 2 appends          head 77 is no multiple of 51: broken
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use shared_kernel::store::{LogQuery, StreamQuery, StreamsQuery};
use shared_kernel::{Append, EventId, EventStore, ExpectedVersion};

use crate::EventStoreHarness;
use crate::handles::two_handles;
use crate::race::together;
use crate::specimen::{events, position, store_of, stream, version};
use crate::walk::{self, land};

/// The streams of an append, and the number of events for each.
const PARTS: [(&str, u64); 3] = [("a-1", 2), ("b-1", 30), ("c-1", 19)];
/// The events of one append.
const WHOLE: u64 = 51;
const APPENDS: usize = 40;
const READERS: usize = 3;

/// [Law 42](shared_kernel::laws#law-42). A reader beside an append sees all of it or nothing: in
/// pages of a stream and of the log, in versions of several streams, in the head, in the list of
/// streams and by event id.
pub async fn a_reader_beside_an_append_sees_all_of_it_or_nothing(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    assert_whole([&store, &store]).await;
}

/// [Law 42](shared_kernel::laws#law-42). The same, with the readers on another handle than the
/// writer.
pub async fn a_reader_on_another_handle_sees_all_of_an_append_or_nothing(
    harness: &dyn EventStoreHarness,
) {
    let [writing, reading] = two_handles(harness).await;
    assert_whole([&writing, &reading]).await;
}

async fn assert_whole([writing, reading]: [&Arc<dyn EventStore>; 2]) {
    let appends: Vec<Append> = (0..APPENDS).map(|_| append()).collect();
    let ids: Arc<Vec<Vec<EventId>>> = Arc::new(appends.iter().map(ids_of).collect());
    // The first one lands before the readers begin.
    land(&**writing, appends[0].clone()).await;
    let done = Arc::new(AtomicBool::new(false));
    together(1 + READERS, |runner| {
        let done = Arc::clone(&done);
        let appends = if runner == 0 {
            appends[1..].to_vec()
        } else {
            Vec::new()
        };
        let store = Arc::clone(if runner == 0 { writing } else { reading });
        let ids = Arc::clone(&ids);
        async move {
            if runner == 0 {
                for append in appends {
                    land(&*store, append).await;
                    tokio::task::yield_now().await;
                }
                done.store(true, Ordering::SeqCst);
                return;
            }
            let mut reader = Reader {
                store,
                ids,
                seen: 0,
            };
            // Each reader begins with another look.
            let mut look = runner;
            while !done.load(Ordering::SeqCst) {
                reader.look(look).await;
                look += 1;
                tokio::task::yield_now().await;
            }
            for look in 0..Reader::LOOKS {
                reader.look(look).await;
                assert_eq!(reader.seen, APPENDS as u64, "appends seen in the end");
            }
        }
    })
    .await;
}

fn append() -> Append {
    PARTS.iter().fold(Append::new(), |append, (name, count)| {
        let count = usize::try_from(*count).expect("the number is small");
        append.write(stream(name), ExpectedVersion::Any, events(count))
    })
}

fn ids_of(append: &Append) -> Vec<EventId> {
    append.events().map(|(_, event)| event.id).collect()
}

struct Reader {
    store: Arc<dyn EventStore>,
    /// The event ids of each append.
    ids: Arc<Vec<Vec<EventId>>>,
    /// The number of appends that this reader has seen.
    seen: u64,
}

impl Reader {
    /// The number of ways to look.
    const LOOKS: usize = 10;

    async fn look(&mut self, number: usize) {
        let seen = match number % Self::LOOKS {
            part @ 0..3 => self.by_stream_page(PARTS[part]).await,
            part @ 3..6 => self.by_version(PARTS[part - 3]).await,
            6 => self.by_log().await,
            7 => self.by_head().await,
            8 => self.by_list().await,
            _ => self.by_id().await,
        };
        assert!(
            seen >= self.seen,
            "a reader saw {} appends and then {seen}",
            self.seen
        );
        self.seen = seen;
    }

    async fn by_stream_page(&self, (name, part): (&str, u64)) -> u64 {
        let unseen = StreamQuery::new(stream(name)).versions(version(self.seen * part + 1)..);
        let found = walk::stream(&*self.store, unseen).await.len() as u64;
        self.seen + whole(found, part, name)
    }

    async fn by_version(&self, (name, part): (&str, u64)) -> u64 {
        let found = self.store.stream_version(&stream(name)).await.unwrap();
        whole(found.get(), part, name)
    }

    async fn by_log(&self) -> u64 {
        let unseen = LogQuery::new().positions(position(self.seen * WHOLE + 1)..);
        let found = walk::log(&*self.store, unseen).await.len() as u64;
        self.seen + whole(found, WHOLE, "the log")
    }

    async fn by_head(&self) -> u64 {
        let head = self.store.head().await.unwrap();
        head.map_or(0, |head| whole(head.get(), WHOLE, "the head"))
    }

    /// The list is one page: it shows the same appends in each stream.
    async fn by_list(&self) -> u64 {
        let page = self.store.list_streams(&StreamsQuery::default()).await;
        let page = page.unwrap().items;
        let count = |(name, part): (&str, u64)| {
            let mut listed = page.iter().filter(|listed| listed.stream.as_str() == name);
            let listed = listed.next().map_or(0, |listed| listed.version.get());
            whole(listed, part, name)
        };
        let counts = PARTS.map(count);
        assert_eq!(
            counts, [counts[0]; 3],
            "appends in each of the listed streams"
        );
        counts[0]
    }

    /// Once one event of an append is found, all others are.
    async fn by_id(&self) -> u64 {
        let mut seen = self.seen;
        for ids in &self.ids[usize::try_from(seen).expect("the number is small")..] {
            // The first one first: a store that publishes event by event shows it earliest.
            let mut found = Vec::new();
            for id in [ids.first(), ids.last()].into_iter().flatten() {
                found.push(self.store.find_event(*id).await.unwrap().is_some());
            }
            match found[..] {
                [true, true] => seen += 1,
                // The append may land between the two questions.
                [false, _] => break,
                _ => panic!("the first event of an append is found, and then not the last"),
            }
        }
        seen
    }
}

fn whole(events: u64, part: u64, place: &str) -> u64 {
    assert_eq!(
        events % part,
        0,
        "{place} shows {events} events, and each append has {part} for it"
    );
    events / part
}
