//! Steps: showing items as they are or were, and their histories.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use futures_util::TryStreamExt as _;
use jiff::SignedDuration;
use shared_kernel::{DomainEvent as _, EventEnvelope};
use work_item::{Priority, RiskTier, WorkItemEvent, WorkItemType};
use work_tracking::{ItemRef, TrackedItem, TrackingError};

use crate::steps::words::{Clock, Moment, rows, time};
use crate::world::AnnalsWorld;

#[given("a clock shows the year 2050")]
fn far_ahead(world: &mut AnnalsWorld) {
    let far = "2050-01-01T00:00:00Z".parse().unwrap();
    world.clock().set(far);
}

#[given(expr = "it is {clock}")]
#[when(expr = "it is {clock}")]
fn it_is(world: &mut AnnalsWorld, at: Clock) {
    world.clock().set(at.0);
}

async fn shown(world: &mut AnnalsWorld, item: &str) -> TrackedItem {
    let item: ItemRef = item.parse().unwrap();
    world.tracker().show(item).await.unwrap()
}

#[then(regex = r"^(WORK-\d+) is (pending|in_progress|blocked|done|cancelled)$")]
async fn that_is(world: &mut AnnalsWorld, item: String, status: String) {
    let found = shown(world, &item).await.item.status();
    assert_eq!(found, status.parse().unwrap());
}

#[then(regex = r"^it is (pending|in_progress|blocked|done|cancelled)$")]
async fn it_is_now(world: &mut AnnalsWorld, status: String) {
    let found = world.item().await.item.status();
    assert_eq!(found, status.parse().unwrap());
}

#[then(expr = "{word} is a {word} of {word} priority and risk tier {word} that nobody has")]
async fn is_as_new(
    world: &mut AnnalsWorld,
    item: String,
    kind: String,
    priority: String,
    tier: String,
) {
    let found = shown(world, &item).await.item;
    let (kind, priority, tier): (WorkItemType, Priority, RiskTier) = (
        kind.parse().unwrap(),
        priority.parse().unwrap(),
        tier.parse().unwrap(),
    );
    assert_eq!(
        (found.item_type(), found.priority(), found.risk_tier()),
        (kind, priority, tier)
    );
    assert_eq!((found.assignee(), found.parent()), (None, None));
}

#[then(expr = "{word} is called {string}")]
async fn is_called(world: &mut AnnalsWorld, item: String, title: String) {
    assert_eq!(shown(world, &item).await.item.title().as_str(), title);
}

#[then(expr = "{word} is described as {string}")]
async fn is_described_as(world: &mut AnnalsWorld, item: String, text: String) {
    let found = shown(world, &item).await.item;
    assert_eq!(
        found.description().map(|one| one.as_str()),
        Some(text.as_str())
    );
}

#[then(expr = "{word} lies in {word}")]
async fn lies_in(world: &mut AnnalsWorld, item: String, parent: String) {
    let parent = shown(world, &parent).await.item.id();
    assert_eq!(shown(world, &item).await.item.parent(), Some(parent));
}

#[then(expr = "there is no {word}")]
async fn is_not_there(world: &mut AnnalsWorld, item: String) {
    let item: ItemRef = item.parse().unwrap();
    let found = world.tracker().show(item).await;
    assert!(
        matches!(&found, Err(TrackingError::NotFound { item: missing }) if *missing == item),
        "{found:?}"
    );
}

#[then(expr = "{word} has it")]
async fn has_it(world: &mut AnnalsWorld, who: String) {
    let found = world.item().await.item;
    let assignee = found.assignee().map(ToString::to_string);
    assert_eq!(assignee, Some(who).filter(|who| who != "nobody"));
}

#[then(expr = "it is of {word} priority")]
async fn is_of_priority(world: &mut AnnalsWorld, priority: String) {
    let found = world.item().await.item.priority();
    assert_eq!(found, priority.parse().unwrap());
}

#[then(expr = "it took {int} minutes")]
async fn took(world: &mut AnnalsWorld, minutes: i64) {
    let found = world.item().await.item.cycle_time();
    assert_eq!(found, Some(SignedDuration::from_mins(minutes)));
}

#[then(expr = "as of {moment}, {word} was {word}")]
async fn was(world: &mut AnnalsWorld, moment: Moment, item: String, status: String) {
    let item: ItemRef = item.parse().unwrap();
    let then = world.tracker().show_as_of(item, moment.0).await.unwrap();
    assert_eq!(then.item.status(), status.parse().unwrap(), "{moment:?}");
}

#[then(regex = r"^(WORK-\d+) was like this:$")]
async fn was_like_this(world: &mut AnnalsWorld, item: String, step: &Step) {
    for row in rows(step) {
        let moment = row[0].parse().unwrap();
        was(world, moment, item.clone(), row[1].clone()).await;
    }
}

#[then(expr = "as of {moment}, there was no {word}")]
async fn was_not_there(world: &mut AnnalsWorld, moment: Moment, item: String) {
    let item: ItemRef = item.parse().unwrap();
    let then = world.tracker().show_as_of(item, moment.0).await;
    assert!(
        matches!(&then, Err(TrackingError::NotYet { item: missing }) if *missing == item),
        "{then:?}"
    );
}

#[then(expr = "this happened to {word}:")]
async fn happened_to(world: &mut AnnalsWorld, item: String, step: &Step) {
    let item: ItemRef = item.parse().unwrap();
    let tracker = world.tracker();
    let history = tracker.history(item).await.unwrap();
    let history: Vec<EventEnvelope<WorkItemEvent>> = history.try_collect().await.unwrap();
    let found = history.iter().map(|one| {
        let actor = one.metadata.actor.as_ref().expect("somebody did it");
        let event = one.event.event_type();
        (
            one.version.get(),
            one.recorded_at,
            actor.name.as_str(),
            event,
        )
    });
    let expected = rows(step).map(|row| {
        let version = row[0].parse().unwrap();
        (version, time(&row[1]), row[2].as_str(), row[3].as_str())
    });
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}
