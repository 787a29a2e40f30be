//! The stored bytes of events and states. These files are never changed, because stores hold such
//! bytes.

use jiff::SignedDuration;
use serde_json::Value;
use shared_kernel::event::ActorKind;
use shared_kernel::{Aggregate, DomainEvent};
use work_item::{
    BlockerGraph, Coverage, DependencyKind, Priority, RiskTier, Status, TestRun, Transition,
    WorkItem, WorkItemEvent, WorkItemType,
};

use crate::given::{
    Item, at, blocked_by, enough, id, name, nobody, note, reason, task, title, who, with_statuses,
    with_subtask,
};

fn golden() -> Vec<(WorkItemEvent, &'static str)> {
    vec![
        (
            WorkItemEvent::WorkItemCreated {
                id: id(1),
                title: title("Keep the log"),
                item_type: WorkItemType::Task,
                priority: Priority::Medium,
                risk_tier: RiskTier::T1,
                description: None,
                parent: None,
                aliases: Vec::new(),
                at: at(0),
            },
            r#"{"WorkItemCreated":{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Keep the log","item_type":"task","priority":"medium","risk_tier":"T1","at":"2026-01-09T10:00:00Z"}}"#,
        ),
        (
            WorkItemEvent::WorkItemCreated {
                id: id(1234),
                title: title("Ä 🦀"),
                item_type: WorkItemType::Story,
                priority: Priority::Critical,
                risk_tier: RiskTier::T4,
                description: Some("two\nlines".parse().unwrap()),
                parent: Some(id(2)),
                aliases: vec!["bd-a1b2".parse().unwrap()],
                at: at(0) + SignedDuration::from_micros(1),
            },
            r#"{"WorkItemCreated":{"id":{"snowflake":"8234","number":"WORK-1234"},"title":"Ä 🦀","item_type":"story","priority":"critical","risk_tier":"T4","description":"two\nlines","parent":{"snowflake":"7002","number":"WORK-002"},"aliases":["bd-a1b2"],"at":"2026-01-09T10:00:00.000001Z"}}"#,
        ),
        (
            WorkItemEvent::StatusChanged {
                by: Transition::Block,
                from: Status::InProgress,
                to: Status::Blocked,
                reason: Some(reason("waits")),
                at: at(60),
            },
            r#"{"StatusChanged":{"by":"block","from":"in_progress","to":"blocked","reason":"waits","at":"2026-01-09T10:01:00Z"}}"#,
        ),
        (
            WorkItemEvent::StatusChanged {
                by: Transition::Start,
                from: Status::Pending,
                to: Status::InProgress,
                reason: None,
                at: at(60),
            },
            r#"{"StatusChanged":{"by":"start","from":"pending","to":"in_progress","at":"2026-01-09T10:01:00Z"}}"#,
        ),
        (
            WorkItemEvent::TestSuiteExecuted {
                coverage: Some(Coverage::from_percent(87.5).unwrap()),
                positive: 6,
                negative: 3,
                edge_case: 1,
                files: Vec::new(),
            },
            r#"{"TestSuiteExecuted":{"coverage":87.5,"positive":6,"negative":3,"edge_case":1}}"#,
        ),
        (
            WorkItemEvent::TestSuiteExecuted {
                coverage: None,
                positive: 1,
                negative: 0,
                edge_case: 0,
                files: Vec::new(),
            },
            r#"{"TestSuiteExecuted":{"positive":1,"negative":0,"edge_case":0}}"#,
        ),
        (
            WorkItemEvent::TestSuiteExecuted {
                coverage: enough().coverage,
                positive: 6,
                negative: 3,
                edge_case: 1,
                files: enough().files,
            },
            r#"{"TestSuiteExecuted":{"coverage":95.5,"positive":6,"negative":3,"edge_case":1,"files":[{"name":"coverage.info","size":99,"sha256":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","counts":{"lines":{"covered":955,"total":1000}}},{"name":"tests.xml","size":99,"sha256":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","counts":{"tests":{"positive":6,"negative":3,"edge_case":1,"skipped":0}}}]}}"#,
        ),
        (
            WorkItemEvent::CompletionApproved {
                approver: name("grace"),
                kind: None,
            },
            r#"{"CompletionApproved":{"approver":"grace"}}"#,
        ),
        (
            WorkItemEvent::CompletionApproved {
                approver: name("grace"),
                kind: Some(ActorKind::Person),
            },
            r#"{"CompletionApproved":{"approver":"grace","kind":"person"}}"#,
        ),
        (
            WorkItemEvent::WorkItemCompleted {
                cycle_time: SignedDuration::from_secs(5400),
                resolution: Some(reason("it works")),
            },
            r#"{"WorkItemCompleted":{"cycle_time":"PT1H30M","resolution":"it works"}}"#,
        ),
        (
            WorkItemEvent::WorkItemCompleted {
                cycle_time: SignedDuration::ZERO,
                resolution: None,
            },
            r#"{"WorkItemCompleted":{"cycle_time":"PT0S"}}"#,
        ),
        (
            WorkItemEvent::WorkItemRetitled { title: title("x") },
            r#"{"WorkItemRetitled":{"title":"x"}}"#,
        ),
        (
            WorkItemEvent::WorkItemDescribed {
                description: Some("y".parse().unwrap()),
            },
            r#"{"WorkItemDescribed":{"description":"y"}}"#,
        ),
        (
            WorkItemEvent::WorkItemDescribed { description: None },
            r#"{"WorkItemDescribed":{}}"#,
        ),
        (
            WorkItemEvent::PriorityChanged {
                from: Priority::Low,
                to: Priority::High,
            },
            r#"{"PriorityChanged":{"from":"low","to":"high"}}"#,
        ),
        (
            WorkItemEvent::WorkItemAssigned {
                assignee: name("ada"),
                kind: None,
            },
            r#"{"WorkItemAssigned":{"assignee":"ada"}}"#,
        ),
        (
            WorkItemEvent::WorkItemAssigned {
                assignee: name("builder"),
                kind: Some(ActorKind::Agent),
            },
            r#"{"WorkItemAssigned":{"assignee":"builder","kind":"agent"}}"#,
        ),
        (
            WorkItemEvent::WorkItemUnassigned {
                assignee: name("ada"),
                kind: None,
            },
            r#"{"WorkItemUnassigned":{"assignee":"ada"}}"#,
        ),
        (
            WorkItemEvent::WorkItemUnassigned {
                assignee: name("import"),
                kind: Some(ActorKind::System),
            },
            r#"{"WorkItemUnassigned":{"assignee":"import","kind":"system"}}"#,
        ),
        (
            WorkItemEvent::WorkItemClaimed {
                claimant: name("builder"),
                kind: Some(ActorKind::Agent),
                term: 2,
                until: Some(at(900)),
                took_over: Some(who("agent:helper")),
                at: at(0),
            },
            r#"{"WorkItemClaimed":{"claimant":"builder","kind":"agent","term":2,"until":"2026-01-09T10:15:00Z","took_over":{"name":"helper","kind":"agent"},"at":"2026-01-09T10:00:00Z"}}"#,
        ),
        (
            WorkItemEvent::WorkItemClaimed {
                claimant: name("ada"),
                kind: None,
                term: 1,
                until: None,
                took_over: None,
                at: at(0),
            },
            r#"{"WorkItemClaimed":{"claimant":"ada","term":1,"at":"2026-01-09T10:00:00Z"}}"#,
        ),
        (
            WorkItemEvent::ClaimReleased {
                claimant: name("builder"),
                kind: Some(ActorKind::Agent),
                by: Some(who("person:ada")),
                at: at(0),
            },
            r#"{"ClaimReleased":{"claimant":"builder","kind":"agent","by":{"name":"ada","kind":"person"},"at":"2026-01-09T10:00:00Z"}}"#,
        ),
        (
            WorkItemEvent::ClaimReleased {
                claimant: name("ada"),
                kind: None,
                by: None,
                at: at(0),
            },
            r#"{"ClaimReleased":{"claimant":"ada","at":"2026-01-09T10:00:00Z"}}"#,
        ),
        (
            WorkItemEvent::ChildAdded { child: id(2) },
            r#"{"ChildAdded":{"child":{"snowflake":"7002","number":"WORK-002"}}}"#,
        ),
        (
            WorkItemEvent::DependencyAdded {
                on: id(3),
                kind: DependencyKind::Blocks,
            },
            r#"{"DependencyAdded":{"on":{"snowflake":"7003","number":"WORK-003"},"kind":"blocks"}}"#,
        ),
        (
            WorkItemEvent::DependencyRemoved {
                on: id(3),
                kind: DependencyKind::Relates,
            },
            r#"{"DependencyRemoved":{"on":{"snowflake":"7003","number":"WORK-003"},"kind":"relates"}}"#,
        ),
        (
            WorkItemEvent::NoteAdded {
                text: note("seen\ntwice"),
            },
            r#"{"NoteAdded":{"text":"seen\ntwice"}}"#,
        ),
    ]
}

#[test]
fn the_stored_format_of_events_does_not_change() {
    for (event, json) in golden() {
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
        assert_eq!(serde_json::from_str::<WorkItemEvent>(json).unwrap(), event);
    }
}

#[test]
fn event_types_are_the_names_of_the_variants_with_their_schemas() {
    let mut seen = Vec::new();
    for (event, json) in golden() {
        let written: Value = serde_json::from_str(json).unwrap();
        let tag = written.as_object().unwrap().keys().next().unwrap();
        assert_eq!(tag, event.event_type());
        seen.push(event.type_info());
    }
    seen.dedup();
    assert_eq!(seen, WorkItemEvent::TYPES);
}

#[test]
fn events_that_break_a_rule_are_refused_on_reading() {
    for json in [
        r#"{"WorkItemRetitled":{"title":""}}"#,
        r#"{"WorkItemRetitled":{"title":"a\nb"}}"#,
        r#"{"WorkItemAssigned":{"assignee":""}}"#,
        r#"{"WorkItemAssigned":{"assignee":"x","kind":"robot"}}"#,
        r#"{"PriorityChanged":{"from":"low","to":"urgent"}}"#,
        r#"{"PriorityChanged":{"from":"low","to":"High"}}"#,
        r#"{"StatusChanged":{"by":"complete","from":"pending","to":"finished","at":"2026-01-09T10:00:00Z"}}"#,
        r#"{"StatusChanged":{"by":"complete","from":"pending","to":"done"}}"#,
        r#"{"StatusChanged":{"by":"finish","from":"in_progress","to":"done","at":"2026-01-09T10:00:00Z"}}"#,
        r#"{"StatusChanged":{"from":"in_progress","to":"done","at":"2026-01-09T10:00:00Z"}}"#,
        r#"{"ChildAdded":{"child":"WORK-002"}}"#,
        r#"{"DependencyAdded":{"on":{"snowflake":"7003","number":"WORK-003"},"kind":"waits"}}"#,
        r#"{"DependencyAdded":{"on":{"snowflake":"7003","number":"WORK-003"}}}"#,
        r#"{"NoteAdded":{"text":" "}}"#,
        r#"{"TestSuiteExecuted":{"coverage":100.5,"positive":1,"negative":0,"edge_case":0}}"#,
        r#"{"TestSuiteExecuted":{"positive":-1,"negative":0,"edge_case":0}}"#,
        r#"{"TestSuiteExecuted":{"positive":1,"negative":0,"edge_case":0,"files":[{"name":"a","size":1,"sha256":"0f","counts":{"lines":{"covered":1,"total":1}}}]}}"#,
        r#"{"WorkItemBurnt":{}}"#,
    ] {
        assert!(
            serde_json::from_str::<WorkItemEvent>(json).is_err(),
            "{json}"
        );
    }
}

#[test]
fn the_stored_format_of_a_new_state_does_not_change() {
    let json = r#"{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Keep the log","item_type":"task","priority":"medium","risk_tier":"T1","status":"pending","created_at":"2026-01-09T10:00:00Z","children":[],"dependencies":[],"notes":0}"#;
    let state = Item::new(task()).state;
    assert_eq!(serde_json::to_string(&state).unwrap(), json);
    assert_eq!(serde_json::from_str::<WorkItem>(json).unwrap(), state);
}

#[test]
fn the_stored_format_of_a_full_state_does_not_change() {
    let json = r#"{"id":{"snowflake":"7001","number":"WORK-001"},"aliases":["bd-1"],"title":"Keep the log","item_type":"task","priority":"medium","risk_tier":"T1","description":"y","status":"done","assignee":{"name":"builder","kind":"agent"},"created_at":"2026-01-09T10:00:00Z","started_at":"2026-01-09T10:01:00Z","latest_test_run":{"coverage":95.5,"ratio":{"positive":6,"negative":3,"edge_case":1},"files":[{"name":"coverage.info","size":99,"sha256":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","counts":{"lines":{"covered":955,"total":1000}}},{"name":"tests.xml","size":99,"sha256":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","counts":{"tests":{"positive":6,"negative":3,"edge_case":1,"skipped":0}}}]},"approvers":[{"name":"grace"},{"name":"linus","kind":"person"}],"cycle_time":"PT1M","resolution":"it works","children":[{"snowflake":"7002","number":"WORK-002"}],"dependencies":[{"on":{"snowflake":"7003","number":"WORK-003"},"kind":"blocks"},{"on":{"snowflake":"7004","number":"WORK-004"},"kind":"relates"}],"notes":1}"#;
    let item = Item::new(
        task()
            .with_description("y".parse().unwrap())
            .with_alias("bd-1".parse().unwrap()),
    )
    .after(|item| item.assign(who("agent:builder")))
    .after(|item| item.start(None, at(60)))
    .after(|item| item.record_test_run(enough()))
    .after(|item| item.approve(who("person:linus"), &nobody()))
    .after(|item| item.approve(who("grace"), &nobody()))
    .after(with_subtask(2))
    .after(blocked_by(3))
    .after(|item| item.add_dependency(id(4), DependencyKind::Relates, &BlockerGraph::new()))
    .after(|item| item.note(note("seen")))
    .after(|item| {
        let around = [(2, Status::Done), (3, Status::Cancelled)];
        item.complete(
            Some(reason("it works")),
            &with_statuses(around),
            &nobody(),
            at(120),
        )
    });
    assert_eq!(serde_json::to_string(&item.state).unwrap(), json);
    assert_eq!(serde_json::from_str::<WorkItem>(json).unwrap(), item.state);
    assert_eq!(item.state.latest_test_run(), Some::<&TestRun>(&enough()));
}

#[test]
fn a_state_of_an_older_schema_is_refused() {
    // The content of snapshots of `work_item/1` and `work_item/2`. No load asks for them; were they
    // found, they would not be read.
    let first = r#"{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Keep the log","item_type":"task","priority":"medium","risk_tier":"T1","status":"pending","created_at":"2026-01-09T10:00:00Z"}"#;
    let second = r#"{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Keep the log","item_type":"task","priority":"medium","risk_tier":"T1","status":"pending","assignee":"ada","created_at":"2026-01-09T10:00:00Z","children":[],"dependencies":[],"notes":0}"#;
    for json in [first, second] {
        assert!(serde_json::from_str::<WorkItem>(json).is_err(), "{json}");
    }
    assert_eq!(WorkItem::STATE_SCHEMA, 5);
}
