//! Owns what the steps on work items note in the course of a scenario, and the tracker they use.

mod around;
mod asking;
mod quality;
mod reasons;
mod working;

use std::fmt;
use std::sync::Arc;

use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::{Actor, ActorKind, Metadata, SnowflakeGenerator, WorkerId};
use work_item::{TitleInvalid, WorkItem, WorkItemError, WorkItemEvent, WorkNumber};
use work_tracking::{
    Codecs, CommandContext, CommandOutcome, ItemRef, RegisterEvent, TrackedItem, TrackingError,
    WorkTracker,
};

use crate::world::AnnalsWorld;

/// Which item is talked about, and what came of the last command.
#[derive(Default)]
pub(crate) struct WorkNotes {
    /// Ids are never made twice, so there is one generator for a scenario.
    ids: Option<Arc<SnowflakeGenerator>>,
    item: Option<WorkNumber>,
    outcome: Option<Result<CommandOutcome, TrackingError>>,
    title: Option<TitleInvalid>,
    /// What came of commands that were given at the same moment.
    at_once: Vec<Result<CommandOutcome, TrackingError>>,
}

impl WorkNotes {
    /// The item that is talked about.
    fn it(&self) -> ItemRef {
        self.item.expect("an item is talked about").into()
    }

    fn error(&self) -> &TrackingError {
        let outcome = self.outcome.as_ref().expect("a command was given");
        outcome.as_ref().expect_err("the command is refused")
    }

    /// What the item said.
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

    /// A tracker as another process has it, with a worker of its own.
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

    /// The item that is talked about, as it is.
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

/// Ada gives the commands where nobody is named.
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
