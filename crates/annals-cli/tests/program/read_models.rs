//! The read model beside the store: it changes no answer, and any trouble with it is only told.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use persistence_sqlite::SqliteStore;
use read_models_sqlite::SqliteReadModels;
use read_models_sqlite::sqlx::sqlite::SqliteConnectOptions;
use read_models_sqlite::sqlx::{ConnectOptions, Executor};
use read_side::{ModelName, ReadModelStore};
use serde_json::{Value, json};
use shared_kernel::event::EventType;
use shared_kernel::lease::LeaseHolder;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId};

use crate::program::Desk;

/// Three items, and a read model that has them.
fn with_model() -> Desk {
    let desk = without_model();
    desk.done(&["search", "report"]);
    assert!(folder(&desk).join("catalog.db").exists());
    desk
}

fn without_model() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "Write the report", "--priority", "low"]);
    desk.done(&["add", "Mend the roof", "--type", "story", "--risk", "T3"]);
    desk.done(&["add", "Order slates", "--parent", "2", "--priority", "high"]);
    desk.done(&["start", "1"]);
    desk
}

fn folder(desk: &Desk) -> PathBuf {
    desk.path("work.annals-views")
}

fn titles(list: &Value) -> Vec<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item["title"].as_str().unwrap()).collect()
}

/// The list in JSON, and the notes beside it.
fn listed(desk: &Desk, words: &[&str]) -> (Value, String) {
    let run = desk.run(&[&["list", "--format", "json"], words].concat());
    assert_eq!(run.code, Some(0), "{}", run.err);
    (serde_json::from_str(&run.out).unwrap(), run.err)
}

async fn append(desk: &Desk, stream: &str, event_type: &str, count: usize) {
    let store = SqliteStore::open(desk.store()).await.unwrap();
    let event = || NewEvent::with_fresh_id(EventType::new(event_type).unwrap(), "{}").unwrap();
    let stream = StreamId::new(stream).unwrap();
    let events = (0..count).map(|_| event()).collect();
    store
        .append_to(stream, ExpectedVersion::Any, events)
        .await
        .unwrap();
    store.close().await;
}

#[test]
fn a_list_and_a_search_have_the_last_command_of_another_process() {
    let desk = with_model();
    desk.done(&["retitle", "1", "Write the annual report"]);
    assert_eq!(
        titles(&desk.json(&["list", "--limit", "1"])),
        ["Write the annual report"]
    );
    let views = desk.json(&["views"]);
    assert_eq!(
        views["views"][0]["through"], views["last_position"],
        "the list came from the rows"
    );
    assert_eq!(
        titles(&desk.json(&["search", "annual"])),
        ["Write the annual report"]
    );
    desk.done(&["retitle", "1", "Write the report"]);
    assert_eq!(titles(&desk.json(&["search", "annual"])), [""; 0]);
}

#[test]
fn a_list_has_filters_an_order_and_a_limit_with_and_without_rows() {
    let with = with_model();
    let without = without_model();
    for (words, expected) in [
        (
            &["--status", "pending,blocked"][..],
            &["Mend the roof", "Order slates"][..],
        ),
        (
            &["--type", "task,story", "--limit", "2"],
            &["Write the report", "Mend the roof"],
        ),
        (&["--parent", "2"], &["Order slates"]),
        (&["--risk", "T3"], &["Mend the roof"]),
        (
            &["--priority", "low,high"],
            &["Write the report", "Order slates"],
        ),
        (&["--text", "THE"], &["Write the report", "Mend the roof"]),
        (
            &["--sort", "priority"],
            &["Order slates", "Mend the roof", "Write the report"],
        ),
        (
            &["--sort", "updated", "--limit", "1"],
            &["Write the report"],
        ),
        (&["--since", "today", "--limit", "1"], &["Write the report"]),
        (
            &["--since", "1h ago", "--until", "now"],
            &["Write the report", "Mend the roof", "Order slates"],
        ),
        (&["--until", "yesterday"], &[]),
        (&["--limit", "0"], &[]),
    ] {
        for desk in [&with, &without] {
            let (list, notes) = listed(desk, words);
            assert_eq!(
                (titles(&list), notes.as_str()),
                (expected.to_vec(), ""),
                "{words:?}"
            );
        }
    }
    assert!(
        !folder(&without).exists(),
        "a short log needs no read model"
    );
    let (code, error) = with.refused(&["list", "--parent", "9"]);
    assert_eq!(
        (code, &error["message"]),
        (3, &json!("there is no item WORK-009"))
    );
    for words in [
        ["list", "--since", "7"],
        ["list", "--status", "done,x"],
        ["list", "--limit", "x"],
        ["search", "-", "*"],
    ] {
        assert_eq!(with.refused(&words).0, 2, "{words:?}");
    }
}

#[tokio::test]
async fn a_list_of_a_long_log_builds_the_read_model() {
    let desk = without_model();
    append(&desk, "other-1", "Ticked", 4096).await;
    desk.done(&["list"]);
    let views = desk.json(&["views"]);
    let view = &views["views"][0];
    assert_eq!(
        (&view["state"], &view["through"]),
        (&json!("live"), &views["last_position"])
    );
    assert!(views["last_position"].as_u64().unwrap() > 4096);
}

#[test]
fn nothing_is_written_under_read_only() {
    let desk = without_model();
    let words = ["search", "report", "--read-only", "--format", "json"];
    let found: Value = serde_json::from_str(&desk.done(&words)).unwrap();
    assert_eq!(titles(&found), ["Write the report"]);
    assert!(!folder(&desk).exists());

    // Rows that are behind are left as they are, and not read.
    let desk = with_model();
    desk.done(&["retitle", "1", "Another"]);
    let before = desk.json(&["views"]);
    assert_eq!(
        titles(&desk.json(&["list", "--limit", "1", "--read-only"])),
        ["Another"]
    );
    assert_eq!(
        titles(&desk.json(&["search", "another", "--read-only"])),
        ["Another"]
    );
    assert_eq!(desk.json(&["views"]), before);
    for words in [&["rebuild", "items"][..], &["prove", "items"], &["retry"]] {
        let words = [&["views"], words, &["--read-only"]].concat();
        assert_eq!(desk.refused(&words).0, 2, "{words:?}");
    }
}

/// Runs `list` and `search`, which must answer from the log and say why in one line.
fn assert_passed_over(desk: &Desk, reason: &str) {
    for words in [&["list", "--limit", "1"][..], &["search", "annual"]] {
        let run = desk.run(&[words, &["--format", "json"]].concat());
        assert_eq!(run.code, Some(0), "{words:?}: {}", run.err);
        let answer: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(titles(&answer), ["Write the annual report"], "{words:?}");
        let note: Value = serde_json::from_str(&run.err).unwrap();
        let note = note["note"].as_str().unwrap();
        assert!(
            note.starts_with("the read model is passed over: "),
            "{note}"
        );
        assert!(note.contains(reason), "{note}");
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_passed_over() {
    let desk = with_model();
    desk.done(&["retitle", "1", "Write the annual report"]);
    fs::remove_dir_all(folder(&desk)).unwrap();
    fs::write(folder(&desk), "a file").unwrap();
    assert_passed_over(&desk, "work.annals-views");

    let desk = with_model();
    desk.done(&["retitle", "1", "Write the annual report"]);
    fs::write(folder(&desk).join("catalog.db"), "of another program").unwrap();
    assert_passed_over(&desk, "move");

    // Without the folder it is built again.
    fs::remove_dir_all(folder(&desk)).unwrap();
    assert_eq!(
        titles(&desk.json(&["search", "annual"])),
        ["Write the annual report"]
    );
    assert_eq!(desk.json(&["views"])["views"][0]["state"], "live");
}

#[tokio::test]
async fn damaged_rows_are_passed_over() {
    let desk = with_model();
    desk.done(&["retitle", "1", "Write the annual report"]);
    desk.done(&["search", "annual"]);
    let file = SqliteConnectOptions::new().filename(folder(&desk).join("items.v5.1.views"));
    let mut rows = file.connect().await.unwrap();
    rows.execute("UPDATE items SET state = x'7b7b' WHERE number = 1")
        .await
        .unwrap();
    assert_passed_over(&desk, "build it again");
    let run = desk.run(&["views", "prove", "items"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(run.out.contains("THE ROWS DIFFER"), "{run:?}");
    assert!(run.err.contains("annals views rebuild items"), "{run:?}");
    desk.done(&["views", "rebuild", "items"]);
    desk.done(&["views", "prove", "items"]);
    assert_eq!(
        titles(&desk.json(&["list", "--limit", "1"])),
        ["Write the annual report"]
    );
}

#[tokio::test]
async fn a_frozen_owner_is_passed_over() {
    let desk = with_model();
    let models = SqliteReadModels::open(folder(&desk));
    let items = ModelName::new("items").unwrap();
    let build = models.builds(&items).await.unwrap().remove(0).build;
    let frozen = LeaseHolder::new("frozen").unwrap();
    let hour = Duration::from_secs(3600);
    models.claim(&build, 0, &frozen, hour).await.unwrap();
    assert_eq!(
        titles(&desk.json(&["list", "--limit", "1"])),
        ["Write the report"]
    );
    desk.done(&["retitle", "1", "Write the annual report"]);
    assert_passed_over(&desk, "another process holds the read model `items`");
}

#[tokio::test]
async fn a_damaged_stream_is_parked_and_told_until_it_is_skipped() {
    let desk = with_model();
    let id = desk.json(&["show", "3"])["id"].as_str().unwrap().to_owned();
    append(&desk, &format!("work_item-{id}"), "Unknown", 1).await;
    let list = desk.run(&["list"]);
    assert_eq!(list.code, Some(5), "as without a read model: {list:?}");

    let search = desk.run(&["search", "order"]);
    assert_eq!(search.code, Some(0), "{search:?}");
    assert!(
        search.err.contains("`annals views parked` lists them"),
        "{search:?}"
    );
    let parked = desk.json(&["views", "parked"]);
    assert_eq!(parked[0]["event_type"], "Unknown");
    let retried = desk.json(&["views", "retry"]);
    assert_eq!(
        (&retried["applied"], &retried["parked"]),
        (&json!(0), &json!(1))
    );

    let event = parked[0]["event_id"].as_str().unwrap();
    let skip = ["views", "skip", event, "--reason", "written by a test"];
    assert_eq!(desk.json(&skip)["parked"], 0);
    let (list, notes) = listed(&desk, &[]);
    assert_eq!(titles(&list).len(), 3);
    assert!(notes.contains("skips 1 event(s)"), "{notes}");
    assert_eq!(desk.json(&["views"])["views"][0]["skipped"], 1);
    assert_eq!(desk.json(&["views", "prove", "items"])["holds"], true);
}
