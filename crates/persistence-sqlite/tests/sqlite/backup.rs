//! Law 39: a backup is taken while writers run, and opens as a store.

use persistence_sqlite::{BackupError, SqliteStore};
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion};

use crate::fixture::{Place, events, stream};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_one_moment_of_a_store_in_use() {
    let place = Place::new();
    let store = place.store().await;
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..200 {
                store
                    .append_to(stream("a-1"), ExpectedVersion::Any, events(3))
                    .await
                    .unwrap();
            }
        }
    });
    store
        .wait_past(shared_kernel::GlobalPosition::from(30))
        .await
        .unwrap();
    let at_least = store.head().await.unwrap().unwrap();
    store.backup(place.path("copy")).await.unwrap();
    writer.await.unwrap();

    let copy = SqliteStore::open(place.path("copy")).await.unwrap();
    let report = copy.check(|_| ()).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    let count = usize::try_from(report.events).unwrap();
    assert!(
        report.events >= at_least.get() && report.events % 3 == 0,
        "{count} events"
    );
    let original = store.read_whole_stream(stream("a-1")).await.unwrap();
    assert_eq!(
        copy.read_whole_stream(stream("a-1")).await.unwrap(),
        original[..count]
    );
    assert_eq!(copy.path(), place.path("copy"));
    copy.append_to(stream("a-1"), ExpectedVersion::StreamExists, events(1))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_leaves_nothing_behind() {
    let place = Place::new();
    let store = place.store().await;
    std::fs::write(place.path("taken"), "precious").unwrap();
    let error = store.backup(place.path("taken")).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists { path } if path == place.path("taken")));
    assert_eq!(std::fs::read(place.path("taken")).unwrap(), b"precious");

    // The log of a store that had the name before would be copied into the backup.
    std::fs::write(place.path("gone-wal"), "old").unwrap();
    let error = store.backup(place.path("gone")).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists { path } if path == place.path("gone-wal")));
    std::fs::remove_file(place.path("gone-wal")).unwrap();

    let error = store.backup(place.path("nowhere/copy")).await.unwrap_err();
    assert!(matches!(error, BackupError::Unwritable { .. }), "{error:?}");
    store.close().await;
    assert_eq!(place.file_names(), ["store.annals", "taken"]);
}

#[tokio::test]
async fn a_backup_of_a_closed_store_can_still_be_taken() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    store.close().await;
    store.backup(place.path("copy")).await.unwrap();
    assert_eq!(
        SqliteStore::open(place.path("copy"))
            .await
            .unwrap()
            .head()
            .await
            .unwrap(),
        Some(shared_kernel::GlobalPosition::FIRST)
    );
}

#[tokio::test]
async fn a_backup_and_any_other_copy_has_a_write_ahead_log_as_every_store() {
    let place = Place::new();
    let store = place.store().await;
    store.backup(place.path("copy")).await.unwrap();
    // Bytes 18 and 19 of the header say 2 in WAL mode (https://sqlite.org/fileformat2.html).
    assert_eq!(std::fs::read(place.path("copy")).unwrap()[18..20], [2, 2]);
    let rights = |name| std::fs::metadata(place.path(name)).unwrap().permissions();
    assert_eq!(rights("copy"), rights("store.annals"));
    assert_eq!(
        place
            .file_names()
            .iter()
            .filter(|name| name.contains("copy"))
            .count(),
        1
    );

    store.close().await;
    sqlx::Executor::execute(&mut place.shell().await, "PRAGMA journal_mode = DELETE")
        .await
        .unwrap();
    assert_eq!(std::fs::read(place.store_path()).unwrap()[18..20], [1, 1]);
    place.store().await.close().await;
    assert_eq!(std::fs::read(place.store_path()).unwrap()[18..20], [2, 2]);
}
