//! Law 39: a backup is taken while writers run, and opens as a store.

use persistence_sqlite::{BackupError, OpenError, SqliteStore};
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion};

use crate::fixture::{Place, beside, events, stream};

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
    assert_eq!(
        place.file_names(),
        ["store.annals", "store.annals-lock", "taken"]
    );
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
async fn a_backup_and_any_other_file_gets_a_write_ahead_log_when_it_is_opened() {
    let place = Place::new();
    let store = place.store().await;
    store.backup(place.path("copy")).await.unwrap();
    let rights = |name| std::fs::metadata(place.path(name)).unwrap().permissions();
    assert_eq!(rights("copy"), rights("store.annals"));
    let copies = || {
        place
            .file_names()
            .into_iter()
            .filter(|name| name.contains("copy"))
    };
    assert_eq!(copies().count(), 1);

    store.close().await;
    sqlx::Executor::execute(&mut place.shell().await, "PRAGMA journal_mode = DELETE")
        .await
        .unwrap();
    for name in ["copy", "store.annals"] {
        // Bytes 18 and 19 of the header say 2 in WAL mode (https://sqlite.org/fileformat2.html).
        assert_eq!(std::fs::read(place.path(name)).unwrap()[18..20], [1, 1]);
        SqliteStore::open(place.path(name))
            .await
            .unwrap()
            .close()
            .await;
        assert_eq!(std::fs::read(place.path(name)).unwrap()[18..20], [2, 2]);
    }
}

#[tokio::test]
async fn a_backup_removes_what_a_killed_one_has_left() {
    let place = Place::new();
    let store = place.store().await;
    let (left, held) = (
        place.path(".annals-unfinished-abcdefghij01"),
        place.path(".annals-unfinished-abcdefghij02"),
    );
    std::fs::write(&left, "half a backup").unwrap();
    let holder = std::fs::File::create(&held).unwrap();
    holder.lock().unwrap();
    // SQLite has a journal for each copy; that of the third one has lost its copy.
    let lone = place.path(".annals-unfinished-abcdefghij04");
    let journals = [&left, &held, &lone].map(|copy| beside(copy, "-journal"));
    for journal in &journals {
        std::fs::write(journal, "").unwrap();
    }
    store.backup(place.path("copy")).await.unwrap();
    assert!(!left.exists() && held.exists());
    let stay = journals.map(|journal| journal.exists());
    assert_eq!(stay, [false, true, false]);
    // Names of users, and files that are no files.
    let kept = [".annals-backup-monday", ".annals-unfinished-of-last-week"];
    for kept in kept {
        std::fs::write(place.path(kept), "a backup of last week").unwrap();
    }
    std::fs::create_dir(place.path(".annals-unfinished-abcdefghij03")).unwrap();
    drop(holder);
    store.backup(place.path("another")).await.unwrap();
    assert!(!held.exists());
    assert!(kept.into_iter().all(|kept| place.path(kept).exists()));
    assert!(place.path(".annals-unfinished-abcdefghij03").exists());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn paths_that_are_not_utf_8_are_refused_before_anything_is_made() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let store = place.store().await;
    let before = place.file_names();
    let path = place
        .path("")
        .join(std::ffi::OsStr::from_bytes(b"copy-\xff"));
    let refused = store.backup(&path).await.unwrap_err();
    assert!(
        matches!(refused, BackupError::NotText { .. }),
        "{refused:?}"
    );
    let refused = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(refused, OpenError::NotText { .. }), "{refused:?}");
    assert_eq!(place.file_names(), before);
}
