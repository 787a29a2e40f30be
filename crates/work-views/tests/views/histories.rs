//! Random histories: the rows equal the aggregates, and every list equals a replay of the log.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use read_models_sqlite::SqliteReadModels;
use read_side::{Checksum, ReadModelStore};
use shared_kernel::{GlobalPosition, Metadata};
use work_item::{
    ClaimLength, DependencyKind, NewWorkItem, Participant, Priority, RiskTier, Status, TestRatio,
    TestRun, WorkItemType, WorkNumber,
};
use work_tracking::{
    BoardQuery, CommandContext, ItemFilter, ItemName, ItemOrder, KnownDependents, ListQuery,
    StatsQuery, TrackedItem,
};
use work_views::ItemViews;

use crate::fixture::{World, context, views};

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Create(String, RiskTier, Option<usize>),
    Start(usize),
    Block(usize),
    Cancel(usize),
    TestRun(usize, [u32; 3]),
    Complete(usize),
    Reopen(usize),
    Assign(usize, &'static str),
    Unassign(usize),
    Claim(usize, &'static str, i64),
    Release(usize),
    Prioritise(usize, Priority),
    Retitle(usize, String),
    Describe(usize, Option<String>),
    Depend(usize, usize, DependencyKind),
    Undepend(usize, usize),
    Note(usize, String),
    Refresh,
}

fn any_text() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "Lamp",
        "LAMP post",
        "Straße",
        "ΟΔΟΣ",
        "a \"quote\" % _",
        "report",
    ])
    .prop_map(str::to_owned)
}

fn any_step() -> impl Strategy<Value = Step> {
    let item = 0..6_usize;
    let name = prop::sample::select(vec!["ada", "agent:ada", "Grace"]);
    let agent = prop::sample::select(vec!["ada", "agent:ada", "agent:b"]);
    let priority = prop::sample::select(Priority::ALL);
    let tier = prop::sample::select(RiskTier::ALL);
    let kind = prop::sample::select(vec![DependencyKind::Blocks, DependencyKind::Relates]);
    prop_oneof![
        4 => (any_text(), tier, prop::option::of(item.clone()))
            .prop_map(|(text, tier, parent)| Step::Create(text, tier, parent)),
        3 => item.clone().prop_map(Step::Start),
        1 => item.clone().prop_map(Step::Block),
        1 => item.clone().prop_map(Step::Cancel),
        3 => (item.clone(), prop::array::uniform3(0..2_u32))
            .prop_map(|(item, counts)| Step::TestRun(item, counts)),
        3 => item.clone().prop_map(Step::Complete),
        1 => item.clone().prop_map(Step::Reopen),
        2 => (item.clone(), name).prop_map(|(item, name)| Step::Assign(item, name)),
        1 => item.clone().prop_map(Step::Unassign),
        2 => (item.clone(), agent, 1..20_i64)
            .prop_map(|(item, by, seconds)| Step::Claim(item, by, seconds)),
        1 => item.clone().prop_map(Step::Release),
        2 => (item.clone(), priority).prop_map(|(item, to)| Step::Prioritise(item, to)),
        2 => (item.clone(), any_text()).prop_map(|(item, text)| Step::Retitle(item, text)),
        2 => (item.clone(), prop::option::of(any_text()))
            .prop_map(|(item, text)| Step::Describe(item, text)),
        3 => (item.clone(), item.clone(), kind)
            .prop_map(|(item, on, kind)| Step::Depend(item, on, kind)),
        1 => (item.clone(), item.clone()).prop_map(|(item, on)| Step::Undepend(item, on)),
        1 => (item, any_text()).prop_map(|(item, text)| Step::Note(item, text)),
        1 => Just(Step::Refresh),
    ]
}

/// The time some seconds after the first step.
fn at(seconds: i64) -> jiff::Timestamp {
    let ten: jiff::Timestamp = "2026-01-09T10:00:00Z".parse().unwrap();
    ten + jiff::SignedDuration::from_secs(seconds)
}

fn any_query() -> impl Strategy<Value = ListQuery> {
    let names = prop::sample::subsequence(vec!["ada", "agent:ada", "Grace"], 0..2);
    let order = prop::sample::select(vec![
        ItemOrder::Number,
        ItemOrder::Updated,
        ItemOrder::Priority,
    ]);
    let text = prop::sample::select(vec!["lamp", "STRASSE", "straße", "οδος", "%", "\"q", "\n"]);
    (
        prop::sample::subsequence(Status::ALL.to_vec(), 0..3),
        prop::sample::subsequence(Priority::ALL.to_vec(), 0..2),
        prop::sample::subsequence(RiskTier::ALL.to_vec(), 0..2),
        names,
        prop::option::weighted(0.3, text),
        prop::option::weighted(0.3, 0..30_i64),
        prop::option::weighted(0.3, 0..30_i64),
        order,
        prop::option::of(0..4_usize),
    )
        .prop_map(
            |(statuses, priorities, risk_tiers, names, text, since, until, order, limit)| {
                let filter = ItemFilter {
                    statuses,
                    priorities,
                    risk_tiers,
                    assignees: names.iter().map(|name| name.parse().unwrap()).collect(),
                    text: text.map(str::to_owned),
                    since: since.map(at),
                    until: until.map(at),
                    ..ItemFilter::new()
                };
                ListQuery {
                    filter,
                    order,
                    limit,
                }
            },
        )
}

/// Does a step. A step that the tracker refuses changes nothing.
pub(crate) async fn take(world: &World, step: Step) {
    let (tracker, context) = (&world.tracker, context());
    let why = || "why".parse().unwrap();
    let taken = match step {
        Step::Refresh => return world.refresh().await,
        Step::Create(title, tier, parent) => {
            let kind = match parent {
                Some(_) => WorkItemType::Task,
                None => WorkItemType::Story,
            };
            let new = NewWorkItem::new(title.parse().unwrap());
            let new = new.with_type(kind).with_risk_tier(tier);
            let parent = parent.map(|parent| number(parent).into());
            tracker.create(new, parent, Metadata::new()).await
        }
        Step::Start(item) => tracker.start(number(item), &context).await,
        Step::Block(item) => tracker.block(number(item), why(), &context).await,
        Step::Cancel(item) => tracker.cancel(number(item), why(), &context).await,
        Step::TestRun(item, [positive, negative, edge_case]) => {
            let mut run = TestRun::new();
            run.ratio = TestRatio::new(positive, negative, edge_case).ok();
            tracker.record_test_run(number(item), run, &context).await
        }
        Step::Complete(item) => tracker.complete(number(item), None, &context).await,
        Step::Reopen(item) => tracker.reopen(number(item), why(), &context).await,
        Step::Assign(item, name) => {
            let who = name.parse().unwrap();
            tracker.assign(number(item), who, &context).await
        }
        Step::Unassign(item) => tracker.unassign(number(item), &context).await,
        Step::Claim(item, by, seconds) => {
            let by: Participant = by.parse().unwrap();
            let context = CommandContext::from(Metadata::new().with_actor(by.into_actor()));
            let length = ClaimLength::new(jiff::SignedDuration::from_secs(seconds)).unwrap();
            tracker.claim(number(item), Some(length), &context).await
        }
        Step::Release(item) => tracker.release(number(item), &context).await,
        Step::Prioritise(item, to) => tracker.change_priority(number(item), to, &context).await,
        Step::Retitle(item, text) => {
            let title = text.parse().unwrap();
            tracker.retitle(number(item), title, &context).await
        }
        Step::Describe(item, text) => {
            let text = text.map(|text| text.parse().unwrap());
            tracker.describe(number(item), text, &context).await
        }
        Step::Depend(item, on, kind) => {
            tracker
                .add_dependency(number(item), number(on), kind, &context)
                .await
        }
        Step::Undepend(item, on) => {
            tracker
                .remove_dependency(number(item), number(on), &context)
                .await
        }
        Step::Note(item, text) => {
            let text = text.parse().unwrap();
            tracker.note(number(item), text, &context).await
        }
    };
    drop(taken);
}

fn number(place: usize) -> WorkNumber {
    WorkNumber::new(place as u64 + 1).unwrap()
}

/// The checksum of the live rows.
async fn checksum(views: &ItemViews) -> Checksum {
    let projector = views.projector();
    let build = projector.live().await.unwrap().record.build;
    projector.models().checksum(&build).await.unwrap()
}

/// With what the rows know, explanations and names equal those by the log.
async fn check_explanations_and_names(world: &World) {
    let tracker = &world.tracker;
    let listed = tracker.list(ListQuery::default(), |_| {}).await.unwrap();
    let mut rows = world.views.rows().await.unwrap();
    let (mut names, mut after) = (HashMap::new(), GlobalPosition::START);
    if let Some(rows) = &mut rows {
        names = rows.all_names().await.unwrap();
        after = rows.through();
        let streams: Vec<_> = names.keys().cloned().collect();
        assert_eq!(rows.names(&streams).await.unwrap(), names);
    }
    let changes = tracker.name_changes(after).await.unwrap();
    for TrackedItem { item, .. } in listed {
        let id = item.id();
        let known = match &mut rows {
            Some(rows) => rows.dependents(id.snowflake()).await.unwrap(),
            None => KnownDependents::default(),
        };
        let why = tracker.why_knowing(id, known).await.unwrap();
        assert_eq!(why, tracker.why(id).await.unwrap());
        let name = changes.apply(&id.stream_id(), names.remove(&id.stream_id()));
        let (number, title) = (id.number(), item.title().clone());
        assert_eq!(name, Some(ItemName { number, title }));
    }
}

async fn check(steps: Vec<(Step, u8)>, queries: Vec<ListQuery>) {
    let world = World::new();
    for (step, pause) in steps {
        world.clock.advance(Duration::from_secs(pause.into()));
        take(&world, step).await;
    }
    // The rows may be behind here, or not be there.
    check_explanations_and_names(&world).await;
    world.refresh().await;
    check_explanations_and_names(&world).await;
    for listed in world.list(&ListQuery::default()).await {
        let shown = world.tracker.show(listed.item.id()).await.unwrap();
        assert_eq!(listed, shown);
        let tree = world.tracker.tree(listed.item.id()).await.unwrap();
        let by_rows = world.views.tree(listed.item.id().snowflake()).await;
        assert_eq!(by_rows.unwrap(), Some(tree));
    }
    for asker in [None, Some("agent:ada"), Some("ada")] {
        world
            .queue(asker.map(|name| name.parse().unwrap()), 2)
            .await;
    }
    for mut query in queries {
        world.list(&query).await;
        let first = world.tracker.find(WorkNumber::FIRST).await.unwrap();
        query.filter.parent = first;
        world.list(&query).await;
        for filter in [query.filter, ItemFilter::new()] {
            let cards = query.limit.unwrap_or(10);
            world.board(&BoardQuery { filter, cards }).await;
        }
    }
    for bounds in [
        vec![],
        vec![0],
        vec![0, 5],
        vec![3, 9, 20, 40],
        vec![20, 21, 22, 90],
    ] {
        let bounds = bounds.into_iter().map(at).collect();
        world.stats(&StatsQuery { bounds }).await;
    }

    // One step at a time or all at once, and built again: the rows are the same.
    let rows = checksum(&world.views).await;
    let other = views(&world.log, &SqliteReadModels::temporary().unwrap());
    other.refresh(|_| {}).await.unwrap();
    assert_eq!(checksum(&other).await, rows);
    let projector = world.views.projector();
    let proof = projector.prove().await.unwrap();
    assert!(proof.holds(), "{proof}");
    assert!(proof.parked.is_empty(), "{proof}");
    projector.rebuild().await.unwrap();
    assert_eq!(checksum(&world.views).await, rows);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_list_by_the_rows_equals_the_one_by_the_log(
        steps in prop::collection::vec((any_step(), 0..3_u8), 0..40),
        queries in prop::collection::vec(any_query(), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(check(steps, queries));
    }
}

#[tokio::test]
async fn the_rows_have_the_last_command_of_another_process() {
    let world = World::new();
    let id = world.create("Write the report").await;
    assert!(!world.views.is_current().await.unwrap());
    world.refresh().await;
    // Another handle on the same folder stands for another process.
    let other = views(&world.log, &SqliteReadModels::open(world.models.folder()));
    assert!(other.is_current().await.unwrap());
    let title = "Write the annual report".parse().unwrap();
    world.tracker.retitle(id, title, &context()).await.unwrap();
    assert!(!other.is_current().await.unwrap());
    other.refresh(|_| {}).await.unwrap();
    let listed = other.list(&ListQuery::default()).await.unwrap();
    assert_eq!(listed[0].item.title().as_str(), "Write the annual report");
    assert!(world.views.is_current().await.unwrap());
}
