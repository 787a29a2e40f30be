//! The import of items from another tracker.

use jiff::Timestamp;
use shared_kernel::{EventStore, StreamVersion};
use work_item::{Alias, Status, Transition, WorkItemEvent, WorkItemType};
use work_tracking::{
    FailureKind, ForeignItem, ForeignItems, ForeignState, ImportedItems, ItemRef, StatsQuery,
    WorkTracker,
};

use crate::fixture::{
    EPIC, STORY, SUBTASK, TASK, ada, anonymous, fixture, item, list_all, minutes_after_ten, note,
    number, reason, register, task, ten, tracker, who,
};

fn alias(text: &str) -> Alias {
    text.parse().unwrap()
}

/// An item of another tracker. The first byte of its hash is `hash`.
fn foreign(name: &str, hash: u8) -> ForeignItem {
    ForeignItem {
        alias: alias(name),
        new: task(&format!("The work of {name}")),
        parent: None,
        blockers: Vec::new(),
        related: Vec::new(),
        notes: Vec::new(),
        assignee: None,
        state: ForeignState::Pending,
        created_at: ten(),
        changed_at: minutes_after_ten(5),
        source: format!("{hash:02x}").repeat(32).parse().unwrap(),
    }
}

fn child(name: &str, parent: &str) -> ForeignItem {
    ForeignItem {
        parent: Some(alias(parent)),
        ..foreign(name, 1)
    }
}

async fn import(tracker: &WorkTracker, items: Vec<ForeignItem>) -> ImportedItems {
    let items = ForeignItems::new(items).unwrap();
    let [part] = items.parts()[..] else {
        panic!("one part")
    };
    tracker.import(part, &items, &ada()).await.unwrap()
}

async fn shown(tracker: &WorkTracker, name: &str) -> work_item::WorkItem {
    let item: ItemRef = name.parse().unwrap();
    tracker.show(item).await.unwrap().item
}

#[tokio::test]
async fn an_item_keeps_its_name_texts_links_times_and_state() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let mut epic = foreign("bd-1", 1);
    epic.new.item_type = EPIC;
    let mut story = child("bd-1.1", "bd-1");
    story.blockers = vec![alias("bd-2")];
    story.related = vec![alias("bd-2"), alias("bd-3")];
    story.notes = vec![note("first"), note("second")];
    story.assignee = Some(who("agent:builder"));
    story.state = ForeignState::InProgress;
    let third = ForeignItem {
        state: ForeignState::Blocked(reason("blocked in Beads")),
        ..foreign("bd-3", 1)
    };
    let imported = import(tracker, vec![story, third, foreign("bd-2", 1), epic]).await;
    let names: Vec<_> = imported
        .created
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["bd-3", "bd-2", "bd-1", "bd-1.1"]);
    assert_eq!(imported.left_out, []);

    let epic = shown(tracker, "bd-1").await;
    let story = shown(tracker, "BD-1.1").await;
    assert_eq!((epic.item_type(), story.item_type()), (EPIC, STORY));
    assert_eq!(
        (epic.children(), story.parent()),
        (&[story.id()][..], Some(epic.id()))
    );
    assert_eq!(story.aliases(), [alias("bd-1.1")]);
    assert_eq!(
        story.blockers().collect::<Vec<_>>(),
        [shown(tracker, "bd-2").await.id()]
    );
    assert_eq!(
        story.related().collect::<Vec<_>>(),
        [shown(tracker, "bd-3").await.id()]
    );
    assert_eq!((story.notes(), story.status()), (2, Status::InProgress));
    assert_eq!(story.assignee(), Some(&who("agent:builder")));
    assert_eq!(story.claim(), None);
    assert_eq!(story.created_at(), ten());
    assert_eq!(story.started_at(), Some(minutes_after_ten(5)));
    let third = shown(tracker, "bd-3").await;
    assert_eq!(third.status(), Status::Blocked);
    assert_eq!(third.status_reason(), Some(&reason("blocked in Beads")));
    assert_eq!(list_all(tracker).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_closed_item_is_done_without_evidence_and_the_history_says_where_from() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let done = ForeignItem {
        state: ForeignState::Done(reason("closed in Beads")),
        ..foreign("bd-1", 1)
    };
    let cancelled = ForeignItem {
        state: ForeignState::Cancelled(reason("duplicate")),
        blockers: vec![alias("bd-1")],
        ..foreign("bd-2", 1)
    };
    import(tracker, vec![done, cancelled]).await;
    let item = shown(tracker, "bd-1").await;
    assert_eq!(
        (item.status(), item.latest_test_run()),
        (Status::Done, None)
    );
    let why = tracker.why(item.id()).await.unwrap();
    let last = &why.chain.last().unwrap().event.event;
    let by = match last {
        WorkItemEvent::StatusChanged { by, .. } => *by,
        other => panic!("{other:?}"),
    };
    assert_eq!(by, Transition::CloseElsewhere);
    let item = shown(tracker, "bd-2").await;
    assert_eq!(
        (item.status(), item.blockers().count()),
        (Status::Cancelled, 1)
    );
    // It counts as done, and not as completed here.
    let bounds = vec![ten(), minutes_after_ten(60)];
    let stats = tracker.stats(&StatsQuery { bounds }, |_| {}).await.unwrap();
    let period = stats.periods[0];
    assert_eq!((period.scope, period.done, period.completed), (1, 1, 0));
    assert_eq!(stats.cycle_times, None);
    let reopened = tracker
        .reopen(alias_ref("bd-1"), reason("again"), &anonymous())
        .await;
    assert_eq!(reopened.unwrap().item.status(), Status::InProgress);
    let refused = tracker
        .complete(alias_ref("bd-1"), None, &anonymous())
        .await;
    assert_eq!(refused.unwrap_err().kind(), FailureKind::Refused);
}

fn alias_ref(name: &str) -> ItemRef {
    ItemRef::Alias(alias(name))
}

#[tokio::test]
async fn a_second_import_changes_nothing_and_names_the_changed_items() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    import(tracker, vec![foreign("bd-1", 1), foreign("bd-2", 1)]).await;
    let head = fixture.store.head().await.unwrap();
    let items = vec![foreign("bd-1", 1), foreign("bd-2", 2)];
    let again = import(tracker, items).await;
    assert_eq!(
        (again.created, again.unchanged),
        (Vec::new(), vec![alias("bd-1")])
    );
    assert_eq!(again.changed, [alias("bd-2")]);
    assert_eq!(fixture.store.head().await.unwrap(), head);

    // A grown file brings only its new items, and their links to the old ones.
    let mut third = foreign("bd-3", 1);
    third.blockers = vec![alias("bd-1")];
    let grown = import(
        tracker,
        vec![third, child("bd-1.1", "bd-1"), foreign("bd-1", 1)],
    )
    .await;
    assert_eq!((grown.created.len(), grown.unchanged.len()), (2, 1));
    let parent = shown(tracker, "bd-1").await;
    let below = shown(tracker, "bd-1.1").await;
    assert_eq!(
        (below.item_type(), parent.children()),
        (SUBTASK, &[below.id()][..])
    );
    assert_eq!(shown(tracker, "bd-3").await.blockers().count(), 1);
}

#[tokio::test]
async fn two_imports_at_once_import_each_item_once() {
    let fixture = fixture();
    let other = tracker(fixture.store.clone(), fixture.clock.clone(), 1);
    let items = || {
        (1..=20)
            .map(|n| foreign(&format!("bd-{n}"), 1))
            .collect::<Vec<_>>()
    };
    let (one, two) = tokio::join!(import(&fixture.tracker, items()), import(&other, items()));
    assert_eq!(one.created.len() + two.created.len(), 20);
    assert_eq!(list_all(&other).await.unwrap().len(), 20);
    let version = fixture.store.stream_version(&register()).await.unwrap();
    assert_eq!(version, StreamVersion::from(20));
}

#[tokio::test]
async fn links_that_have_no_place_here_are_left_out_and_named() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let mut deep = vec![foreign("bd-1", 1)];
    deep[0].new.item_type = EPIC;
    for level in 2..=5 {
        deep.push(child(&format!("bd-{level}"), &format!("bd-{}", level - 1)));
    }
    deep.push(ForeignItem {
        blockers: vec![alias("gone-1")],
        ..foreign("bd-6", 1)
    });
    let imported = import(tracker, deep).await;
    let left: Vec<_> = imported
        .left_out
        .iter()
        .map(|left| (left.from.as_str(), left.to.as_str()))
        .collect();
    assert_eq!(left, [("bd-5", "bd-4"), ("bd-6", "gone-1")]);
    let fifth = shown(tracker, "bd-5").await;
    let fourth = shown(tracker, "bd-4").await;
    assert_eq!((fifth.parent(), fifth.item_type()), (None, TASK));
    assert_eq!(fifth.related().collect::<Vec<_>>(), [fourth.id()]);
}

#[tokio::test]
async fn a_done_parent_gets_no_open_child() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let done = ForeignItem {
        state: ForeignState::Done(reason("closed in Beads")),
        ..foreign("bd-1", 1)
    };
    // In one file, it keeps its closed children.
    let closed = ForeignItem {
        state: done.state.clone(),
        ..child("bd-2", "bd-1")
    };
    let items = vec![done.clone(), closed, child("bd-3", "bd-1")];
    let imported = import(tracker, items).await;
    let parent = shown(tracker, "bd-1").await.id();
    assert_eq!(shown(tracker, "bd-2").await.parent(), Some(parent));
    let left: Vec<_> = imported.left_out.iter().map(|left| left.from).collect();
    assert_eq!(left, [alias("bd-3")]);
    let later = import(tracker, vec![done, child("bd-4", "bd-1")]).await;
    assert_eq!(later.left_out.len(), 1);
    for open in ["bd-3", "bd-4"] {
        let open = shown(tracker, open).await;
        assert_eq!(open.parent(), None);
        assert_eq!(open.related().collect::<Vec<_>>(), [parent]);
    }
}

#[tokio::test]
async fn a_link_that_would_close_a_circle_is_left_out_and_named() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let waits = |name: &str, on: &str| ForeignItem {
        blockers: vec![alias(on)],
        ..foreign(name, 1)
    };
    let mut items = vec![foreign("bd-1", 1), waits("bd-2", "bd-3")];
    import(tracker, items.clone()).await;
    let (one, two) = (alias_ref("bd-1"), alias_ref("bd-2"));
    let kind = work_item::DependencyKind::Blocks;
    let depended = tracker.add_dependency(one, two, kind, &ada().into()).await;
    depended.unwrap();
    items.push(waits("bd-3", "bd-1"));
    let imported = import(tracker, items).await;
    let left: Vec<_> = imported
        .left_out
        .iter()
        .map(|left| (left.from.as_str(), left.to.as_str()))
        .collect();
    assert_eq!(left, [("bd-2", "bd-3")]);
    assert_eq!(shown(tracker, "bd-2").await.blockers().count(), 0);
}

#[tokio::test]
async fn a_parent_that_comes_later_is_related_and_named() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let mut items = vec![child("bd-2", "bd-1")];
    import(tracker, items.clone()).await;
    items.push(foreign("bd-1", 1));
    let imported = import(tracker, items).await;
    assert_eq!(imported.left_out.len(), 1);
    let second = shown(tracker, "bd-2").await;
    let first = shown(tracker, "bd-1").await.id();
    assert_eq!(
        (second.parent(), second.related().collect()),
        (None, vec![first])
    );
}

#[tokio::test]
async fn links_to_items_of_a_later_part_come_with_that_part() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    let first = ForeignItem {
        blockers: vec![alias("bd-2")],
        ..foreign("bd-1", 1)
    };
    let items = ForeignItems::new(vec![first, foreign("bd-2", 1)]).unwrap();
    let parts = items.items().chunks(1);
    let mut left_out = Vec::new();
    for part in parts {
        let imported = tracker.import(part, &items, &ada()).await.unwrap();
        left_out.extend(imported.left_out);
    }
    assert_eq!(left_out, []);
    let second = shown(tracker, "bd-2").await.id();
    assert_eq!(
        shown(tracker, "bd-1").await.blockers().collect::<Vec<_>>(),
        [second]
    );
}

#[tokio::test]
async fn numbers_go_on_and_an_unknown_alias_is_not_found() {
    let fixture = fixture();
    let tracker = &fixture.tracker;
    item(tracker, WorkItemType::Task, None).await;
    import(tracker, vec![foreign("bd-1", 1)]).await;
    assert_eq!(shown(tracker, "bd-1").await.id().number(), number(2));
    let created = tracker
        .create(task("x"), Some(alias_ref("bd-9")), ada())
        .await;
    assert_eq!(created.unwrap_err().kind(), FailureKind::NotFound);
    let missing = tracker.show(alias_ref("bd-9")).await.unwrap_err();
    assert_eq!(missing.kind(), FailureKind::NotFound);
    assert_eq!(missing.to_string(), "there is no item bd-9");
    let at: Timestamp = shown(tracker, "bd-1").await.created_at();
    assert_eq!(at, ten());
}
