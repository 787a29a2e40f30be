//! Scenarios: differences between two states of an item.

use jiff::SignedDuration;
use work_item::{
    BlockerGraph, DependencyKind, Field, FieldChange, FieldValue, NewWorkItem, Parent, Priority,
    RiskTier, Status, TestRatio, TestRun, WorkItem, WorkItemType,
};

use crate::given::{
    Item, at, blocked_by, coverage, enough, id, nobody, note, reason, task, title, who,
    with_statuses, with_subtask,
};

fn text(text: &str) -> Option<FieldValue> {
    Some(FieldValue::Text(text.to_owned()))
}

fn list(values: &[&str]) -> Option<FieldValue> {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Some(FieldValue::List(values))
}

fn count(count: u64) -> Option<FieldValue> {
    Some(FieldValue::Count(count))
}

fn change(field: Field, from: Option<FieldValue>, to: Option<FieldValue>) -> FieldChange {
    FieldChange { field, from, to }
}

fn story_in_epic() -> Item {
    let new = task().with_type(WorkItemType::Task);
    let parent = Parent {
        id: id(9),
        item_type: WorkItemType::Story,
        status: Status::Pending,
    };
    Item::new_in(new, Some(parent))
}

/// An item with a value in every optional field.
fn full() -> Item {
    story_in_epic()
        .after(|item| item.retitle(title("y")))
        .after(|item| item.describe(Some("z".parse().unwrap())))
        .after(|item| item.change_priority(Priority::High))
        .after(|item| item.assign(who("ada")))
        .after(|item| item.start(None, at(60)))
        .after(|item| item.record_test_run(enough()))
        .after(|item| item.approve(who("linus"), &nobody()))
        .after(|item| item.approve(who("grace"), &nobody()))
        .after(with_subtask(2))
        .after(blocked_by(3))
        .after(blocked_by(4))
        .after(|item| item.add_dependency(id(5), DependencyKind::Relates, &BlockerGraph::new()))
        .after(|item| item.note(note("n")))
        .after(|item| {
            let around = with_statuses([2, 3, 4].map(|number| (number, Status::Done)));
            item.complete(Some(reason("it works")), &around, &nobody(), at(150))
        })
}

#[test]
fn a_state_does_not_differ_from_itself() {
    for item in [Item::new(task()), full()] {
        assert_eq!(item.state.changes_to(&item.state), []);
    }
}

#[test]
fn every_changed_field_is_listed_with_its_old_and_new_value() {
    let (before, after) = (story_in_epic().state, full().state);
    let changes = vec![
        change(Field::Title, text("Keep the log"), text("y")),
        change(Field::Status, text("pending"), text("done")),
        change(Field::Priority, text("medium"), text("high")),
        change(Field::Description, None, text("z")),
        change(Field::Assignee, None, text("ada")),
        change(Field::StartedAt, None, Some(FieldValue::Time(at(60)))),
        change(
            Field::Coverage,
            None,
            Some(FieldValue::Coverage(coverage(95.5))),
        ),
        change(Field::PositiveTests, None, count(6)),
        change(Field::NegativeTests, None, count(3)),
        change(Field::EdgeCaseTests, None, count(1)),
        change(
            Field::EvidenceFiles,
            None,
            list(&[
                "coverage.info (99 bytes, SHA-256 0f0f0f0f0f0f…)",
                "tests.xml (99 bytes, SHA-256 0f0f0f0f0f0f…)",
            ]),
        ),
        change(Field::Approvers, None, list(&["grace", "linus"])),
        change(
            Field::CycleTime,
            None,
            Some(FieldValue::Duration(SignedDuration::from_secs(90))),
        ),
        change(Field::Resolution, None, text("it works")),
        change(Field::Children, None, list(&["WORK-002"])),
        change(Field::Blockers, None, list(&["WORK-003", "WORK-004"])),
        change(Field::Related, None, list(&["WORK-005"])),
        change(Field::Notes, count(0), count(1)),
    ];
    assert_eq!(before.changes_to(&after), changes);

    // In the other direction every change is reversed.
    let undone: Vec<_> = changes
        .into_iter()
        .map(|FieldChange { field, from, to }| change(field, to, from))
        .collect();
    assert_eq!(after.changes_to(&before), undone);
}

#[test]
fn fields_that_are_constant_in_one_item_are_compared_too() {
    let another = NewWorkItem::new(title("Keep the log"))
        .with_type(WorkItemType::Spike)
        .with_risk_tier(RiskTier::T4);
    let created = WorkItem::create(id(1), another, None, at(5)).unwrap();
    let another = <WorkItem as shared_kernel::Aggregate>::create(&created).unwrap();
    let time = |seconds| Some(FieldValue::Time(at(seconds)));
    assert_eq!(
        story_in_epic().state.changes_to(&another),
        [
            change(Field::ItemType, text("task"), text("spike")),
            change(Field::RiskTier, text("T1"), text("T4")),
            change(Field::Parent, text("WORK-009"), None),
            change(Field::CreatedAt, time(0), time(5)),
        ]
    );
}

#[test]
fn the_reason_and_unmeasured_values_are_separate_fields() {
    let before = Item::new(task())
        .after(|item| item.start(None, at(1)))
        .after(|item| item.record_test_run(enough()));
    let after = before
        .clone()
        .after(|item| item.block(reason("waits"), at(2)))
        .after(|item| {
            let ratio = TestRatio::new(6, 0, 2).unwrap();
            item.record_test_run(TestRun::new().with_ratio(ratio))
        });
    let measured = Some(FieldValue::Coverage(coverage(95.5)));
    assert_eq!(
        before.state.changes_to(&after.state),
        [
            change(Field::Status, text("in_progress"), text("blocked")),
            change(Field::StatusReason, None, text("waits")),
            change(Field::Coverage, measured, None),
            change(Field::NegativeTests, count(3), count(0)),
            change(Field::EdgeCaseTests, count(1), count(2)),
            change(
                Field::EvidenceFiles,
                before.state.field(Field::EvidenceFiles),
                None
            ),
        ]
    );
}

#[test]
fn the_names_of_the_fields_do_not_change() {
    let names: Vec<_> = Field::ALL.iter().map(|field| field.as_str()).collect();
    assert_eq!(
        names,
        [
            "title",
            "type",
            "status",
            "status_reason",
            "priority",
            "risk_tier",
            "description",
            "parent",
            "assignee",
            "claimed_by",
            "claimed_until",
            "claim_term",
            "created_at",
            "started_at",
            "coverage_percent",
            "positive",
            "negative",
            "edge_case",
            "evidence_files",
            "approvers",
            "cycle_time",
            "resolution",
            "children",
            "blockers",
            "related",
            "notes",
        ]
    );
}

#[test]
fn values_are_bare_in_serialized_data_and_readable_as_text() {
    for (value, json, shown) in [
        (FieldValue::Text("a b".into()), r#""a b""#, "a b"),
        (FieldValue::Count(7), "7", "7"),
        (FieldValue::Coverage(coverage(92.5)), "92.5", "92.50 %"),
        (
            FieldValue::Time(at(60)),
            r#""2026-01-09T10:01:00Z""#,
            "2026-01-09T10:01:00Z",
        ),
        (
            FieldValue::Duration(SignedDuration::from_secs(90)),
            r#""PT1M30S""#,
            "1m 30s",
        ),
        (
            FieldValue::List(vec!["WORK-002".into(), "WORK-003".into()]),
            r#"["WORK-002","WORK-003"]"#,
            "WORK-002, WORK-003",
        ),
    ] {
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(value.to_string(), shown);
    }
    let change = change(Field::Assignee, None, text("ada"));
    let json = r#"{"field":"assignee","from":null,"to":"ada"}"#;
    assert_eq!(serde_json::to_string(&change).unwrap(), json);
}
