//! The fingerprint of the state of a work item: a changed state needs a new `STATE_SCHEMA`.

use serialization::JsonStateCodec;
use work_item::{WorkItem, WorkItemEvent};

const FINGERPRINT: &str = include_str!("../golden/work_item.states");

/// Each event fills at least one field of the state.
const HISTORY: &[&str] = &[
    r#"{"WorkItemCreated":{"id":{"snowflake":"7001","number":"WORK-001"},"title":"Keep the log","item_type":"task","priority":"medium","risk_tier":"T4","description":"All of it","parent":{"snowflake":"7002","number":"WORK-002"},"aliases":["bd-a1b2"],"at":"2026-01-09T10:00:00Z"}}"#,
    r#"{"WorkItemRetitled":{"title":"Keep it"}}"#,
    r#"{"PriorityChanged":{"from":"medium","to":"high"}}"#,
    r#"{"WorkItemAssigned":{"assignee":"builder","kind":"agent"}}"#,
    r#"{"ChildAdded":{"child":{"snowflake":"7003","number":"WORK-003"}}}"#,
    r#"{"DependencyAdded":{"on":{"snowflake":"7004","number":"WORK-004"},"kind":"blocks"}}"#,
    r#"{"NoteAdded":{"text":"seen twice"}}"#,
    r#"{"StatusChanged":{"by":"start","from":"pending","to":"in_progress","at":"2026-01-09T10:01:00Z"}}"#,
    r#"{"TestSuiteExecuted":{"coverage":95.5,"positive":6,"negative":3,"edge_case":1,"files":[{"name":"coverage.info","size":99,"sha256":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","counts":{"lines":{"covered":955,"total":1000}}}]}}"#,
    r#"{"CompletionApproved":{"approver":"grace","kind":"person"}}"#,
    r#"{"StatusChanged":{"by":"complete","from":"in_progress","to":"done","at":"2026-01-09T10:02:00Z"}}"#,
    r#"{"WorkItemCompleted":{"cycle_time":"PT1M","resolution":"it works"}}"#,
    r#"{"StatusChanged":{"by":"reopen","from":"done","to":"in_progress","reason":"broke","at":"2026-01-09T10:03:00Z"}}"#,
    r#"{"WorkItemUnassigned":{"assignee":"builder","kind":"agent"}}"#,
    r#"{"WorkItemClaimed":{"claimant":"helper","kind":"agent","term":1,"until":"2026-01-09T10:20:00Z","at":"2026-01-09T10:05:00Z"}}"#,
    r#"{"WorkItemClaimed":{"claimant":"builder","kind":"agent","term":2,"until":"2026-01-09T10:35:00Z","took_over":{"name":"helper","kind":"agent"},"at":"2026-01-09T10:20:00Z"}}"#,
    r#"{"ClaimReleased":{"claimant":"builder","kind":"agent","by":{"name":"ada"},"at":"2026-01-09T10:21:00Z"}}"#,
    r#"{"DependencyRemoved":{"on":{"snowflake":"7004","number":"WORK-004"},"kind":"blocks"}}"#,
];

#[test]
fn a_changed_state_of_a_work_item_needs_a_new_schema() {
    let events = HISTORY.iter().map(|json| serde_json::from_str(json));
    let history: Vec<WorkItemEvent> = events.collect::<Result<_, _>>().unwrap();
    conformance::states::check::<WorkItem>(&JsonStateCodec::new(), &history, FINGERPRINT);
}
