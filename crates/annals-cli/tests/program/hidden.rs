//! Characters that hide from a reader: names and titles refuse them, and answers show them.

use persistence_sqlite::SqliteStore;
use serde_json::Value;
use serialization::event_tables;
use shared_kernel::event::EventType;
use shared_kernel::{Append, EventId, EventStore, ExpectedVersion, NewEvent};

use crate::program::Desk;
use crate::toon::{decode, encode};

/// Characters without a glyph of their own: soft hyphen, fillers, variation selectors, a tag …
const HIDDEN: &str = "\u{ad}\u{34f}\u{61c}\u{115f}\u{180b}\u{200b}\u{200f}\u{2060}\u{3164}\u{fe00}\
                      \u{feff}\u{ffa0}\u{1d173}\u{e0041}\u{e0100}";

/// Texts in which joiners and variation selectors belong.
const BELONG: [&str; 4] = [
    "می\u{200c}خواهم",
    "क्\u{200d}ष",
    "👩🏽\u{200d}💻 ❤\u{fe0f}\u{200d}🔥",
    "1\u{fe0f}\u{20e3} ☠\u{fe0e}",
];

/// Records a title that the program would refuse today.
async fn retitle_as_before(desk: &Desk, title: &str) {
    let store = SqliteStore::open(desk.store()).await.unwrap();
    let id = desk.json(&["show", "1"])["id"].as_str().unwrap().to_owned();
    let stream = format!("work_item-{id}").parse().unwrap();
    let payload = serde_json::json!({ "title": title }).to_string();
    let id = EventId::from_parts(jiff::Timestamp::UNIX_EPOCH, [7; 10]);
    let event = NewEvent::new(id, EventType::new("WorkItemRetitled").unwrap(), payload);
    let append = Append::new().write(stream, ExpectedVersion::Any, vec![event]);
    store.append(append).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_title_with_a_hidden_character_is_refused_and_still_loads() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let all = HIDDEN.chars().chain(['\u{202e}', '\u{2066}', '\u{9b}']);
    for c in all {
        let refused = desk.run(&["retitle", "1", &format!("a{c}b")]);
        let found = (refused.code, refused.err.contains(c));
        assert_eq!(found, (Some(2), false), "{c:?}: {}", refused.err);
        let code = format!("U+{:04X}", u32::from(c));
        assert!(refused.err.contains(&code), "{code}: {}", refused.err);
    }
    for title in BELONG {
        desk.done(&["retitle", "1", title]);
        let shown = desk.done(&["show", "1"]);
        assert!(shown.contains(title), "{shown}");
    }
    let old = format!("old{HIDDEN}title");
    retitle_as_before(&desk, &old).await;
    assert_eq!(desk.json(&["show", "1"])["title"], old);
    let replaced = format!("old{}title", "\u{fffd}".repeat(HIDDEN.chars().count()));
    for command in ["list", "show", "tree", "why", "history", "context"] {
        let item = ["1"].into_iter().filter(|_| command != "list");
        let words: Vec<_> = std::iter::once(command).chain(item).collect();
        let out = desk.done(&words);
        assert!(out.contains(&replaced), "{command}: {out}");
    }
}

#[test]
fn the_name_of_an_actor_has_no_hidden_character() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    for c in HIDDEN.chars().chain(['\u{200d}', '\u{202e}', '\u{fe0f}']) {
        let name = format!("agent:a{c}b");
        for words in [
            &["note", "1", "n", "--actor", &name][..],
            &["assign", "1", &name],
        ] {
            let (code, error) = desk.refused(words);
            let message = error["message"].as_str().unwrap();
            assert_eq!((code, &error["kind"]), (2, &"usage".into()), "{c:?}");
            let says = format!("hidden character U+{:04X} at byte 1", u32::from(c));
            assert!(message.contains(&says), "{message}");
            assert!(!message.contains(c), "{message}");
        }
        for variable in ["ANNALS_ACTOR", "USER"] {
            let mut command = desk.command(&["note", "1", "n"]);
            let output = command.env(variable, format!("a{c}b")).output().unwrap();
            let message = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{c:?} {variable}");
            assert!(message.contains("hidden character"), "{message}");
        }
    }
    desk.done(&["assign", "1", BELONG[0]]);
    assert_eq!(desk.json(&["show", "1"])["version"], 2);
}

#[test]
fn hidden_characters_reach_programs_as_escapes_and_readers_not_at_all() {
    let desk = Desk::new();
    let hidden = [
        '\u{7f}', '\u{1b}', '\u{9b}', '\u{202e}', '\u{2028}', '\u{200b}',
    ];
    let text: String = hidden.iter().map(|c| format!("one {c} two ")).collect();
    desk.done(&["add", "Listen", "--description", &text]);
    desk.done(&["add", "Parent of texts", "--description", "plain"]);
    desk.done(&["note", "WORK-001", &text]);
    desk.done(&["cancel", "WORK-002", "--reason", &text]);
    for words in [
        &["history", "WORK-001"][..],
        &["events"],
        &["show", "WORK-001"],
        &["list"],
        &["why", "WORK-002"],
        &["diff", "WORK-002", "--from", "1"],
        &["tree"],
    ] {
        for format in ["json", "toon", "human"] {
            let run = desk.run(&[words, &["--format", format]].concat());
            assert_eq!(run.code, Some(0), "{run:?}");
            assert!(!run.out.contains(hidden), "{words:?} {format}: {}", run.out);
        }
    }
    assert_eq!(desk.json(&["show", "WORK-001"])["description"], text);
    assert_eq!(desk.toon(&["show", "WORK-001"])["description"], text);
    let events = desk.done(&["history", "WORK-001", "--format", "toon"]);
    let restored = event_tables::from_toon(&events).unwrap();
    let note: Value = serde_json::from_slice(&restored[1].payload).unwrap();
    assert_eq!(note["text"], text.trim());
    for format in ["human", "json", "toon"] {
        let words = ["context", "WORK-002", "--format", format];
        let context = desk.done(&words);
        assert!(context.contains("one \u{fffd} two"), "{context}");
        assert!(!context.contains("202e"), "{context}");
    }
}

#[test]
fn the_filter_and_its_files_keep_hidden_characters() {
    let desk = Desk::new();
    let toon = encode(&desk, "[\"\u{202e}\",\"\u{7f}\"]");
    assert_eq!(toon, "[2]: \u{202e},\u{7f}\n");
    assert_eq!(decode(&desk, &toon), "[\"\u{202e}\",\"\u{7f}\"]\n");
}
