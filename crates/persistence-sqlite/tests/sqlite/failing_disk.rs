//! Laws 14 and 37 on a disk that fails for a while: an append in doubt is `OutcomeUnknown`,
//! acknowledged events stay readable, and the store goes on when the disk does.
//!
//! A small library between the process and the system makes the disk fail. So each test runs in a
//! process of its own: this very test binary, started again for an ignored test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use persistence_sqlite::{BackupError, OpenError, RestoreError, SqliteOptions, SqliteStore};
use shared_kernel::lease::{LeaseHolder, WorkerLeases};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::AppendOutcome;
use shared_kernel::{
    AppendError, EventStore, EventStoreExt, ExpectedVersion, SnapshotStore, StoreError,
    StreamVersion,
};

use crate::fixture::{Place, event, events, stream, version};

/// Runs an ignored test of this file in a process whose disk can fail.
fn run(test: &str) {
    let place = Place::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sqlite/failing_disk.c");
    let library = place.path("failing_disk.so");
    // A C compiler is there wherever SQLite has been built.
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status()
        .unwrap();
    assert!(compiled.success());
    let faults = place.path("faults");
    std::fs::create_dir(&faults).unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("failing_disk::{test}")])
        .args(["--ignored", "--nocapture"])
        .env("LD_PRELOAD", library)
        .env("FAULT_FOLDER", faults)
        .status()
        .unwrap();
    assert!(status.success());
}

/// A fault of the disk, as long as this lives.
struct Fault(PathBuf);

impl Fault {
    #[expect(
        clippy::disallowed_methods,
        reason = "the parent hands the folder over by the environment"
    )]
    fn begin(name: &str) -> Self {
        let folder = std::env::var_os("FAULT_FOLDER").unwrap();
        let flag = Path::new(&folder).join(name);
        std::fs::write(&flag, "").unwrap();
        Self(flag)
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

fn snapshot() -> SnapshotRecord {
    SnapshotRecord {
        stream: stream("a-1"),
        version: version(1),
        schema: StateSchema::new("test/1").unwrap(),
        taken_at: jiff::Timestamp::UNIX_EPOCH,
        payload: "{}".into(),
    }
}

async fn is_sound(store: &SqliteStore, events: u64) {
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean() && report.events == events, "{report:?}");
}

#[test]
fn an_append_that_could_not_be_synced_is_in_doubt() {
    run("in_doubt");
}

#[tokio::test]
#[ignore = "a process of its own, started by the test of its outcome"]
async fn in_doubt() {
    let place = Place::new();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, events(2))
        .await
        .unwrap();
    let doubtful = [events(3), events(1), events(2)];
    let append = |nth: usize| {
        let name = stream(&format!("doubtful-{nth}"));
        store.append_to(name, ExpectedVersion::NoStream, doubtful[nth].clone())
    };
    let fault = Fault::begin("sync");
    // Alone, and several that share a commit.
    let alone = append(0).await;
    let answers = join_all([append(1), append(2)]).await;
    for unknown in [alone].into_iter().chain(answers) {
        assert!(
            matches!(unknown, Err(AppendError::OutcomeUnknown { .. })),
            "{unknown:?}"
        );
    }
    let saved = store.save(snapshot()).await;
    assert!(
        matches!(saved, Err(StoreError::Backend { .. })),
        "{saved:?}"
    );
    let holder = LeaseHolder::new("test").unwrap();
    let leased = store.acquire(&holder, Duration::from_secs(60)).await;
    assert!(leased.is_err(), "{leased:?}");
    // Acknowledged events are still read.
    let read = store.read_whole_stream(stream("a-1")).await.unwrap();
    assert_eq!(read.len(), 2);
    drop(fault);

    // Doing it again is safe, whichever of them are in the file.
    for (nth, events) in doubtful.iter().enumerate() {
        let receipt = append(nth).await.unwrap();
        assert_eq!(receipt.versions[0].1.get(), events.len() as u64);
        assert_eq!(append(nth).await.unwrap().outcome, AppendOutcome::Repeated);
    }
    store.save(snapshot()).await.unwrap();
    store
        .acquire(&holder, Duration::from_secs(60))
        .await
        .unwrap();
    is_sound(&store, 8).await;
    store.close().await;
    is_sound(&place.store().await, 8).await;
}

#[test]
fn an_append_to_a_full_disk_is_refused() {
    run("full");
}

#[tokio::test]
#[ignore = "a process of its own, started by the test of its outcome"]
async fn full() {
    let place = Place::new();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, events(2))
        .await
        .unwrap();
    let refused = vec![event("no JSON"), event("{}")];
    let fault = Fault::begin("full");
    let answers = join_all((0..3).map(|nth| {
        let name = stream(&format!("refused-{nth}"));
        let events = if nth == 1 { refused.clone() } else { events(1) };
        store.append_to(name, any, events)
    }))
    .await;
    for answer in answers {
        let error = answer.unwrap_err();
        // Those that shared a commit were tried a second time.
        let is_typed = match &error {
            AppendError::Store(StoreError::Full { .. }) => true,
            AppendError::OutcomeUnknown { source } => {
                matches!(source.downcast_ref(), Some(StoreError::Full { .. }))
            }
            _ => false,
        };
        assert!(is_typed, "{error:?}");
    }
    let saved = store.save(snapshot()).await;
    assert!(matches!(saved, Err(StoreError::Full { .. })), "{saved:?}");
    let read = store.read_whole_stream(stream("a-1")).await.unwrap();
    assert_eq!(read.len(), 2);
    drop(fault);

    let written = store.append_to(stream("refused-1"), any, refused).await;
    assert_eq!(written.unwrap().versions[0].1, version(2));
    store.save(snapshot()).await.unwrap();
    let SnapshotRecord { stream, schema, .. } = snapshot();
    let loaded = store.load(&stream, &schema, StreamVersion::MAX).await;
    assert_eq!(loaded.unwrap(), Some(snapshot()));
    let events = store.head().await.unwrap().unwrap().get();
    assert!((4..=6).contains(&events), "{events}");
    is_sound(&store, events).await;
}

#[test]
fn a_store_on_a_full_disk_is_read_and_backed_up_to_another_disk() {
    run("full_reading");
}

#[tokio::test]
#[ignore = "a process of its own, started by the test of its outcome"]
async fn full_reading() {
    let place = Place::new();
    let live = place.store().await;
    let written = live
        .append_to(stream("a-1"), ExpectedVersion::Any, events(2))
        .await;
    written.unwrap();
    // As a process that was killed leaves it.
    for suffix in ["", "-wal", "-shm"] {
        let [from, to] =
            ["store.annals", "killed.annals"].map(|name| place.path(&format!("{name}{suffix}")));
        let copied = Command::new("cp").args([from, to]).status();
        assert!(copied.unwrap().success());
    }
    let other = place.path("another-disk");
    std::fs::create_dir(&other).unwrap();
    let _fault = Fault::begin("full");
    let path = place.path("killed.annals");
    let refused = SqliteStore::open(&path).await.unwrap_err();
    assert!(
        matches!(refused, OpenError::Store(StoreError::Full { .. })),
        "{refused:?}"
    );
    let store = SqliteStore::open_with(&path, SqliteOptions::new().read_only())
        .await
        .unwrap();
    assert_eq!(
        store.read_whole_stream(stream("a-1")).await.unwrap().len(),
        2
    );
    is_sound(&store, 2).await;
    let target = place.path("copy.annals");
    let refused = store.backup(&target).await.unwrap_err();
    assert!(
        matches!(&refused, BackupError::Unwritable { path, .. } if *path == target),
        "{refused:?}"
    );
    store.backup(other.join("copy.annals")).await.unwrap();
    let restored = SqliteStore::restore(other.join("copy.annals"), &target).await;
    assert!(
        matches!(&restored, Err(RestoreError::Unwritable { path, .. }) if *path == target),
        "{restored:?}"
    );
    is_sound(
        &SqliteStore::open(other.join("copy.annals")).await.unwrap(),
        2,
    )
    .await;
}

#[test]
fn a_read_that_fails_once_is_no_damage() {
    run("one_read");
}

#[tokio::test]
#[ignore = "a process of its own, started by the test of its outcome"]
async fn one_read() {
    let place = Place::new();
    let store = place.store().await;
    let written = store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(2000))
        .await;
    written.unwrap();
    store.close().await;
    let mut failures = 0;
    for number in 0..60 {
        let fault = Fault::begin("read");
        let aim = |number: usize| std::fs::write(&fault.0, number.to_string()).unwrap();
        aim(usize::from(u16::MAX));
        // A handle without pages in memory.
        let store = place.store().await;
        aim(number);
        let read = store.read_whole_stream(stream("a-1")).await;
        aim(usize::from(u16::MAX));
        aim(number);
        let any = ExpectedVersion::Any;
        let append = store
            .append_to(stream("a-1"), any, vec![event("no JSON")])
            .await;
        aim(usize::from(u16::MAX));
        aim(number);
        let checked = store.check(|_| ()).await;
        drop(fault);
        if let Ok(report) = &checked {
            assert!(report.is_clean(), "{number}: {report:?}");
        }
        let told = [read.err(), checked.err()].into_iter().flatten();
        for error in told {
            assert!(
                matches!(error, StoreError::Backend { .. }),
                "{number}: {error:?}"
            );
            failures += 1;
        }
        match append {
            Ok(_) | Err(AppendError::OutcomeUnknown { .. }) => (),
            Err(error) => {
                let is_typed = matches!(error, AppendError::Store(StoreError::Backend { .. }));
                assert!(is_typed, "{number}: {error:?}");
            }
        }
        store.close().await;
    }
    assert!(failures > 0);
}
