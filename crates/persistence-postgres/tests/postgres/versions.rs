//! Several programs, and two versions of one, on one database.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use persistence_postgres::{ConnectError, PostgresStore};
use shared_kernel::{Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, StoreError};
use tokio::process::Command;

use crate::fixture::{Place, event, log, stream};

const SCHEMA: &str = include_str!("../../schema.sql");

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_create_one_store_at_once() {
    let place = Place::new();
    let opened = (0..8).map(|number| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "versions::opens_and_appends"])
            .args(["--ignored", "--nocapture"])
            .env("OPENED_ADDRESS", &place.address)
            .env("OPENED_STREAM", format!("a-{number}"))
            .stdin(Stdio::null())
            .output()
    });
    for output in join_all(opened).await {
        let output = output.unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
    let store = place.store().await;
    let mut positions = Vec::new();
    for event in log(&store).await {
        positions.push(event.position.get());
    }
    assert_eq!(positions, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
#[ignore = "a process of its own, started by the test above"]
#[expect(
    clippy::disallowed_methods,
    reason = "the parent hands its plan over by the environment"
)]
async fn opens_and_appends() {
    let address = std::env::var("OPENED_ADDRESS").unwrap();
    let name = std::env::var("OPENED_STREAM").unwrap();
    let store = PostgresStore::connect(&address).await.unwrap();
    let new = ExpectedVersion::NoStream;
    store
        .append_to(stream(&name), new, vec![event()])
        .await
        .unwrap();
}

/// An append by the function of a newer program.
fn append_by_the_newer(id: &str) -> String {
    format!(
        "SELECT head_before FROM annals.append_2(5000, false, 0, ARRAY['newer-1'],
            '{{1}}', '{{1}}', '{{-1}}', '{{1}}', '{{1}}', '{{1}}', '{{1}}', '{{newer-1}}', '{{1}}',
            ARRAY['{id}'::uuid], '{{Happened}}', '{{1}}', ARRAY['{{}}'::bytea],
            ARRAY['{{}}'::bytea])"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_program_writes_beside_a_newer_one_and_stops_in_words_without_its_function() {
    let place = Place::new();
    let older = place.store().await;
    let ends = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (older, ends) = (older.clone(), Arc::clone(&ends));
        async move {
            let mut appended = 0;
            while !ends.load(Ordering::Relaxed) {
                let append =
                    Append::new().write(stream("older-1"), ExpectedVersion::Any, vec![event()]);
                older.append(append).await.unwrap();
                appended += 1;
            }
            appended
        }
    });
    // A newer program runs its script, which adds a function and changes the old one, while the
    // older program writes.
    let mut newer = 0;
    for round in 1..=20 {
        let changed = format!("-- Round {round}. Each statement below");
        let script = SCHEMA.replace("-- Each statement below", &changed);
        assert!(script.contains(&changed));
        place.sql(&format!("BEGIN; {script} COMMIT")).unwrap();
        place
            .sql(&format!(
                "BEGIN; {} COMMIT",
                script.replace("append_1", "append_2")
            ))
            .unwrap();
        let id = event().id.to_string();
        place.sql(&append_by_the_newer(&id)).unwrap();
        newer += 1;
    }
    place.sql("UPDATE annals.store SET layout = 2").unwrap();
    ends.store(true, Ordering::Relaxed);
    let appended: u64 = writing.await.unwrap();
    assert!(appended > 0);
    let positions: Vec<_> = log(&older)
        .await
        .iter()
        .map(|event| event.position.get())
        .collect();
    assert!(positions.into_iter().eq(1..=appended + newer));

    // It goes on with the function that it knows, and no program of its version opens any more.
    let any = ExpectedVersion::Any;
    older
        .append_to(stream("older-1"), any, vec![event()])
        .await
        .unwrap();
    let refused = PostgresStore::connect(&place.address).await.unwrap_err();
    assert!(
        matches!(refused, ConnectError::NewerLayout { .. }),
        "{refused:?}"
    );

    place.sql("DROP FUNCTION annals.append_1").unwrap();
    let refused = older
        .append_to(stream("older-1"), any, vec![event()])
        .await
        .unwrap_err();
    assert!(
        matches!(refused, AppendError::Store(StoreError::Replaced { .. })),
        "{refused:?}"
    );
    assert_eq!(log(&older).await.len() as u64, appended + newer + 1);
}

#[tokio::test]
async fn columns_that_a_newer_program_adds_are_no_error() {
    let place = Place::new();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    for table in ["events", "head", "store", "snapshots", "leases"] {
        let before = log(&store).await.len();
        store
            .append_to(stream("a-1"), any, vec![event()])
            .await
            .unwrap();
        place
            .sql(&format!(
                "ALTER TABLE annals.{table} ADD COLUMN origin text"
            ))
            .unwrap();
        store
            .append_to(stream("a-1"), any, vec![event()])
            .await
            .unwrap();
        assert_eq!(log(&store).await.len(), before + 2, "{table}");
        assert_eq!(
            place.store().await.id().await.unwrap(),
            store.id().await.unwrap()
        );
    }
}
