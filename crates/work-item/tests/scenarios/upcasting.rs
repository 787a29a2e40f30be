//! The stored bytes of events in older schemas, and the result of upcasting them. These bytes are
//! never changed, because stores hold them.

use serde_json::Value;
use shared_kernel::DomainEvent;
use work_item::{Status, Transition, WorkItemEvent};

use crate::given::{at, reason};

/// Payloads of `StatusChanged` in schema 1 as they were written, and as schema 2 has them.
const STATUS_CHANGED_1: &[(&str, &str)] = &[
    (
        r#"{"from":"pending","to":"in_progress","at":"2026-01-09T10:01:00Z"}"#,
        r#"{"by":"start","from":"pending","to":"in_progress","at":"2026-01-09T10:01:00Z"}"#,
    ),
    (
        r#"{"from":"in_progress","to":"blocked","reason":"waits","at":"2026-01-09T10:01:00Z"}"#,
        r#"{"by":"block","from":"in_progress","to":"blocked","reason":"waits","at":"2026-01-09T10:01:00Z"}"#,
    ),
    (
        r#"{"from":"blocked","to":"in_progress","at":"2026-01-09T10:00:00.000001Z"}"#,
        r#"{"by":"unblock","from":"blocked","to":"in_progress","at":"2026-01-09T10:00:00.000001Z"}"#,
    ),
    (
        r#"{"from":"in_progress","to":"done","at":"2026-01-09T10:01:00Z"}"#,
        r#"{"by":"complete","from":"in_progress","to":"done","at":"2026-01-09T10:01:00Z"}"#,
    ),
    (
        r#"{"from":"pending","to":"cancelled","reason":"no use","at":"2026-01-09T10:01:00Z"}"#,
        r#"{"by":"cancel","from":"pending","to":"cancelled","reason":"no use","at":"2026-01-09T10:01:00Z"}"#,
    ),
    (
        r#"{"from":"in_progress","to":"cancelled","reason":"no use","at":"2026-01-09T10:01:00Z"}"#,
        r#"{"by":"cancel","from":"in_progress","to":"cancelled","reason":"no use","at":"2026-01-09T10:01:00Z"}"#,
    ),
    (
        r#"{"from":"blocked","to":"cancelled","reason":"a\nb","at":"2026-01-09T10:01:00Z"}"#,
        r#"{"by":"cancel","from":"blocked","to":"cancelled","reason":"a\nb","at":"2026-01-09T10:01:00Z"}"#,
    ),
    (
        r#"{"from":"done","to":"in_progress","reason":"broke","at":"2026-01-09T10:01:00Z"}"#,
        r#"{"by":"reopen","from":"done","to":"in_progress","reason":"broke","at":"2026-01-09T10:01:00Z"}"#,
    ),
];

fn upgraded(old: &str) -> Result<String, serde_json::Error> {
    let [upcaster] = WorkItemEvent::UPCASTERS else {
        panic!("there is one step so far");
    };
    assert_eq!((upcaster.event_type, upcaster.from), ("StatusChanged", 1));
    let new = upcaster.upgrade(&mut serde_json::Deserializer::from_str(old))?;
    serde_json::to_string(&new)
}

#[test]
fn a_transition_recorded_without_its_name_gets_it() {
    for (old, new) in STATUS_CHANGED_1 {
        assert_eq!(upgraded(old).unwrap(), *new);
        let tagged = format!(r#"{{"StatusChanged":{new}}}"#);
        let event: WorkItemEvent = serde_json::from_str(&tagged).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), tagged);
    }
}

#[test]
fn an_upgraded_payload_is_read_as_the_event() {
    let (_, new) = STATUS_CHANGED_1[1];
    let event: WorkItemEvent =
        serde_json::from_str(&format!(r#"{{"StatusChanged":{new}}}"#)).unwrap();
    let expected = WorkItemEvent::StatusChanged {
        by: Transition::Block,
        from: Status::InProgress,
        to: Status::Blocked,
        reason: Some(reason("waits")),
        at: at(60),
    };
    assert_eq!(event, expected);
}

#[test]
fn each_upgrade_reaches_the_current_schema() {
    for upcaster in WorkItemEvent::UPCASTERS {
        let mut types = WorkItemEvent::TYPES.iter();
        let present = types.find(|present| present.name == upcaster.event_type);
        assert!(present.is_some_and(|present| upcaster.from < present.schema_version));
    }
    // Every schema before the present one has its step.
    let older = WorkItemEvent::TYPES
        .iter()
        .map(|present| present.schema_version - 1);
    let older: u32 = older.sum();
    assert_eq!(
        WorkItemEvent::UPCASTERS.len(),
        usize::try_from(older).unwrap()
    );
}

#[test]
fn an_impossible_transition_is_an_error() {
    for (old, expected) in [
        (
            r#"{"from":"pending","to":"done","at":"2026-01-09T10:01:00Z"}"#,
            "no transition leads from pending to done",
        ),
        (
            r#"{"from":"done","to":"done","at":"2026-01-09T10:01:00Z"}"#,
            "no transition leads from done to done",
        ),
    ] {
        assert_eq!(upgraded(old).unwrap_err().to_string(), expected);
    }
    for damaged in [
        "{}",
        "[]",
        r#"{"from":"pending","to":"in_progress"}"#,
        r#"{"from":"pending","to":"finished","at":"2026-01-09T10:01:00Z"}"#,
        r#"{"from":"pending","to":"cancelled","reason":"","at":"2026-01-09T10:01:00Z"}"#,
    ] {
        assert!(upgraded(damaged).is_err(), "{damaged}");
    }
}

#[test]
fn an_upgraded_payload_equals_the_new_json_value() {
    let (old, new) = STATUS_CHANGED_1[0];
    let value: Value = serde_json::from_str(old).unwrap();
    let upgraded = WorkItemEvent::UPCASTERS[0].upgrade(value).unwrap();
    let expected: Value = serde_json::from_str(new).unwrap();
    assert_eq!(serde_json::to_value(upgraded).unwrap(), expected);
}
