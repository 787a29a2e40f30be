//! The work of one process: it goes on over every failure of the server, and panics if the store
//! says something wrong.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, try_join_all};
use persistence_postgres::{PostgresOptions, PostgresStore};
use shared_kernel::event::EventType;
use shared_kernel::lease::{LeaseHolder, WorkerLeases};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::LogQuery;
use shared_kernel::{
    Append, AppendError, EventStore, ExpectedVersion, GlobalPosition, NewEvent, SnapshotStore,
    StreamId,
};

use crate::{Random, STREAMS, counts, pause};

const WRITERS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a process of its own, started by the test that kills it"]
#[expect(
    clippy::disallowed_methods,
    reason = "the parent hands its plan over by the environment"
)]
async fn works_until_it_is_killed() {
    let address = std::env::var("MIXED_ADDRESS").unwrap();
    let folder = PathBuf::from(std::env::var_os("MIXED_FOLDER").unwrap());
    let plan = std::env::var("MIXED_PLAN").unwrap();
    let (name, seed) = plan.split_once(' ').unwrap();
    let (name, seed): (u32, u64) = (name.parse().unwrap(), seed.parse().unwrap());
    let options = PostgresOptions::new().with_notifications();
    let store = loop {
        match PostgresStore::connect_with(&address, options.clone()).await {
            Ok(store) => break store,
            Err(_) => pause(50).await,
        }
    };
    let mut tasks: Vec<BoxFuture<'static, ()>> = vec![
        follow(store.clone()).boxed(),
        save_snapshots(store.clone(), Random(seed | 1)).boxed(),
        lease(store.clone(), seed).boxed(),
        project(name, folder, store.clone()).boxed(),
    ];
    for writer in 1..=WRITERS {
        tasks.push(write(store.clone(), seed, writer).boxed());
    }
    try_join_all(tasks.into_iter().map(tokio::spawn))
        .await
        .unwrap();
}

fn shared_stream(random: &mut Random) -> StreamId {
    StreamId::new(format!("shared-{}", random.below(STREAMS))).unwrap()
}

/// An event with a payload of its own. The system gives the number of a process again to a later
/// one, so `process` is the seed.
fn event(process: u64, writer: u64, number: u64, size: u64) -> NewEvent {
    let pad = "x".repeat(usize::try_from(size).unwrap());
    let payload = format!("{process} {writer} {number} {pad}");
    NewEvent::with_fresh_id(EventType::new("Happened").unwrap(), payload).unwrap()
}

async fn write(store: PostgresStore, process: u64, writer: u64) {
    let mut random = Random(process ^ (writer << 7) | 1);
    for number in 0_u64.. {
        let size = [10, 10, 10, 20_000][usize::try_from(random.below(4)).unwrap()];
        let event = |part: u64| event(process, writer, 10 * number + part, size);
        let (one, mut other) = (shared_stream(&mut random), shared_stream(&mut random));
        while other == one {
            other = shared_stream(&mut random);
        }
        let any = ExpectedVersion::Any;
        let append = match random.below(4) {
            0 => Append::new()
                .write(one, any, vec![event(1)])
                .write(other, any, vec![event(2)]),
            1 => match store.stream_version(&one).await {
                Ok(version) => Append::new().write(one, version, vec![event(1), event(2)]),
                Err(_) => continue,
            },
            _ => Append::new().write(one, any, vec![event(1), event(2), event(3)]),
        };
        loop {
            match store.append(append.clone()).await {
                Ok(_) => {
                    for (_, event) in append.events() {
                        println!("acknowledged {}.", event.id);
                    }
                    break;
                }
                Err(AppendError::Conflict(_)) => break,
                Err(AppendError::Store(_) | AppendError::OutcomeUnknown { .. }) => {}
                Err(wrong) => panic!("{wrong:?}"),
            }
            pause(20).await;
        }
        pause(10).await;
    }
}

/// Follows the log, which never has a hole and never goes back.
async fn follow(store: PostgresStore) {
    let mut last = GlobalPosition::START;
    loop {
        if store.wait_past(last).await.is_err() {
            pause(20).await;
            continue;
        }
        let query = LogQuery::new().positions(last.next().unwrap()..);
        let Ok(page) = store.read_log_page(&query).await else {
            continue;
        };
        for event in page.items {
            assert_eq!(Some(event.position), last.next());
            last = event.position;
        }
    }
}

async fn save_snapshots(store: PostgresStore, mut random: Random) {
    let schema = StateSchema::new("count/1").unwrap();
    loop {
        pause(50).await;
        let stream = shared_stream(&mut random);
        let Ok(version) = store.stream_version(&stream).await else {
            continue;
        };
        let snapshot = SnapshotRecord {
            stream: stream.clone(),
            version,
            schema: schema.clone(),
            taken_at: "2026-11-30T10:00:00Z".parse().unwrap(),
            payload: version.get().to_string().into(),
        };
        if store.save(snapshot).await.is_ok()
            && let Ok(loaded) = store.load(&stream, &schema, version).await
        {
            let loaded = loaded.unwrap();
            assert_eq!(loaded.version, version);
            assert_eq!(loaded.payload, version.get().to_string());
        }
        let _ = store
            .prune(&stream, &schema, NonZeroU32::new(50).unwrap())
            .await;
    }
}

/// Leases a worker again and again. No term of a worker is leased twice: the stream of the term has
/// one event.
async fn lease(store: PostgresStore, process: u64) {
    let holder = LeaseHolder::new(format!("process {}", std::process::id())).unwrap();
    let ttl = Duration::from_secs(2);
    for number in 0_u64.. {
        pause(100).await;
        let Ok(lease) = store.acquire(&holder, ttl).await else {
            continue;
        };
        let term = format!("lease-{}-{}", lease.worker.get(), lease.term.as_i64());
        let append = Append::new().write(
            StreamId::new(term).unwrap(),
            ExpectedVersion::NoStream,
            vec![event(process, 0, number, 0)],
        );
        loop {
            match store.append(append.clone()).await {
                Ok(_) => break,
                Err(AppendError::Conflict(twice)) => panic!("{twice}"),
                Err(_) => pause(20).await,
            }
        }
        // Every third lease ends by itself.
        if number % 3 > 0 {
            let _ = store.renew(&lease, ttl).await;
            let _ = store.release(&lease, None).await;
        }
    }
}

async fn project(name: u32, folder: PathBuf, store: PostgresStore) {
    let projector = counts::projector(name, Path::new(&folder), &store);
    loop {
        let ended = projector.run(std::future::pending()).await;
        // It ends if the server is away.
        println!("the read model stopped: {ended:?}");
        pause(100).await;
    }
}
