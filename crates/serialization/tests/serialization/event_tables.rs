//! Event tables without loss: the restored events, the form of the text, and refused documents.

use proptest::prelude::*;
use serialization::event_tables::{EventView, Form, RestoreError, from_toon, render_lossless};
use serialization::tokens::TokenCounter;
use shared_kernel::event::{ActorKind, CorrelationId};
use shared_kernel::{Actor, GlobalPosition, RecordedEvent};

use crate::event_tables_events::{events, lamp, lamps};

/// A counter that makes JSON expensive, so that every text that can be tables is tables.
struct DearJson;

impl TokenCounter for DearJson {
    fn name(&self) -> &'static str {
        "dear-json"
    }

    fn count(&self, text: &str) -> usize {
        if text.starts_with(['[', '{']) {
            usize::MAX
        } else {
            text.len()
        }
    }
}

/// A counter that makes tables expensive.
struct DearTables;

impl TokenCounter for DearTables {
    fn name(&self) -> &'static str {
        "dear-tables"
    }

    fn count(&self, text: &str) -> usize {
        usize::from(text.starts_with("event_log"))
    }
}

fn tables(events: &[RecordedEvent]) -> String {
    let rendered = render_lossless(events, Some(&DearJson)).unwrap();
    assert_eq!(rendered.form, Form::Toon);
    rendered.text
}

fn cell_of<'a>(text: &'a str, row: &str) -> Vec<&'a str> {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with(row));
    line.unwrap_or_else(|| panic!("no row {row} in\n{text}"))
        .split(',')
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_events_round_trip_through_tables(events in events(24)) {
        let text = tables(&events);
        let back = from_toon(&text);
        prop_assert!(back.is_ok(), "{:?}\n{}", back, text);
        prop_assert_eq!(&back.unwrap(), &events, "{}", text);
        prop_assert_eq!(tables(&events), text);
    }

    #[test]
    fn any_events_round_trip_through_json(events in events(12)) {
        let rendered = render_lossless(&events, Some(&DearTables)).unwrap();
        prop_assert_eq!(rendered.form, Form::Json);
        prop_assert_eq!(from_toon(&rendered.text).unwrap(), events);
    }

    #[test]
    fn any_changed_document_is_read_or_refused(
        events in events(6),
        at in any::<prop::sample::Index>(),
        with in any::<char>(),
    ) {
        let text = tables(&events);
        let place = at.index(text.chars().count());
        let changed = text.chars().enumerate().map(|(n, c)| if n == place { with } else { c });
        // A changed document may be read or refused. The law is that this neither panics nor hangs.
        let _ = from_toon(&changed.collect::<String>());
    }
}

#[test]
fn each_type_has_a_table_and_each_row_its_position() {
    let text = tables(&lamps(30));
    assert!(text.starts_with("event_log: lossless 1\n"), "{text}");
    assert!(text.contains("\n  LampDimmed:\n"), "{text}");
    assert!(text.contains("\n  LampMoved:\n"), "{text}");
    assert_eq!(cell_of(&text, "30,")[0], "30");
}

#[test]
fn values_shared_by_all_rows_are_written_once() {
    let text = tables(&lamps(30));
    let head = &text[..text.find("\nevents:").unwrap()];
    assert!(head.contains("\n  schema_version: 1"), "{text}");
    assert!(head.contains("\n  stream: 1"), "{text}");
    assert_eq!(
        text.matches("unit").count(),
        2,
        "in always and in order: {text}"
    );
    assert_eq!(text.matches("lamp-7001001").count(), 1, "{text}");
    assert_eq!(from_toon(&text).unwrap(), lamps(30));
}

#[test]
fn lists_absent_keys_and_nulls_are_distinguished() {
    let events = [
        lamp(1, "E", r#"{"a":[],"b":null}"#),
        lamp(2, "E", r#"{"a":["x","y z"]}"#),
        lamp(3, "E", r#"{"b":{"c":[[1]]}}"#),
        lamp(4, "E", "{}"),
    ];
    let text = tables(&events);
    assert!(text.contains("payload{a,b}"), "{text}");
    let rows: Vec<Vec<&str>> = (1..=4)
        .map(|n| cell_of(&text, &format!("{n},{n},")))
        .collect();
    assert_eq!(rows[0][4..], ["*", "null"], "{text}");
    assert_eq!(rows[1][4..], ["*x|y z", "~"], "{text}");
    assert_eq!(rows[3][4..], ["~", "~"], "{text}");
    assert_eq!(from_toon(&text).unwrap(), events);
}

#[test]
fn nested_objects_are_groups() {
    let events = [
        lamp(1, "E", r#"{"at":{"room":"a","place":{"x":1,"y":2}}}"#),
        lamp(2, "E", r#"{"at":{"room":"b","place":{"x":3}}}"#),
        lamp(3, "E", r#"{}"#),
    ];
    let text = tables(&events);
    assert!(text.contains("payload{at{room,place{x,y}}}"), "{text}");
    assert_eq!(from_toon(&text).unwrap(), events);
}

#[test]
fn payloads_that_columns_cannot_reproduce_are_kept_whole() {
    let mut binary = lamp(5, "E", "");
    binary.payload = vec![0, 0xff].into();
    let events = [
        lamp(1, "E", r#"{"a":1,"b":2}"#),
        lamp(2, "E", r#"{"a":1.50}"#),
        lamp(3, "E", r#"{"b":1,"a":2}"#),
        lamp(4, "E", "not json\n"),
        binary,
        lamp(6, "E", "null"),
    ];
    let text = tables(&events);
    assert!(text.contains("\ntexts:\n"), "{text}");
    assert!(text.contains("\nbinary:\n"), "{text}");
    assert!(text.contains("00ff"), "{text}");
    assert_eq!(from_toon(&text).unwrap(), events);
    let json = render_lossless(&events, Some(&DearTables)).unwrap();
    assert_eq!(json.form, Form::Json);
    assert_eq!(from_toon(&json.text).unwrap(), events);
}

#[test]
fn two_events_of_one_command_name_it_once() {
    let mut events = lamps(20);
    let command = "018bcfe5-687b-7abc-8def-0123456789ab";
    for event in &mut events[3..6] {
        event.metadata.correlation = Some(CorrelationId::new(command).unwrap());
        event.metadata = event.metadata.clone().with_causation(events_id());
    }
    let text = tables(&events);
    assert_eq!(text.matches("^4").count(), 4, "{text}");
    assert!(!text.contains(command), "{text}");
    assert_eq!(from_toon(&text).unwrap(), events);
}

fn events_id() -> shared_kernel::event::CausationId {
    shared_kernel::event::CausationId::new("caused by the nightly import").unwrap()
}

#[test]
fn a_name_of_two_kinds_says_its_kind_each_time() {
    let mut events = lamps(4);
    events[0].metadata.actor = Some(Actor::new(ActorKind::Agent, "ada").unwrap());
    let text = tables(&events);
    assert!(text.contains(",agent ada"), "{text}");
    assert!(
        text.contains(",person ada") || text.contains(",person grace"),
        "{text}"
    );
    assert!(!text.contains("\nactors:"), "{text}");
    assert_eq!(from_toon(&text).unwrap(), events);
}

#[test]
fn a_handful_of_events_is_json() {
    for count in 0..2 {
        let events = lamps(count);
        let rendered = render_lossless(&events, None).unwrap();
        assert_eq!(rendered.form, Form::Json);
        assert_eq!(rendered.tokens, None);
        assert!(rendered.dropped.is_empty());
        assert_eq!(from_toon(&rendered.text).unwrap(), events);
    }
    assert_eq!(render_lossless(&[], None).unwrap().text, "[]");
}

#[test]
fn events_out_of_order_are_json_and_keep_their_order() {
    let mut events = lamps(40);
    events.reverse();
    let rendered = render_lossless(&events, None).unwrap();
    assert_eq!(rendered.form, Form::Json);
    assert_eq!(from_toon(&rendered.text).unwrap(), events);
    let twice = [lamps(1), lamps(1)].concat();
    assert_eq!(
        from_toon(&render_lossless(&twice, Some(&DearJson)).unwrap().text).unwrap(),
        twice
    );
}

#[test]
fn keys_that_differ_in_every_event_make_no_wide_table() {
    let events: Vec<RecordedEvent> = (1..=2_000)
        .map(|n| lamp(n, "E", format!(r#"{{"key{n}":1,"nested":{{"k{n}":1}}}}"#)))
        .collect();
    let text = tables(&events);
    assert!(text.len() < 400_000, "{} bytes", text.len());
    assert_eq!(from_toon(&text).unwrap(), events);
}

#[test]
fn a_view_is_refused() {
    let view = EventView::new().with_counter(&DearJson);
    let rendered = view.render(&lamps(30)).unwrap();
    assert!(matches!(from_toon(&rendered.text), Err(RestoreError::View)));
    let json = EventView::new().render(&lamps(1)).unwrap();
    assert_eq!(json.form, Form::Json);
    assert!(matches!(from_toon(&json.text), Err(RestoreError::View)));
}

#[test]
fn other_documents_are_refused() {
    let refused = |text: &str| from_toon(text).unwrap_err();
    assert!(matches!(refused("a: 1"), RestoreError::NotAnEventLog));
    assert!(matches!(refused(""), RestoreError::NotAnEventLog));
    assert!(
        matches!(refused("event_log: lossless 2"), RestoreError::UnknownFormat { found } if found == "lossless 2")
    );
    assert!(matches!(refused("event_log: \"x"), RestoreError::Toon(_)));
    assert!(matches!(refused("[1]"), RestoreError::Json(_)));
    for array in [
        "[1]: 1",
        "\n[2|]: 1|2",
        "[1]{event_log}:\n  a",
        "[1]:\n  - event_log: a",
    ] {
        assert!(
            matches!(refused(array), RestoreError::NotAnEventLog),
            "{array}"
        );
    }
    assert!(matches!(refused("[2]: 1"), RestoreError::Toon(_)));
    assert!(matches!(
        refused("event_log: lossless 1"),
        RestoreError::DocumentKey { key: "since" }
    ));
}

#[test]
fn a_changed_document_is_refused_with_the_position() {
    let text = tables(&lamps(12));
    let refused = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is not in\n{text}");
        from_toon(&changed).unwrap_err()
    };
    assert!(matches!(
        refused("1,lamp-7001001", "2,lamp-7001001"),
        RestoreError::DocumentKey { key: "streams" }
    ));
    assert!(matches!(
        refused("person[2]", "robot[2]"),
        RestoreError::DocumentKey { key: "actors" }
    ));
    assert!(
        matches!(refused("\n      2,", "\n      1,"), RestoreError::RepeatedPosition { position } if position == GlobalPosition::FIRST)
    );
    assert!(matches!(
        refused("\n  stream: 1", "\n  stream: 2"),
        RestoreError::Cell {
            column: "stream",
            row: 1,
            ..
        }
    ));
    assert!(matches!(
        refused("schema_version: 1", "schema_version: 0"),
        RestoreError::Cell {
            column: "schema_version",
            ..
        }
    ));
    assert!(
        matches!(refused("*a|b3", "$7"), RestoreError::Cell { column: "payload", row: 1, event_type } if event_type == "LampMoved")
    );
    assert!(matches!(
        refused(",ada,", ",eve,"),
        RestoreError::Cell {
            column: "actor",
            ..
        }
    ));
    assert!(matches!(
        refused("    rows[", "    lines["),
        RestoreError::Table { .. }
    ));
}
