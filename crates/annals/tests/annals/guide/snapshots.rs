//! The chapter "Snapshots": policies, retention, background work, the state schema.

// ANCHOR: uses
use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use annals::repository::{BackgroundTasks, SnapshotOutcome, SnapshotRetention};
use annals::snapshot::policy::{EveryEvents, OlderThan, OnRequest, SnapshotPolicy, When};
use annals::{
    Aggregate, EventSourcedRepository, Inapplicable, JsonEventCodec, JsonStateCodec, MemoryStore,
    StreamId,
};
// ANCHOR_END: uses

use annals::repository::SnapshotError;

use super::{Lamp, LampEvent, installed};

#[tokio::test]
async fn a_load_begins_at_a_snapshot() -> anyhow::Result<()> {
    // ANCHOR: repository
    let store = MemoryStore::new();
    let lamps = EventSourcedRepository::<Lamp>::snapshotted(
        store.clone(),
        JsonEventCodec::new()?,
        JsonStateCodec::new(),
    )
    .with_policy(EveryEvents::new(NonZeroU64::new(3).unwrap()))
    .with_retention(SnapshotRetention::Newest(NonZeroU32::new(2).unwrap()));
    // ANCHOR_END: repository
    // ANCHOR: outcome
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
    // The two events of this command are versions 2 and 3.
    let done = lamps.execute(&hall, |lamp| lamp.move_to("attic")).await?;
    let (_, outcome) = &done.saved.snapshots[0];
    assert!(matches!(outcome, SnapshotOutcome::Taken(_)));

    let lamp = lamps.get(&hall).await?;
    assert_eq!(lamp.newest_snapshot().unwrap().version, 3.into());
    // ANCHOR_END: outcome
    schema_two(store, lamp.into_state()).await
}

// ANCHOR: schema
/// The same lamp, whose state has another form today.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct LampToday {
    lamp: Lamp,
    changes: u64,
}

impl Aggregate for LampToday {
    type Event = LampEvent;
    const TYPE: &'static str = "lamp";
    const STATE_SCHEMA: u32 = 2; // the snapshots of schema 1 have no `changes`

    fn create(event: &LampEvent) -> Result<Self, Inapplicable> {
        let lamp = Lamp::create(event)?;
        Ok(Self { lamp, changes: 0 })
    }

    fn apply(&mut self, event: &LampEvent) -> Result<(), Inapplicable> {
        self.lamp.apply(event)?;
        self.changes += 1;
        Ok(())
    }
}
// ANCHOR_END: schema

async fn schema_two(store: MemoryStore, before: Lamp) -> anyhow::Result<()> {
    let lamps = EventSourcedRepository::<LampToday>::snapshotted(
        store,
        JsonEventCodec::new()?,
        JsonStateCodec::new(),
    );
    let lamp = lamps.get(&StreamId::of::<LampToday>("hall")?).await?;
    assert_eq!(lamp.newest_snapshot(), None);
    assert_eq!((lamp.state().changes, &lamp.state().lamp), (2, &before));
    Ok(())
}

// ANCHOR: fingerprint
/// The schema, and the state after each event of the example.
const FINGERPRINT: &str = r#"lamp/2
{"lamp":{"room":"hall","percent":100},"changes":0}
{"lamp":{"room":"hall","percent":40},"changes":1}
{"lamp":{"room":"attic","percent":40},"changes":2}
"#;

#[test]
fn a_changed_state_needs_a_new_schema() {
    let history = [
        installed("hall"),
        LampEvent::LampDimmed { percent: 40 },
        LampEvent::LampMoved {
            to: "attic".to_owned(),
        },
    ];
    conformance::states::check::<LampToday>(&JsonStateCodec::new(), &history, FINGERPRINT);
}
// ANCHOR_END: fingerprint

#[test]
#[should_panic = "set `STATE_SCHEMA` to 3"]
fn a_changed_state_under_the_old_schema_is_found() {
    let other = FINGERPRINT.replace("\"percent\":40", "\"percent\":41");
    let history = [installed("hall"), LampEvent::LampDimmed { percent: 40 }];
    conformance::states::check::<LampToday>(&JsonStateCodec::new(), &history, &other);
}

/// A state that may not come back: `Some(None)` is written as null.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Labelled(Option<Option<String>>);

impl Aggregate for Labelled {
    type Event = LampEvent;
    const TYPE: &'static str = "labelled";

    fn create(_: &LampEvent) -> Result<Self, Inapplicable> {
        Ok(Self(None))
    }

    fn apply(&mut self, _: &LampEvent) -> Result<(), Inapplicable> {
        self.0 = Some(None);
        Ok(())
    }
}

#[tokio::test]
async fn a_state_that_does_not_come_back_is_no_snapshot_and_the_command_succeeds()
-> anyhow::Result<()> {
    let lamps = EventSourcedRepository::<Labelled>::snapshotted(
        MemoryStore::new(),
        JsonEventCodec::new()?,
        JsonStateCodec::new(),
    )
    .with_policy(EveryEvents::new(NonZeroU64::MIN));
    let hall = StreamId::of::<Labelled>("hall")?;
    let made = lamps.create(&hall, installed("hall")).await?;
    assert!(matches!(
        made.saved.snapshots[0].1,
        SnapshotOutcome::Taken(_)
    ));
    let dimmed = |_: &Labelled| LampEvent::LampDimmed { percent: 40 };
    let done = lamps.execute(&hall, dimmed).await?;
    assert!(matches!(
        done.saved.snapshots[0].1,
        SnapshotOutcome::Failed(SnapshotError::Encode(_))
    ));
    // The load begins at the snapshot of version 1, and its state equals a replay.
    let lamp = lamps.get(&hall).await?;
    assert_eq!(lamp.newest_snapshot().unwrap().version, 1.into());
    assert_eq!(*lamp.state(), Labelled(Some(None)));
    Ok(())
}

#[tokio::test]
async fn a_policy_combines_others() -> anyhow::Result<()> {
    // ANCHOR: policy
    let fifty = NonZeroU64::new(50).unwrap();
    let policy = EveryEvents::new(fifty)
        .and(OlderThan(Duration::from_secs(60)))
        .or(When(|lamp: &Lamp| lamp.percent == 0))
        .or(OnRequest);
    // ANCHOR_END: policy
    let lamps = EventSourcedRepository::snapshotted(
        MemoryStore::new(),
        JsonEventCodec::new()?,
        JsonStateCodec::new(),
    )
    .with_policy(policy);
    let hall = StreamId::of::<Lamp>("hall")?;
    let made = lamps.create(&hall, installed("hall")).await?;
    assert!(matches!(made.saved.snapshots[0].1, SnapshotOutcome::NotDue));
    let off = |_: &Lamp| LampEvent::LampDimmed { percent: 0 };
    let off = lamps.execute(&hall, off).await?;
    assert!(matches!(
        off.saved.snapshots[0].1,
        SnapshotOutcome::Taken(_)
    ));
    Ok(())
}

#[tokio::test]
async fn snapshots_are_saved_in_the_background() -> anyhow::Result<()> {
    let lamps = EventSourcedRepository::<Lamp>::snapshotted(
        MemoryStore::new(),
        JsonEventCodec::new()?,
        JsonStateCodec::new(),
    )
    .with_policy(EveryEvents::new(NonZeroU64::MIN));
    // ANCHOR: background
    let runtime = tokio::runtime::Handle::current();
    let tasks = BackgroundTasks::new(move |task| {
        runtime.spawn(task);
    });
    let lamps = lamps.with_snapshots_in_background(tasks.clone());
    // The events are acknowledged when this returns; the snapshot may still be on its way.
    let porch = StreamId::of::<Lamp>("porch")?;
    lamps.create(&porch, installed("porch")).await?;

    // Before the program ends:
    tasks.finished().await;
    // ANCHOR_END: background
    let lamp = lamps.get(&porch).await?;
    assert_eq!(lamp.newest_snapshot().unwrap().version, 1.into());
    Ok(())
}
