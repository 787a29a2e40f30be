//! Law 50: a backup takes the place of a store, and the log of another store is never copied into
//! it.

use std::path::Path;

use persistence_sqlite::{OpenError, RestoreError, Restored, SqliteOptions, SqliteStore};
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion};
use sqlx::Executor;

use crate::fixture::{PATIENCE, Place, append, copy_files, events, program, stream, version};
use crate::writer_process::WriterProcess;

/// A store with a backup of two events and a log that has three more: a process was killed.
async fn crashed() -> Place {
    let place = Place::new();
    let live = SqliteStore::open(place.path("live")).await.unwrap();
    append(&live, 2).await;
    live.backup(place.path("backup")).await.unwrap();
    append(&live, 3).await;
    copy_files(&place.path("live"), &place.store_path(), &["", "-wal"]);
    place
}

/// Another process copies, so that this one keeps its locks.
fn copy(from: &Path, to: &Path) {
    program(&["cp"], &[from, to]);
}

async fn versions_of(path: &Path) -> u64 {
    let store = SqliteStore::open(path).await.unwrap();
    assert!(store.check(|_| ()).await.unwrap().is_clean());
    let found = store.stream_version(&stream("a-1")).await.unwrap();
    store.close().await;
    found.get()
}

async fn restore(place: &Place, backup: &str) -> Result<Restored, RestoreError> {
    SqliteStore::restore(place.path(backup), place.store_path()).await
}

#[tokio::test]
async fn a_restore_sets_the_old_file_and_its_log_aside() {
    let place = crashed().await;
    let restored = restore(&place, "backup").await.unwrap();
    let aside = place.path("store.annals.old-1");
    assert_eq!(
        restored.set_aside,
        [aside.clone(), place.path("store.annals.old-1-wal")]
    );
    assert_eq!(restored.report.events, 2);
    assert_eq!(versions_of(&place.store_path()).await, 2);
    assert_eq!(
        versions_of(&aside).await,
        5,
        "nothing of the old store is lost"
    );
    assert_eq!(
        versions_of(&place.path("backup")).await,
        2,
        "the backup is still there"
    );

    let again = restore(&place, "backup").await.unwrap();
    assert_eq!(again.set_aside, [place.path("store.annals.old-2")]);
}

#[tokio::test]
async fn a_backup_that_is_copied_beside_a_log_is_refused_before_the_log_is_read() {
    let place = crashed().await;
    copy(&place.path("backup"), &place.store_path());
    let content = || {
        ["", "-wal"].map(|end| std::fs::read(place.path(&format!("store.annals{end}"))).unwrap())
    };
    let before = content();
    for options in [SqliteOptions::new(), SqliteOptions::new().read_only()] {
        let refused = SqliteStore::open_with(place.store_path(), options)
            .await
            .unwrap_err();
        let told = refused.to_string();
        let OpenError::BackupBesideLog { path, log } = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(
            (&path, &log),
            (&place.store_path(), &place.path("store.annals-wal"))
        );
        let command = format!("`annals restore {0} --store {0}`", path.display());
        assert!(told.contains(&command), "{told}");
    }
    assert_eq!(content(), before);

    // The command of the message, and the restore of the backup itself.
    let restored = SqliteStore::restore(place.store_path(), place.store_path())
        .await
        .unwrap();
    assert_eq!(restored.set_aside.len(), 2);
    assert_eq!(versions_of(&place.store_path()).await, 2);
    assert_eq!(versions_of(&place.path("backup")).await, 2);
}

#[tokio::test]
async fn a_journal_beside_a_backup_is_refused_like_a_log() {
    let place = crashed().await;
    let journal = place.path("backup-journal");
    std::fs::write(&journal, "left by a store that was here before").unwrap();
    let refused = SqliteStore::open(place.path("backup")).await.unwrap_err();
    assert!(matches!(refused, OpenError::BackupBesideLog { log, .. } if log == journal));
}

#[tokio::test]
async fn the_first_opening_takes_the_mark_off_and_looking_does_not() {
    let place = crashed().await;
    let backup = place.path("backup");
    let marks = async || {
        let url = format!("file:{}?immutable=1", backup.display());
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(url);
        let mut shell = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let mark = sqlx::query_scalar("SELECT is_backup FROM store");
        let mark: i64 = mark.fetch_one(&mut shell).await.unwrap();
        mark
    };
    let looker = SqliteStore::open_with(&backup, SqliteOptions::new().read_only())
        .await
        .unwrap();
    assert_eq!(
        looker.stream_version(&stream("a-1")).await.unwrap(),
        version(2)
    );
    assert_eq!(marks().await, 1);
    let store = SqliteStore::open(&backup).await.unwrap();
    assert_eq!(marks().await, 0, "in the file itself, whatever its log has");
    // So a log beside it is its own from now on.
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    assert_eq!(
        looker.stream_version(&stream("a-1")).await.unwrap(),
        version(3)
    );
    let other = SqliteStore::open(&backup).await.unwrap();
    assert_eq!(
        other.stream_version(&stream("a-1")).await.unwrap(),
        version(3)
    );
}

#[tokio::test]
async fn a_store_that_is_open_is_not_restored() {
    let place = crashed().await;
    let in_use = async || {
        let refused = restore(&place, "backup").await.unwrap_err();
        matches!(refused, RestoreError::InUse { path } if path == place.store_path())
    };
    let store = place.store().await;
    assert!(in_use().await);
    store.close().await;

    let mut process = WriterProcess::start(&place.store_path(), 1, usize::MAX, 1);
    process.next().await.unwrap();
    assert!(in_use().await);
    process.kill().await;

    let mut foreign = place.shell().await;
    foreign
        .execute("SELECT count(*) FROM batches")
        .await
        .unwrap();
    assert!(in_use().await);
    sqlx::Connection::close(foreign).await.unwrap();

    restore(&place, "backup").await.unwrap();
    assert_eq!(versions_of(&place.store_path()).await, 2);
    assert!(place.file_names().iter().all(|name| !name.starts_with('.')));
}

#[tokio::test]
async fn a_restore_waits_for_a_handle_that_is_being_closed() {
    let place = crashed().await;
    let store = place.store().await;
    let (restored, ()) = tokio::join!(restore(&place, "backup"), store.close());
    assert_eq!(restored.unwrap().report.events, 2);
}

#[tokio::test]
async fn a_file_that_is_no_backup_or_a_damaged_one_is_not_restored() {
    let place = crashed().await;
    std::fs::write(place.path("notes"), "no backup").unwrap();
    std::fs::create_dir(place.path("folder")).unwrap();
    for missing in ["nowhere", "notes", "folder"] {
        let refused = restore(&place, missing).await.unwrap_err();
        assert!(matches!(refused, RestoreError::Backup(_)), "{refused:?}");
    }
    let script = "DROP TRIGGER streams_are_never_updated";
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(place.path("backup"));
    let mut shell = sqlx::ConnectOptions::connect(&options).await.unwrap();
    shell.execute(script).await.unwrap();
    let refused = restore(&place, "backup").await.unwrap_err();
    assert!(matches!(refused, RestoreError::Damaged { problems, .. } if problems.len() == 1));
    assert!(place.file_names().iter().all(|name| !name.starts_with('.')));
    assert_eq!(versions_of(&place.store_path()).await, 5);
}

#[tokio::test]
async fn a_damaged_or_missing_store_and_a_foreign_file_give_way() {
    let place = crashed().await;
    let mut aside = Vec::new();
    for content in [Some(vec![b'x'; 9000]), Some(Vec::new()), None] {
        std::fs::remove_file(place.store_path()).unwrap();
        if let Some(content) = &content {
            std::fs::write(place.store_path(), content).unwrap();
        }
        let restored = restore(&place, "backup").await.unwrap();
        assert_eq!(versions_of(&place.store_path()).await, 2);
        aside.push(restored.set_aside);
    }
    assert_eq!(std::fs::read(&aside[0][0]).unwrap(), [b'x'; 9000]);
    assert_eq!(aside[0].len(), 2, "and the log");
    assert_eq!((aside[1].len(), aside[2].len()), (1, 0));
}

/// A file that is no store was named by mistake: it stays where it is.
#[tokio::test]
async fn a_file_of_something_else_does_not_give_way() {
    let place = Place::new();
    let store = place.store().await;
    store.backup(place.path("backup")).await.unwrap();
    // Its log is gone from the folder before the names are compared.
    store.close().await;
    std::fs::write(place.path("text"), "a letter").unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(place.path("database"));
    let mut shell = sqlx::ConnectOptions::connect(&options.create_if_missing(true))
        .await
        .unwrap();
    shell.execute("CREATE TABLE t (x)").await.unwrap();
    sqlx::Connection::close(shell).await.unwrap();
    let before = place.file_names();
    for name in ["text", "database", "text"] {
        let content = std::fs::read(place.path(name)).unwrap();
        let refused = SqliteStore::restore(place.path("backup"), place.path(name)).await;
        let refused = refused.unwrap_err();
        let told = refused.to_string();
        assert!(
            told.contains(&*place.path(name).to_string_lossy()),
            "{told}"
        );
        assert!(
            matches!(refused, RestoreError::OtherFile { .. }),
            "{refused:?}"
        );
        assert_eq!(std::fs::read(place.path(name)).unwrap(), content);
        assert_eq!(place.file_names(), before);
    }
}

#[tokio::test]
async fn a_lock_that_cannot_be_opened_is_named() {
    let place = crashed().await;
    let lock = place.path("store.annals-lock");
    std::fs::create_dir(&lock).unwrap();
    let RestoreError::Unwritable { source, .. } = restore(&place, "backup").await.unwrap_err()
    else {
        panic!("another error")
    };
    assert!(
        source.to_string().contains(&*lock.to_string_lossy()),
        "{source}"
    );
}

/// To open a pipe would wait for its other end.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_no_backup() {
    let place = crashed().await;
    program(&["mkfifo"], &[&place.path("pipe")]);
    let restored = tokio::time::timeout(PATIENCE, restore(&place, "pipe")).await;
    let Err(RestoreError::Backup(OpenError::Unreachable { source, .. })) = restored.unwrap() else {
        panic!("another error")
    };
    assert_eq!(source.to_string(), "it is not a regular file");
}

/// The states between the steps, as a crash leaves them.
#[tokio::test]
async fn a_restore_that_was_killed_loses_nothing_and_can_be_repeated() {
    for step in 0..4 {
        let place = crashed().await;
        let links = [&[][..], &["-wal"], &["-wal", ""], &["-wal", ""]][step];
        for end in links {
            let [old, new] = ["store.annals", "store.annals.old-1"]
                .map(|name| place.path(&format!("{name}{end}")));
            std::fs::hard_link(old, new).unwrap();
        }
        let opened = SqliteStore::open(place.path("store.annals.old-1")).await;
        if step > 0 {
            opened.unwrap_err();
        }
        if step == 3 {
            copy(&place.path("backup"), &place.path("copy"));
            std::fs::rename(place.path("copy"), place.store_path()).unwrap();
            let refused = SqliteStore::open(place.store_path()).await.unwrap_err();
            assert!(
                matches!(refused, OpenError::BackupBesideLog { .. }),
                "{refused:?}"
            );
        }
        let restored = restore(&place, "backup").await.unwrap();
        assert_eq!(versions_of(&place.store_path()).await, 2, "{step}");
        if step < 3 {
            assert_eq!(versions_of(&restored.set_aside[0]).await, 5, "{step}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_with_two_names_is_not_written() {
    let place = crashed().await;
    std::fs::hard_link(place.store_path(), place.path("second")).unwrap();
    for path in [place.store_path(), place.path("second")] {
        let refused = SqliteStore::open(&path).await.unwrap_err();
        assert!(
            matches!(&refused, OpenError::SeveralNames { names: 2, path: named } if *named == path),
            "{refused:?}"
        );
    }
    std::fs::remove_file(place.path("second")).unwrap();
    assert_eq!(versions_of(&place.store_path()).await, 5);
}

#[tokio::test]
async fn a_log_without_its_store_is_kept() {
    let place = crashed().await;
    std::fs::rename(place.store_path(), place.path("moved")).unwrap();
    for options in [SqliteOptions::new(), SqliteOptions::new().read_only()] {
        for is_empty in [false, true] {
            if is_empty {
                std::fs::write(place.store_path(), "").unwrap();
            }
            let opened = SqliteStore::open_with(place.store_path(), options.clone()).await;
            let refused = opened.unwrap_err();
            assert!(
                matches!(refused, OpenError::LogWithoutStore { .. }),
                "{refused:?}"
            );
        }
        std::fs::remove_file(place.store_path()).unwrap();
    }
    std::fs::rename(place.path("moved"), place.store_path()).unwrap();
    assert_eq!(versions_of(&place.store_path()).await, 5);
}

#[tokio::test]
async fn a_store_is_no_backup_of_itself() {
    let place = crashed().await;
    let refused = SqliteStore::restore(place.store_path(), place.store_path()).await;
    assert!(
        matches!(refused, Err(RestoreError::Itself { .. })),
        "{refused:?}"
    );
    assert_eq!(versions_of(&place.store_path()).await, 5);
}

#[cfg(unix)]
#[tokio::test]
async fn the_restored_file_has_the_rights_of_the_old_one() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let place = crashed().await;
    let old = std::fs::metadata(place.store_path()).unwrap();
    std::fs::set_permissions(place.store_path(), PermissionsExt::from_mode(0o640)).unwrap();
    // Only root may give a file away.
    let owner = if old.uid() == 0 { 65534 } else { old.uid() };
    std::os::unix::fs::chown(place.store_path(), Some(owner), None).unwrap();
    restore(&place, "backup").await.unwrap();
    let new = std::fs::metadata(place.store_path()).unwrap();
    assert_eq!((new.mode() & 0o777, new.uid()), (0o640, owner));
    assert_ne!(new.ino(), old.ino());
}

/// SQLite would create the file where the link leads, with a log and a lock elsewhere.
#[cfg(unix)]
#[tokio::test]
async fn a_link_that_leads_nowhere_is_no_store() {
    let place = crashed().await;
    let link = place.path("link");
    std::os::unix::fs::symlink(place.path("unmounted"), &link).unwrap();
    let before = place.file_names();
    for options in [SqliteOptions::new(), SqliteOptions::new().read_only()] {
        let refused = SqliteStore::open_with(&link, options).await.unwrap_err();
        let OpenError::Unreachable { path, source } = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(path, link);
        let target = place.path("unmounted");
        assert!(
            source.to_string().contains(&*target.to_string_lossy()),
            "{source}"
        );
    }
    let refused = SqliteStore::restore(place.path("backup"), &link).await;
    assert!(
        matches!(refused, Err(RestoreError::Unwritable { .. })),
        "{refused:?}"
    );
    assert_eq!(place.file_names(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn a_restore_follows_symbolic_links() {
    let place = crashed().await;
    let link = place.path("link");
    std::os::unix::fs::symlink(place.store_path(), &link).unwrap();
    let restored = SqliteStore::restore(place.path("backup"), &link)
        .await
        .unwrap();
    assert_eq!(restored.set_aside[0], place.path("store.annals.old-1"));
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(versions_of(&link).await, 2);
}
