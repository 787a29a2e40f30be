//! Laws 37 and 38: opening each kind of file: missing, empty, foreign, newer, read-only, damaged.

use std::path::Path;

use persistence_sqlite::{OpenError, SqliteStore};
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, StoreError};
use sqlx::Executor;

use crate::fixture::{Place, events, stream};

async fn refusal(path: &Path) -> OpenError {
    SqliteStore::open(path).await.unwrap_err()
}

#[tokio::test]
async fn a_missing_file_and_an_empty_one_become_stores() {
    let place = Place::new();
    std::fs::write(place.store_path(), b"").unwrap();
    assert_eq!(place.store().await.head().await.unwrap(), None);
    let fresh = SqliteStore::open(place.path("fresh")).await.unwrap();
    assert_eq!(fresh.head().await.unwrap(), None);
    assert!(fresh.path().is_absolute());
}

#[tokio::test]
async fn a_missing_folder_is_unreachable() {
    let place = Place::new();
    let path = place.path("nowhere/store");
    let error = refusal(&path).await;
    assert!(
        matches!(&error, OpenError::Unreachable { path: p, .. } if *p == path),
        "{error:?}"
    );
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_folder_is_no_store() {
    let place = Place::new();
    std::fs::create_dir(place.store_path()).unwrap();
    assert!(matches!(
        refusal(&place.store_path()).await,
        OpenError::Unreachable { .. }
    ));
}

#[tokio::test]
async fn a_file_of_something_else_is_left_as_it_is() {
    let place = Place::new();
    for content in [&b"hello"[..], &[b'x'; 5000], &[0; 4096]] {
        std::fs::write(place.store_path(), content).unwrap();
        let error = refusal(&place.store_path()).await;
        assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
        assert_eq!(std::fs::read(place.store_path()).unwrap(), content);
        assert_eq!(place.file_names(), ["store.annals"]);
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_left_as_it_is() {
    for (setup, expected) in [
        ("CREATE TABLE t (x)", 0),
        ("PRAGMA application_id = 77", 77),
        ("PRAGMA user_version = 3", 0),
        (
            "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (x); DROP TABLE t",
            0,
        ),
    ] {
        let place = Place::new();
        std::fs::write(place.store_path(), b"").unwrap();
        place.shell().await.execute(setup).await.unwrap();
        let before = std::fs::read(place.store_path()).unwrap();
        let error = refusal(&place.store_path()).await;
        assert!(
            matches!(error, OpenError::ForeignDatabase { application_id, .. } if application_id == expected),
            "{setup}: {error:?}"
        );
        assert_eq!(std::fs::read(place.store_path()).unwrap(), before);
    }
}

#[tokio::test]
async fn a_newer_layout_is_refused() {
    let place = Place::new();
    place.store().await.close().await;
    place
        .shell()
        .await
        .execute("PRAGMA user_version = 99")
        .await
        .unwrap();
    let error = refusal(&place.store_path()).await;
    assert!(
        matches!(
            error,
            OpenError::NewerLayout {
                found: 99,
                known: 1,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_layout_that_cannot_be_is_refused() {
    let place = Place::new();
    place.store().await.close().await;
    place
        .shell()
        .await
        .execute("PRAGMA user_version = -1")
        .await
        .unwrap();
    let error = refusal(&place.store_path()).await;
    assert!(
        matches!(error, OpenError::ForeignDatabase { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_index_that_leads_to_another_stream_is_damage_and_never_skipped() {
    let place = Place::new();
    let store = place.store().await;
    for name in ["a-1", "b-1"] {
        store
            .append_to(stream(name), ExpectedVersion::NoStream, events(1))
            .await
            .unwrap();
    }
    let elsewhere = "UPDATE recent_batches SET last_position = 2 WHERE stream_key = 1";
    place.tamper(elsewhere).await;
    let read = store.read_whole_stream(stream("a-1")).await;
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
}

#[tokio::test]
async fn a_damaged_page_is_a_typed_error_and_the_rest_stays_readable() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(2000))
        .await
        .unwrap();
    store.close().await;
    let mut bytes = std::fs::read(place.store_path()).unwrap();
    // Somewhere in the middle of the events, far from the schema.
    let page = bytes.len() / 4096 / 2 * 4096;
    bytes[page..page + 4096].fill(0xa5);
    std::fs::write(place.store_path(), &bytes).unwrap();

    let store = place.store().await;
    let report = store.check(|_| ()).await;
    assert!(
        !report.is_ok_and(|report| report.is_clean()),
        "the damage is found"
    );
    let read = store.read_whole_stream(stream("a-1")).await;
    match read {
        Err(StoreError::Damaged { location, .. }) => {
            assert_eq!(location, place.store_path().display().to_string());
        }
        Ok(events) => assert_eq!(events.len(), 2000, "the page was of an index"),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn names_that_sqlite_reads_in_its_own_way_are_files() {
    let place = Place::new();
    for name in [":memory:", "file:x?mode=memory", "a b%20c#d", "ü🦀"] {
        let path = place.path(name);
        let store = SqliteStore::open(&path).await.unwrap();
        store
            .append_to(stream("a-1"), ExpectedVersion::NoStream, events(1))
            .await
            .unwrap();
        store.close().await;
        assert!(path.is_file(), "{name}");
        let again = SqliteStore::open(&path).await.unwrap();
        assert_eq!(
            again.read_whole_stream(stream("a-1")).await.unwrap().len(),
            1
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_open_a_new_file_at_once() {
    for _ in 0..10 {
        let place = Place::new();
        let opening = (0..8).map(|_| {
            let path = place.store_path();
            tokio::spawn(async move { SqliteStore::open(path).await })
        });
        let opening: Vec<_> = opening.collect();
        for handle in opening {
            let store = handle.await.unwrap().unwrap();
            store
                .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
                .await
                .unwrap();
        }
        let store = place.store().await;
        assert_eq!(store.check(|_| ()).await.unwrap().events, 8);
    }
}

#[tokio::test]
async fn a_closed_store_says_so_to_all_clones() {
    let place = Place::new();
    let store = place.store().await;
    let clone = store.clone();
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    store.close().await;
    store.close().await;
    let append = clone
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await;
    assert!(matches!(
        append,
        Err(shared_kernel::AppendError::Store(StoreError::Closed { .. }))
    ));
    assert!(matches!(clone.head().await, Err(StoreError::Closed { .. })));
    assert_eq!(
        place.file_names(),
        ["store.annals", "store.annals-lock"],
        "the log is moved into the file"
    );
}
