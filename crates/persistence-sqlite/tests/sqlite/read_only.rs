//! Law 51: a store is read without a file being created or changed, also by a user who may not
//! write, and beside writers.

use std::path::Path;
use std::process::Command;

use persistence_sqlite::{OpenError, SqliteOptions, SqliteStore};
use shared_kernel::{AppendError, EventStore, EventStoreExt, ExpectedVersion, StoreError};
use sqlx::Executor;

use crate::fixture::{PATIENCE, Place, append, copy_files, count, events, program, stream};

async fn look(path: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open_with(path, SqliteOptions::new().read_only()).await
}

#[tokio::test]
async fn a_missing_or_empty_file_is_no_store_and_stays_as_it_is() {
    let place = Place::new();
    let refused = look(&place.store_path()).await.unwrap_err();
    assert!(matches!(refused, OpenError::NoStore { path } if path == place.store_path()));
    assert!(place.file_names().is_empty());
    std::fs::write(place.store_path(), "").unwrap();
    let refused = look(&place.store_path()).await.unwrap_err();
    assert!(matches!(refused, OpenError::NoStore { .. }), "{refused:?}");
    std::fs::write(place.store_path(), "something else").unwrap();
    let refused = look(&place.store_path()).await.unwrap_err();
    assert!(
        matches!(refused, OpenError::NotADatabase { .. }),
        "{refused:?}"
    );
    assert_eq!(place.file_names(), ["store.annals"]);
}

#[tokio::test]
async fn reading_creates_and_changes_nothing() {
    let place = Place::new();
    let live = SqliteStore::open(place.path("live")).await.unwrap();
    append(&live, 2).await;
    live.close().await;
    let content = |name: &str| {
        ["", "-wal"].map(|end| std::fs::read(place.path(&format!("{name}{end}"))).ok())
    };
    let live = SqliteStore::open(place.path("live")).await.unwrap();
    append(&live, 3).await;
    let all = ["", "-wal", "-shm"];
    for (name, suffixes, expected) in [("killed", &all[..], 5), ("alone", &all[..1], 2)] {
        copy_files(&place.path("live"), &place.path(name), suffixes);
        let before = (place.file_names(), content(name));
        let looker = look(&place.path(name)).await.unwrap();
        assert_eq!(count(&looker).await, expected, "{name}");
        assert!(looker.check(|_| ()).await.unwrap().is_clean());
        looker.backup(place.path("copy")).await.unwrap();
        let copy = look(&place.path("copy")).await.unwrap();
        assert_eq!(count(&copy).await, expected);
        std::fs::remove_file(place.path("copy")).unwrap();
        looker.close().await;
        assert_eq!((place.file_names(), content(name)), before, "{name}");
    }
    // Only the index of the log is made where it is missing, by a user who may write.
    copy_files(&place.path("live"), &place.path("without-index"), &all[..2]);
    let looker = look(&place.path("without-index")).await.unwrap();
    assert_eq!(count(&looker).await, 5);
}

/// Connections of one process share the index of the log.
#[tokio::test]
async fn a_writer_can_be_opened_beside_a_reader_of_the_same_process() {
    let place = Place::new();
    let live = SqliteStore::open(place.path("live")).await.unwrap();
    append(&live, 2).await;
    copy_files(
        &place.path("live"),
        &place.store_path(),
        &["", "-wal", "-shm"],
    );
    let looker = look(&place.store_path()).await.unwrap();
    assert_eq!(count(&looker).await, 2);
    append(&place.store().await, 1).await;
    assert_eq!(count(&looker).await, 3);
}

#[tokio::test]
async fn a_handle_that_reads_only_refuses_to_write() {
    let place = Place::new();
    let store = place.store().await;
    append(&store, 1).await;
    let looker = look(&place.store_path()).await.unwrap();
    let refused = looker
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await;
    let Err(AppendError::Store(StoreError::ReadOnly { obstacle, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(obstacle, "it was opened for reading only");
    looker.close().await;
    assert!(matches!(
        looker.head().await,
        Err(StoreError::Closed { .. })
    ));
}

/// A check that another program disturbs each time gives up, and reports no damage.
#[tokio::test]
async fn a_check_that_never_stands_is_busy() {
    let place = Place::new();
    let store = place.store().await;
    append(&store, 1).await;
    store.close().await;
    let impatient = SqliteOptions::new().read_only();
    let impatient = impatient.with_busy_timeout(std::time::Duration::ZERO);
    let looker = place.store_with(impatient).await;
    let disturb = |_| program(&["touch"], &[&place.store_path()]);
    let checked = looker.check(disturb).await;
    assert!(
        matches!(checked, Err(StoreError::Busy { .. })),
        "{checked:?}"
    );
    assert!(looker.check(|_| ()).await.unwrap().is_clean());
}

/// The reader goes from the file alone to the log of the writer and back, and waits in each state.
#[tokio::test]
async fn a_reader_sees_a_writer_that_comes_and_goes() {
    let place = Place::new();
    let store = place.store().await;
    append(&store, 1).await;
    store.close().await;
    let looker = look(&place.store_path()).await.unwrap();
    assert_eq!(count(&looker).await, 1);
    let mut expected = 1;
    for _ in 0..3 {
        let head = looker.head().await.unwrap().unwrap();
        let waiting = tokio::spawn({
            let looker = looker.clone();
            async move { looker.wait_past(head).await }
        });
        let store = place.store().await;
        append(&store, 2).await;
        let woken = tokio::time::timeout(PATIENCE, waiting).await.unwrap();
        assert!(woken.unwrap().unwrap() > head);
        assert_eq!(count(&looker).await, expected + 2);
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        place.shell().await.execute(checkpoint).await.unwrap();
        append(&store, 1).await;
        store.close().await;
        expected += 3;
        assert_eq!(count(&looker).await, expected);
        assert_eq!(
            count(&look(&place.store_path()).await.unwrap()).await,
            expected
        );
    }
}

/// Users without the right to write. The tests run a child for them: as the user "nobody" under
/// root, which may write everything, and as the present user otherwise.
#[cfg(unix)]
pub(crate) mod other_users {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    use std::path::PathBuf;

    use super::*;

    const NOBODY: u32 = 65534;

    fn is_root() -> bool {
        std::fs::metadata(Place::new().path("")).unwrap().uid() == 0
    }

    pub(crate) fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    /// Runs an ignored test of this module in a process that may not write where the modes forbid
    /// it.
    pub(crate) fn run(test: &str, place: &Place, expected: usize) {
        let name = format!("read_only::other_users::{test}");
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", &name, "--ignored", "--nocapture"])
            .env("STORE_TO_READ", place.store_path())
            .env("EXPECTED_EVENTS", expected.to_string());
        if is_root() {
            child.uid(NOBODY).gid(NOBODY);
        }
        let output = child.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[expect(clippy::disallowed_methods, reason = "the parent hands the plan over")]
    fn plan() -> (PathBuf, usize) {
        let path = std::env::var_os("STORE_TO_READ").unwrap().into();
        (
            path,
            std::env::var("EXPECTED_EVENTS").unwrap().parse().unwrap(),
        )
    }

    #[tokio::test]
    #[ignore = "a process of its own"]
    async fn opens_reads_and_may_not_append() {
        let (path, expected) = plan();
        for options in [SqliteOptions::new(), SqliteOptions::new().read_only()] {
            let store = SqliteStore::open_with(&path, options).await.unwrap();
            assert_eq!(count(&store).await, expected);
            let refused = store
                .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
                .await;
            let Err(AppendError::Store(StoreError::ReadOnly { .. })) = refused else {
                panic!("{refused:?}")
            };
            store.close().await;
        }
    }

    #[tokio::test]
    #[ignore = "a process of its own"]
    async fn may_not_make_the_index() {
        let (path, _) = plan();
        let refused = look(&path).await.unwrap_err();
        let OpenError::Unreachable { source, .. } = refused else {
            panic!("{refused:?}")
        };
        let told = source.to_string();
        assert!(told.contains("the index of its log is missing"), "{told}");
        assert!(told.contains("mode 444) may not be written"), "{told}");
    }

    #[tokio::test]
    async fn a_log_without_an_index_is_refused_where_it_may_not_be_made() {
        let live = Place::new();
        let store = live.store().await;
        append(&store, 2).await;
        let place = Place::new();
        copy_files(&live.store_path(), &place.store_path(), &["", "-wal"]);
        set_mode(&place.store_path(), 0o444);
        open_folder(&place, 0o777);
        let before = place.file_names();
        run("may_not_make_the_index", &place, 2);
        assert_eq!(place.file_names(), before);
    }

    #[tokio::test]
    #[ignore = "a process of its own"]
    async fn may_not_renew_the_index() {
        let (path, expected) = plan();
        let told = match look(&path).await {
            Ok(store) => match store.read_whole_stream(stream("a-1")).await {
                Ok(read) => return assert_eq!(read.len(), expected),
                Err(error) => error.to_string(),
            },
            Err(OpenError::Unreachable { source, .. }) => source.to_string(),
            Err(error) => error.to_string(),
        };
        let named = told.contains("mode 444) may not be written");
        assert!(named && told.contains(&*path.to_string_lossy()), "{told}");
    }

    /// A process that may not write cannot renew an index that another log has left. It reads all
    /// of the log by itself, or says which file is in the way.
    #[tokio::test]
    async fn an_index_of_another_log_never_gives_a_wrong_answer() {
        let live = Place::new();
        let store = live.store().await;
        append(&store, 2).await;
        let copy = |place: &Place, ends: &[&str]| {
            copy_files(&live.store_path(), &place.store_path(), ends);
        };
        let index = |place: &Place| place.path("store.annals-shm");
        let old = Place::new();
        copy(&old, &["-shm"]);
        append(&store, 300).await;
        let contents = [
            (std::fs::read(index(&old)).unwrap(), false),
            (vec![0; 32_768], false),
            (vec![0xa5; 32_768], false),
            (Vec::new(), false),
            (vec![0; 32_768], true),
            // Not an empty one: a process that has mapped the index would end at its next look.
            (vec![0xa5; 32_768], true),
        ];
        for (content, is_in_use) in contents {
            let place = Place::new();
            copy(&place, &["", "-wal", "-shm"]);
            let mut other = place.shell().await;
            if is_in_use {
                other.execute("SELECT 1 FROM store").await.unwrap();
            }
            std::fs::write(place.path("index"), content).unwrap();
            program(&["cp"], &[&place.path("index"), &index(&place)]);
            for end in ["", "-wal", "-shm"] {
                set_mode(&place.path(&format!("store.annals{end}")), 0o444);
            }
            open_folder(&place, 0o555);
            run("may_not_renew_the_index", &place, 302);
            open_folder(&place, 0o755);
        }
    }

    /// Lets "nobody" and others enter the folder, and write in it if `mode` says so.
    fn open_folder(place: &Place, mode: u32) {
        set_mode(&place.path(""), mode);
    }

    #[tokio::test]
    async fn a_look_without_the_right_to_write_leaves_nothing_that_locks_the_owner_out() {
        for mode in [0o777, 0o555] {
            let place = Place::new();
            let store = place.store().await;
            append(&store, 2).await;
            store.close().await;
            set_mode(&place.store_path(), 0o444);
            open_folder(&place, mode);
            let before = place.file_names();
            run("opens_reads_and_may_not_append", &place, 2);
            assert_eq!(place.file_names(), before);
            open_folder(&place, 0o755);
            set_mode(&place.store_path(), 0o644);
            append(&place.store().await, 1).await;

            // With the log of a process that was killed.
            let crashed = Place::new();
            let live = place.store().await;
            append(&live, 1).await;
            let files = ["", "-wal", "-shm"];
            copy_files(&place.store_path(), &crashed.store_path(), &files);
            for end in files {
                set_mode(&crashed.path(&format!("store.annals{end}")), 0o444);
            }
            open_folder(&crashed, mode);
            let before = crashed.file_names();
            run("opens_reads_and_may_not_append", &crashed, 4);
            assert_eq!(crashed.file_names(), before);
            open_folder(&crashed, 0o755);
        }
    }

    #[tokio::test]
    async fn a_user_who_may_not_write_reads_beside_a_writer() {
        let place = Place::new();
        let store = place.store().await;
        append(&store, 2).await;
        for (end, mode) in [("", 0o444), ("-wal", 0o444), ("-shm", 0o444)] {
            set_mode(&place.path(&format!("store.annals{end}")), mode);
        }
        open_folder(&place, 0o555);
        run("opens_reads_and_may_not_append", &place, 2);
        append(&store, 1).await;
        run("opens_reads_and_may_not_append", &place, 3);
        open_folder(&place, 0o755);
    }

    #[tokio::test]
    #[ignore = "a process of its own"]
    async fn learns_which_file_is_in_the_way() {
        let (path, expected) = plan();
        let store = SqliteStore::open(&path).await.unwrap();
        assert_eq!(count(&store).await, expected);
        let refused = store
            .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
            .await;
        let Err(AppendError::Store(refused)) = refused else {
            panic!("{refused:?}")
        };
        let log = format!("{}-wal", path.display());
        let owner = std::fs::metadata(&log).unwrap().uid();
        let told = refused.to_string();
        let expected = format!("{log} (owner {owner}, mode 444) may not be written");
        assert!(told.contains(&expected), "{told}");
    }

    #[tokio::test]
    async fn the_owner_learns_which_file_another_user_has_left() {
        let live = Place::new();
        let store = live.store().await;
        append(&store, 2).await;
        let place = Place::new();
        copy_files(
            &live.store_path(),
            &place.store_path(),
            &["", "-wal", "-shm"],
        );
        if is_root() {
            for file in [
                place.path(""),
                place.store_path(),
                place.path("store.annals-shm"),
            ] {
                chown(file, Some(NOBODY), None).unwrap();
            }
        }
        set_mode(&place.path("store.annals-wal"), 0o444);
        run("learns_which_file_is_in_the_way", &place, 2);
    }
}
