//! Law 49: once the path of a store does not lead to the open file any more, the handle answers
//! nothing.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures_util::StreamExt;
use persistence_sqlite::{BackupError, SqliteOptions, SqliteStore};
use shared_kernel::lease::{LeaseHolder, WorkerLeaseError, WorkerLeases};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::LogQuery;
use shared_kernel::{
    AppendError, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, SnapshotStore,
    StoreError,
};
use sqlx::Executor;

use crate::fixture::{PATIENCE, Place, append, events, program, stream, version};

const ANY: ExpectedVersion = ExpectedVersion::Any;

async fn store_with_events(place: &Place, count: usize) -> SqliteStore {
    let store = place.store().await;
    append(&store, count).await;
    store
}

fn is_replaced(error: &StoreError, place: &Place) -> bool {
    let path = place.store_path().display().to_string();
    matches!(error, StoreError::Replaced { location } if *location == path)
}

/// The first append is in doubt, since it may be in the file that went away.
async fn answers_nothing(store: &SqliteStore, place: &Place) {
    let append = store.append_to(stream("a-1"), ANY, events(1)).await;
    let Err(AppendError::OutcomeUnknown { source }) = append else {
        panic!("{append:?}")
    };
    assert!(is_replaced(source.downcast_ref().unwrap(), place));
    answers_nothing_more(store, place).await;
}

async fn answers_nothing_more(store: &SqliteStore, place: &Place) {
    let again = store.append_to(stream("a-1"), ANY, events(1)).await;
    let Err(AppendError::Store(refused)) = again else {
        panic!("{again:?}")
    };
    let snapshot = SnapshotRecord {
        stream: stream("a-1"),
        version: version(1),
        schema: StateSchema::new("test/1").unwrap(),
        taken_at: jiff::Timestamp::UNIX_EPOCH,
        payload: "{}".into(),
    };
    let holder = LeaseHolder::new("test").unwrap();
    let lease = store.acquire(&holder, Duration::from_secs(60)).await;
    let Err(WorkerLeaseError::Store(lease)) = lease else {
        panic!("{lease:?}")
    };
    let backup = store.backup(place.path("copy")).await;
    let Err(BackupError::Store(backup)) = backup else {
        panic!("{backup:?}")
    };
    let refusals = [
        refused,
        lease,
        backup,
        store.save(snapshot).await.unwrap_err(),
        store.head().await.unwrap_err(),
        store.stream_version(&stream("a-1")).await.unwrap_err(),
        store.read_whole_stream(stream("a-1")).await.unwrap_err(),
        store.wait_past(GlobalPosition::START).await.unwrap_err(),
        store.check(|_| ()).await.unwrap_err(),
    ];
    for refusal in &refusals {
        assert!(is_replaced(refusal, place), "{refusal:?}");
    }
    assert!(!place.path("copy").exists());
}

#[tokio::test]
async fn a_deleted_store_answers_nothing() {
    let place = Place::new();
    let store = store_with_events(&place, 2).await;
    std::fs::remove_file(place.store_path()).unwrap();
    answers_nothing(&store, &place).await;
}

#[tokio::test]
async fn a_replaced_store_answers_nothing_and_writes_nothing_into_the_new_one() {
    let place = Place::new();
    let store = store_with_events(&place, 2).await;
    for suffix in ["", "-wal", "-shm"] {
        let name = |base: &str| place.path(&format!("{base}{suffix}"));
        std::fs::rename(name("store.annals"), name("moved")).unwrap();
    }
    let new = place.store().await;
    assert!(is_replaced(&store.head().await.unwrap_err(), &place));
    answers_nothing_more(&store, &place).await;
    assert_eq!(new.head().await.unwrap(), None);

    // An append in doubt is in the file that was moved, or nowhere.
    let moved = SqliteStore::open(place.path("moved")).await.unwrap();
    assert_eq!(
        moved.stream_version(&stream("a-1")).await.unwrap(),
        version(2)
    );
}

#[tokio::test]
async fn a_handle_that_has_seen_another_file_stays_refused() {
    let place = Place::new();
    let store = store_with_events(&place, 2).await;
    std::fs::rename(place.store_path(), place.path("moved")).unwrap();
    assert!(is_replaced(&store.head().await.unwrap_err(), &place));
    std::fs::rename(place.path("moved"), place.store_path()).unwrap();
    answers_nothing_more(&store, &place).await;
    let store = place.store().await;
    assert_eq!(
        store.stream_version(&stream("a-1")).await.unwrap(),
        version(2)
    );
}

#[tokio::test]
async fn appends_that_wait_behind_the_one_in_doubt_write_nothing() {
    let place = Place::new();
    let store = store_with_events(&place, 2).await;
    std::fs::rename(place.store_path(), place.path("moved")).unwrap();
    let append_to = |name: &str| store.append_to(stream(name), ANY, events(1));
    let (first, second) = tokio::join!(append_to("b-1"), append_to("b-2"));
    assert!(
        matches!(first, Err(AppendError::OutcomeUnknown { .. })),
        "{first:?}"
    );
    assert!(matches!(second, Err(AppendError::Store(_))), "{second:?}");
    store.close().await;
    std::fs::rename(place.path("moved"), place.store_path()).unwrap();
    let again = place.store().await;
    assert_eq!(
        again.stream_version(&stream("b-1")).await.unwrap(),
        version(1)
    );
    assert_eq!(
        again.stream_version(&stream("b-2")).await.unwrap(),
        version(0)
    );
}

#[tokio::test]
async fn a_file_that_is_cut_short_answers_nothing() {
    let place = Place::new();
    let store = store_with_events(&place, 300).await;
    store.close().await;
    let store = place.store().await;
    append(&store, 1).await;
    program(&["truncate", "--size", "8192"], &[&place.store_path()]);
    answers_nothing(&store, &place).await;
}

#[tokio::test]
async fn a_backup_that_is_copied_into_the_open_file_is_noticed() {
    let place = Place::new();
    let store = store_with_events(&place, 2).await;
    store.backup(place.path("backup")).await.unwrap();
    append(&store, 300).await;
    program(&["cp"], &[&place.path("backup"), &place.store_path()]);
    assert!(is_replaced(&store.head().await.unwrap_err(), &place));
    answers_nothing_more(&store, &place).await;
}

#[tokio::test]
async fn a_store_that_has_lost_its_log_or_its_index_answers_nothing() {
    for suffix in ["-wal", "-shm"] {
        let place = Place::new();
        let store = store_with_events(&place, 2).await;
        std::fs::remove_file(place.path(&format!("store.annals{suffix}"))).unwrap();
        match suffix {
            // The look at the log before a commit has found it.
            "-wal" => answers_nothing_more(&store, &place).await,
            _ => answers_nothing(&store, &place).await,
        }
    }
}

#[tokio::test]
async fn a_follower_ends_when_its_store_is_deleted() {
    let place = Place::new();
    let store = store_with_events(&place, 2).await;
    let mut follower = store.follow(LogQuery::new());
    for _ in 0..2 {
        follower.next().await.unwrap().unwrap();
    }
    std::fs::remove_file(place.store_path()).unwrap();
    let end = tokio::time::timeout(PATIENCE, follower.next())
        .await
        .unwrap();
    assert!(is_replaced(&end.unwrap().unwrap_err(), &place));
}

/// A checkpoint changes the time of the file, so that the handle reads the row of the store.
#[tokio::test]
async fn a_checkpoint_or_a_touch_is_no_replacement() {
    let place = Place::new();
    let store = store_with_events(&place, 2).await;
    let other = place.store().await;
    for _ in 0..3 {
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        place.shell().await.execute(checkpoint).await.unwrap();
        append(&store, 1).await;
        append(&other, 1).await;
        program(&["touch"], &[&place.store_path()]);
        assert_eq!(other.head().await.unwrap(), store.head().await.unwrap());
    }
    assert_eq!(
        store.stream_version(&stream("a-1")).await.unwrap(),
        version(8)
    );
}

/// POSIX takes the locks of a process away when it closes any handle of the file
/// (<https://sqlite.org/howtocorrupt.html>, 2.2).
#[tokio::test]
async fn a_look_at_the_header_leaves_the_locks_in_place() {
    let place = Place::new();
    let store = store_with_events(&place, 2).await;
    program(&["touch"], &[&place.store_path()]);
    append(&store, 1).await;
    let looker = place.store_with(SqliteOptions::new().read_only()).await;
    looker.head().await.unwrap();
    looker.close().await;
    let may_lock = || {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "replaced::takes_the_file_alone", "--ignored"])
            .env("STORE_TO_LOCK", place.store_path())
            .output();
        status.unwrap().status.success()
    };
    assert!(!may_lock());
    store.close().await;
    assert!(may_lock());
}

#[tokio::test]
#[ignore = "a process of its own, started by the test of the locks"]
#[expect(clippy::disallowed_methods, reason = "the parent hands the path over")]
async fn takes_the_file_alone() {
    let path = std::env::var_os("STORE_TO_LOCK").unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(Path::new(&path))
        .busy_timeout(Duration::ZERO)
        .locking_mode(sqlx::sqlite::SqliteLockingMode::Exclusive);
    let mut alone = sqlx::ConnectOptions::connect(&options).await.unwrap();
    alone.execute("BEGIN EXCLUSIVE").await.unwrap();
}

/// SQLite takes the end of the log from its index. An old index is consistent, so that the newest
/// commits are missing for everybody, and the next one takes their place.
#[tokio::test]
async fn an_old_index_that_is_copied_over_is_noticed_at_the_end_of_the_log() {
    let place = Place::new();
    let store = store_with_events(&place, 2).await;
    let other = store_with_events(&place, 1).await;
    let reads_only = SqliteOptions::new().read_only();
    let looker = place.store_with(reads_only).await;
    let index = place.path("store.annals-shm");
    program(&["cp"], &[&index, &place.path("old-index")]);
    append(&store, 299).await;
    append(&other, 1).await;
    let head = looker.head().await.unwrap().unwrap();
    let waiting = tokio::spawn({
        let looker = looker.clone();
        async move { looker.wait_past(head).await }
    });
    tokio::task::yield_now().await;
    // Without cutting the index, which this process has mapped.
    let (from, to) = (place.path("old-index"), index);
    let words = [
        format!("if={}", from.display()),
        format!("of={}", to.display()),
    ];
    program(
        &["dd", "conv=notrunc", "status=none", &words[0], &words[1]],
        &[],
    );
    let waited = tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    assert!(is_replaced(&waited.unwrap().unwrap_err(), &place));
    // A handle that has not seen the end cannot tell; the guide says so.
    let late = place.store_with(SqliteOptions::new().read_only()).await;
    let found = late.stream_version(&stream("a-1")).await.unwrap();
    assert_eq!(found, version(3));
    late.close().await;
    for handle in [&looker, &store] {
        assert!(is_replaced(&handle.head().await.unwrap_err(), &place));
    }
    let appended = other.append_to(stream("a-1"), ANY, events(1)).await;
    let Err(AppendError::Store(refused)) = appended else {
        panic!("{appended:?}")
    };
    assert!(is_replaced(&refused, &place));
    for handle in [&looker, &store, &other] {
        answers_nothing_more(handle, &place).await;
        handle.close().await;
    }
    // The log still has all of it, and SQLite makes its index again.
    let store = place.store().await;
    assert_eq!(
        store.stream_version(&stream("a-1")).await.unwrap(),
        version(303)
    );
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

/// SQLite would write the next commit behind the gap, where no reader of the log comes, and would
/// copy the gap into the file at the end.
#[tokio::test]
async fn a_log_that_is_cut_takes_no_commit_and_leaves_the_file_whole() {
    for reads_first in [false, true] {
        let place = Place::new();
        let store = store_with_events(&place, 2).await;
        let looker = place.store_with(SqliteOptions::new().read_only()).await;
        append(&store, 300).await;
        let log = place.path("store.annals-wal");
        let length = std::fs::metadata(&log).unwrap().len() - 1;
        program(&["truncate", "--size", &length.to_string()], &[&log]);
        if reads_first {
            assert!(is_replaced(&looker.head().await.unwrap_err(), &place));
            assert!(is_replaced(&store.head().await.unwrap_err(), &place));
        }
        answers_nothing_more(&store, &place).await;
        store.close().await;
        looker.close().await;
        // The part of the log before the cut commit.
        let store = place.store().await;
        assert_eq!(
            store.stream_version(&stream("a-1")).await.unwrap(),
            version(2)
        );
        assert!(store.check(|_| ()).await.unwrap().is_clean());
    }
}

/// Another process may start the log over, which cuts it, too.
#[tokio::test]
async fn a_log_that_starts_over_is_no_cut() {
    let place = Place::new();
    let store = store_with_events(&place, 300).await;
    for count in [1, 100, 1] {
        let restart = "PRAGMA wal_checkpoint(TRUNCATE)";
        place.shell().await.execute(restart).await.unwrap();
        append(&store, count).await;
    }
    assert_eq!(
        store.stream_version(&stream("a-1")).await.unwrap(),
        version(402)
    );
}
