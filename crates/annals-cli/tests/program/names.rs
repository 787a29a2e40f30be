//! The numbers and titles of items beside their streams, with and without rows of the read model.

use persistence_sqlite::SqliteStore;
use serde_json::{Value, json};
use serialization::{event_tables, toon};
use shared_kernel::event::EventType;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId};

use crate::program::{Desk, finish};
use crate::screens::on_terminal;

/// The state of the read model of a desk.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rows {
    None,
    Behind,
    Current,
    Damaged,
}

const ALL: [Rows; 4] = [Rows::None, Rows::Behind, Rows::Current, Rows::Damaged];

/// Two items, the first one retitled, a stream of another kind, and rows in this state.
async fn desk(rows: Rows) -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "Write the report"]);
    if rows == Rows::Behind {
        desk.done(&["search", "report"]);
    }
    desk.done(&["add", "Mend the roof"]);
    desk.done(&["depend", "1", "--on", "2"]);
    desk.done(&["retitle", "1", "Write the summary"]);
    let store = SqliteStore::open(desk.store()).await.unwrap();
    let event = NewEvent::with_fresh_id(EventType::new("LampLit").unwrap(), "{}").unwrap();
    let stream = StreamId::new("lamp-7").unwrap();
    let appended = store.append_to(stream, ExpectedVersion::Any, vec![event]);
    appended.await.unwrap();
    store.close().await;
    if matches!(rows, Rows::Current | Rows::Damaged) {
        desk.done(&["search", "roof"]);
    }
    if rows == Rows::Damaged {
        let folder = desk.path("work.annals-views");
        std::fs::write(folder.join("catalog.db"), "of another program").unwrap();
    }
    desk
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The number and the title of each line about an item; the other lines have none.
fn names(lines: &[Value]) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for line in lines {
        let name = (&line["number"], &line["title"]);
        if line["stream"].as_str().unwrap().starts_with("work_item-") {
            let (number, title) = (name.0.as_str().unwrap(), name.1.as_str().unwrap());
            names.push((number.to_owned(), title.to_owned()));
        } else {
            assert_eq!(name, (&Value::Null, &Value::Null), "{line}");
            assert!(line.as_object().unwrap().contains_key("title"), "{line}");
        }
    }
    names
}

#[tokio::test]
async fn events_and_streams_have_the_present_names() {
    let first = ("WORK-001".to_owned(), "Write the summary".to_owned());
    let second = ("WORK-002".to_owned(), "Mend the roof".to_owned());
    for rows in ALL {
        let desk = desk(rows).await;
        let events = lines(&desk.done(&["events", "--format", "json"]));
        let expected = [&first, &second, &first, &first].map(Clone::clone);
        assert_eq!(names(&events), expected, "{rows:?}");
        let streams = lines(&desk.done(&["streams", "--format", "json"]));
        let mut found = names(&streams);
        found.sort();
        assert_eq!(found, [first.clone(), second.clone()], "{rows:?}");
        let items = desk.done(&["completions", "--items"]);
        assert_eq!(
            items,
            "WORK-001\tWrite the summary\nWORK-002\tMend the roof\n"
        );

        let text = desk.done(&["events", "--format", "toon"]);
        let tables: Value = toon::from_str(&text).unwrap();
        let items = tables["items"].as_array().unwrap();
        assert_eq!(items.len(), 2, "{text}");
        assert_eq!(items[0]["title"], "Write the summary");
        assert_eq!(event_tables::from_toon(&text).unwrap().len(), events.len());
        let built = desk.path("work.annals-views").exists();
        assert_eq!(built, rows != Rows::None, "{rows:?}: nothing is built");
    }
}

#[tokio::test]
async fn a_history_has_the_names_of_its_item_and_of_others() {
    for rows in ALL {
        let desk = desk(rows).await;
        let history = desk.json(&["history", "1"]);
        for event in history.as_array().unwrap() {
            assert_eq!(event["number"], "WORK-001");
            assert_eq!(event["title"], "Write the summary");
        }
        let text = desk.done(&["history", "1"]);
        assert!(text.starts_with("WORK-001 Write the summary\n"), "{text}");
        assert!(
            text.contains("blocked by WORK-002 Mend the roof\n"),
            "{text}"
        );
        let tables = desk.done(&["history", "2", "--format", "toon"]);
        let tables: Value = toon::from_str(&tables).unwrap();
        assert_eq!(tables["items"][0]["number"], "WORK-002");
    }
}

#[tokio::test]
async fn an_explanation_and_a_tree_are_the_same_with_and_without_rows() {
    for rows in ALL {
        let desk = desk(rows).await;
        for words in [&["why", "2"][..], &["why", "1"], &["tree"], &["tree", "2"]] {
            let run = desk.run(&[words, &["--format", "json"]].concat());
            let with: Value = serde_json::from_str(&run.out).unwrap();
            let log = desk.path("moved");
            let folder = desk.path("work.annals-views");
            let is_there = std::fs::rename(&folder, &log).is_ok();
            assert_eq!(desk.json(words), with, "{rows:?} {words:?}");
            if is_there {
                std::fs::rename(&log, &folder).unwrap();
            }
            // Only a list, and so the tree, says that the read model is passed over.
            let has_note = rows == Rows::Damaged && words[0] == "tree";
            assert_eq!(!run.err.is_empty(), has_note, "{words:?}: {}", run.err);
        }
        let why = desk.json(&["why", "2"]);
        assert_eq!(why["dependents"][0]["number"], "WORK-001", "{rows:?}");
        assert_eq!(why["dependents"][0]["title"], "Write the summary");
    }
}

#[tokio::test]
async fn a_follower_sees_new_names() {
    for rows in [Rows::None, Rows::Current] {
        let desk = desk(rows).await;
        let events = lines(&desk.done(&["events", "--format", "json"])).len();
        let limit = (events + 2).to_string();
        let words = ["events", "--follow", "--limit", &limit, "--format", "json"];
        let follower = desk.command(&words).spawn().unwrap();
        desk.done(&["retitle", "2", "Mend the wall"]);
        desk.done(&["note", "2", "with bricks"]);
        let run = finish(follower);
        let last = lines(&run.out).pop().unwrap();
        assert_eq!(last["event_type"], "NoteAdded", "{run:?}");
        assert_eq!(last["title"], "Mend the wall", "{run:?}");
    }
}

#[cfg(unix)]
const DIVISION_BY_ZERO: &str = "22012";

/// The server has ended a session whose transaction waited for its client.
#[cfg(unix)]
const IDLE_IN_TRANSACTION: &str = "25P03";

/// A query that waits half-way would keep a session of the server from the others, until the server
/// ends it.
#[test]
#[cfg(unix)]
fn more_followers_than_sessions_behind_a_pooler_see_each_event() {
    use std::io::{BufRead, BufReader};

    let Some(served) = crate::served::Served::initialised() else {
        return;
    };
    let Some(pooled) = served.pooled() else {
        return;
    };
    pooled.done(&["add", "one"]);
    let words = ["events", "--follow", "--format", "json"];
    let mut followers: Vec<_> = (0..12)
        .map(|_| pooled.command(&words).spawn().unwrap())
        .collect();
    for title in ["two", "three", "four"] {
        pooled.done(&["add", title]);
    }
    for follower in &mut followers {
        let seen = BufReader::new(follower.stdout.as_mut().unwrap()).lines();
        assert_eq!(seen.take(8).filter(Result::is_ok).count(), 8);
    }
    // An error of this database, to see that the log has them.
    let database = served.database();
    served.server.sql(database, "SELECT 1 / 0").unwrap_err();
    let log = served.server.log().unwrap();
    let has = |code| log.contains(&format!("{code}:{database}:"));
    assert!(has(DIVISION_BY_ZERO) && !has(IDLE_IN_TRANSACTION), "{log}");
    for mut follower in followers {
        follower.kill().unwrap();
        follower.wait().unwrap();
    }
}

#[tokio::test]
async fn names_leave_the_lines_readable_at_80_columns() {
    let desk = desk(Rows::Current).await;
    let long = "word ".repeat(30);
    desk.done(&["retitle", "2", long.trim()]);
    for words in [&["events"][..], &["streams"], &["history", "2"]] {
        let text = on_terminal(&desk, 80, words).await.out;
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(80), "{text}");
        assert!(text.contains("WORK-002"), "{text}");
    }
    let events = on_terminal(&desk, 80, &["events"]).await.out;
    let words = events.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = "WorkItemRetitled WORK-001 Write the summary tester {";
    assert!(words.contains(named), "{events}");
    assert!(
        words.contains("WORK-002 word word word word word word word word… tester"),
        "{events}"
    );
    assert!(words.contains("lamp-7 1 LampLit {}"), "{events}");
}

#[tokio::test]
async fn a_completion_builds_nothing_for_a_long_log() {
    let desk = Desk::new();
    desk.done(&["add", "Write"]);
    let store = SqliteStore::open(desk.store()).await.unwrap();
    let event = || NewEvent::with_fresh_id(EventType::new("Ticked").unwrap(), "{}").unwrap();
    let events = (0..4_096).map(|_| event()).collect();
    let stream = StreamId::new("other-1").unwrap();
    let appended = store.append_to(stream, ExpectedVersion::Any, events);
    appended.await.unwrap();
    store.close().await;
    assert_eq!(desk.done(&["completions", "--items"]), "WORK-001\tWrite\n");
    assert_eq!(desk.json(&["why", "1"])["dependents"], json!([]));
    desk.done(&["tree", "1"]);
    assert!(!desk.path("work.annals-views").exists());
    desk.done(&["tree"]);
    assert!(
        desk.path("work.annals-views").exists(),
        "as a list builds it"
    );
}
