//! The state of the steps on work items, and their tracker.

mod around;
mod asking;
mod quality;
mod reasons;
mod working;

use std::fmt;
use std::sync::Arc;

use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::event::ActorKind;
use shared_kernel::snowflake::{SnowflakeGenerator, WorkerId};
use shared_kernel::{Actor, Metadata};
use work_item::{TitleInvalid, WorkItem, WorkItemError, WorkItemEvent, WorkNumber};
use work_tracking::{
    Codecs, CommandContext, CommandOutcome, ItemRef, RegisterEvent, TrackedItem, TrackingError,
    WorkTracker,
};

use crate::world::AnnalsWorld;

/// The current item, and the outcome of the last command.
#[derive(Default)]
pub(crate) struct WorkNotes {
    /// The id generator of the scenario: one for all items, so no id is generated twice.
    ids: Option<Arc<SnowflakeGenerator>>,
    item: Option<WorkNumber>,
    outcome: Option<Result<CommandOutcome, TrackingError>>,
    title: Option<TitleInvalid>,
    /// The outcomes of concurrent commands.
    at_once: Vec<Result<CommandOutcome, TrackingError>>,
}

impl WorkNotes {
    /// The current item.
    fn it(&self) -> ItemRef {
        self.item.expect("an item is talked about").into()
    }

    fn error(&self) -> &TrackingError {
        let outcome = self.outcome.as_ref().expect("a command was given");
        outcome.as_ref().expect_err("the command is refused")
    }

    /// The error of the last command.
    fn refusal(&self) -> &WorkItemError {
        let TrackingError::Refused(refusal) = self.error() else {
            panic!("{:?}", self.error())
        };
        refusal
    }

    fn note(&mut self, outcome: Result<CommandOutcome, TrackingError>) {
        if let Ok(outcome) = &outcome {
            self.item = Some(outcome.item.id().number());
        }
        self.outcome = Some(outcome);
    }
}

impl AnnalsWorld {
    fn tracker(&mut self) -> WorkTracker {
        let clock = self.clock().clone();
        let ids = self.work.ids.get_or_insert_with(|| {
            let generator = SnowflakeGenerator::new(clock, WorkerId::FIRST);
            Arc::new(generator)
        });
        let ids = Arc::clone(ids);
        self.tracker_with(ids)
    }

    /// A tracker with a worker of its own, as another process has it.
    fn tracker_of_worker(&self, worker: u16) -> WorkTracker {
        let worker = WorkerId::new(worker).unwrap();
        let ids = SnowflakeGenerator::new(self.clock().clone(), worker);
        self.tracker_with(Arc::new(ids))
    }

    fn tracker_with(&self, ids: Arc<SnowflakeGenerator>) -> WorkTracker {
        let codecs = Codecs {
            items: Arc::new(item_codec()),
            register: Arc::new(register_codec()),
        };
        WorkTracker::new(self.events(), codecs, ids)
            .with_clock(self.clock().clone())
            .with_snapshots(
                self.snapshots(),
                Arc::new(JsonStateCodec::<WorkItem>::new()),
            )
    }

    /// The state of the current item.
    async fn item(&mut self) -> TrackedItem {
        let it = self.work.it();
        self.tracker().show(it).await.unwrap()
    }
}

fn item_codec() -> JsonEventCodec<WorkItemEvent> {
    let builder = JsonEventCodec::builder();
    let all = WorkItemEvent::UPCASTERS.iter().fold(builder, |all, step| {
        all.upcast(step.event_type, step.from, |payload| {
            Ok(serde_json::to_value(step.upgrade(payload)?)?)
        })
    });
    all.build().unwrap()
}

fn register_codec() -> JsonEventCodec<RegisterEvent> {
    JsonEventCodec::new().unwrap()
}

fn metadata_of(who: &str) -> Metadata {
    let actor = Actor::new(ActorKind::Person, who.to_lowercase()).unwrap();
    Metadata::new().with_actor(actor)
}

/// The actor is Ada unless the step names another one.
fn by_ada() -> CommandContext {
    metadata_of("ada").into()
}

impl fmt::Debug for WorkNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkNotes")
            .field("item", &self.item)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
