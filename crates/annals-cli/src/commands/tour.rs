//! The guided example: real commands on a temporary store.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use futures_util::TryStreamExt;
use shared_kernel::Aggregate;
use shared_kernel::event::ActorKind;
use shared_kernel::repository::AsOf;
use shared_kernel::snapshot::StateSchema;
use shared_kernel::{Actor, Metadata, SnapshotStore, StreamVersion};
use work_item::{
    Coverage, NewWorkItem, Participant, Priority, RiskTier, TestRatio, TestRun, WorkItem,
    WorkItemId, Workers,
};
use work_tracking::{CommandContext, WorkTracker};

use super::{check, history, show};
use crate::claims::Claims;
use crate::cli::{Format, Global};
use crate::composition::{self, Creator};
use crate::environment::{Environment, Purpose};
use crate::place::StorePlace;
use crate::print::{FAINT, GOOD, STRONG};
use crate::run_error::RunError;
use crate::session::Session;

/// The number of priority changes that give an item a long history.
const CHANGES: u32 = 125;

pub(crate) async fn run(
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    if global.format != Format::Human {
        return Err(RunError::TourHasNoFormat);
    }
    let folder = tempfile::tempdir().map_err(RunError::TemporaryFolder)?;
    let path = folder.path().join("tour.annals");
    let place = StorePlace::File(path);
    let mut session = Session::open_at(place, global, Purpose::Create, environment).await?;
    let outcome = Tour {
        session: &mut session,
        chapter: 0,
    }
    .all()
    .await;
    session.close().await;
    outcome
}

struct Tour<'t, 's, 'a> {
    session: &'t mut Session<'s, 'a>,
    chapter: u32,
}

impl Tour<'_, '_, '_> {
    async fn all(mut self) -> Result<(), RunError> {
        let path = self.session.place.to_string();
        self.say(format_args!(
            "{STRONG}A minute with annals{STRONG:#}: everything below happens now, on a temporary \
             store at\n{path}"
        ))?;
        let item = self.a_history().await?;
        self.time_travel(item).await?;
        self.a_refused_write(item).await?;
        self.a_snapshot_and_a_replay().await?;
        self.an_examination().await?;
        self.say(format_args!(
            "\nThe temporary store is deleted now. Begin your own with\n  \
             {STRONG}annals add \"The first thing to do\"{STRONG:#}\n{FAINT}or, from a source \
             tree, with\n  cargo run --release -- add \"…\"\nannals --help lists all \
             commands.{FAINT:#}"
        ))
    }

    async fn a_history(&mut self) -> Result<WorkItemId, RunError> {
        self.chapter("A history: nothing is overwritten, every step is an event")?;
        let tracker = self.session.tracker.clone();
        let (ada, builder) = (as_person("ada")?, as_agent("builder")?);
        let item = self.create("Ship the release notes", RiskTier::T2).await?;
        let assignee = scripted("agent:builder".parse::<Participant>())?;
        tracker.assign(item, assignee, &ada).await?;
        tracker.start(item, &builder).await?;
        match tracker.complete(item, None, &builder).await {
            Err(refused) => {
                self.say("The builder wants to finish it without evidence, and is refused:")?;
                for line in RunError::from(refused).lines() {
                    self.say(format_args!("    {line}"))?;
                }
            }
            Ok(_) => self.say("The builder finishes it.")?,
        }
        let evidence = TestRun {
            coverage: Some(scripted(Coverage::from_percent(93.25))?),
            ratio: Some(scripted(TestRatio::new(31, 14, 6))?),
            files: Vec::new(),
        };
        tracker.record_test_run(item, evidence, &builder).await?;
        tracker.complete(item, None, &builder).await?;
        self.say("With a test run it passes. The history of the item:\n")?;
        let events: Vec<_> = tracker.history(item).await?.try_collect().await?;
        let table = history::as_table(&events, &HashMap::new(), self.session.environment.width);
        self.say(table)?;
        Ok(item)
    }

    async fn time_travel(&mut self, item: WorkItemId) -> Result<(), RunError> {
        self.chapter("Time travel: the item after its third event")?;
        let tracker = self.session.tracker.clone();
        let then = tracker
            .show_as_of(item, AsOf::Version(StreamVersion::from(3)))
            .await?;
        self.say(show::card(
            &then,
            &Workers::new(),
            &Claims::default(),
            self.session.environment.width,
        ))?;
        let now = tracker.show(item).await?;
        let (version, status) = (now.version, now.item.status());
        self.say(format_args!(
            "\nToday, after event {version}, it is {STRONG}{status}{STRONG:#}."
        ))
    }

    async fn a_refused_write(&mut self, item: WorkItemId) -> Result<(), RunError> {
        self.chapter("Two writers at once: the second is refused, and nothing is lost")?;
        let tracker = self.session.tracker.clone();
        let seen = tracker.show(item).await?.version;
        self.say(format_args!(
            "Ada and the builder both look at version {seen}."
        ))?;
        let ada = as_person("ada")?.at_version(seen);
        let reopened = tracker
            .reopen(item, scripted("a date is wrong".parse())?, &ada)
            .await?;
        let (version, status) = (reopened.version, reopened.item.status());
        self.say(format_args!(
            "Ada reopens the item: version {version}, {status}."
        ))?;
        let builder = as_agent("builder")?.at_version(seen);
        match tracker
            .reopen(item, scripted("typo".parse())?, &builder)
            .await
        {
            Err(conflict) => {
                for line in RunError::from(conflict).lines() {
                    self.say(format_args!("The builder is refused: {line}"))?;
                }
            }
            Ok(_) => self.say("The builder reopens it too.")?,
        }
        let after = tracker.show(item).await?.version;
        self.say(format_args!(
            "The item is at version {after}: Ada's event is its last one."
        ))
    }

    async fn a_snapshot_and_a_replay(&mut self) -> Result<(), RunError> {
        self.chapter("A snapshot and a replay: both give the same state")?;
        let tracker = self.session.tracker.clone();
        let item = self.create("Change its mind often", RiskTier::T1).await?;
        let agent = as_agent("builder")?;
        for turn in 0..CHANGES {
            let priority = Priority::ALL[turn as usize % Priority::ALL.len()];
            tracker.change_priority(item, priority, &agent).await?;
        }
        let schema = StateSchema::new(format!("{}/{}", WorkItem::TYPE, WorkItem::STATE_SCHEMA))?;
        let stream = item.stream_id();
        let snapshots = Arc::clone(&self.session.store.snapshots);
        let snapshot = snapshots.load(&stream, &schema, StreamVersion::MAX).await?;
        let through_snapshot = tracker.show(item).await?;
        let replaying = self.replaying_tracker()?;
        let replayed = replaying.show(item).await?;
        let length = replayed.version;
        if let Some(snapshot) = snapshot {
            let version = snapshot.version;
            let after_snapshot = length.get() - version.get();
            self.say(format_args!(
                "{stream} has {length} events. A snapshot was taken at version {version}, so a load \
                 reads it and the {after_snapshot} events after it."
            ))?;
        }
        let (verdict, style) = if through_snapshot == replayed {
            ("the same state", GOOD)
        } else {
            ("another state", crate::print::ERROR)
        };
        self.say(format_args!(
            "A replay of all {length} events gives {style}{verdict}{style:#}."
        ))
    }

    async fn an_examination(&mut self) -> Result<(), RunError> {
        if self.session.store.file.is_none() {
            return Ok(());
        }
        self.chapter("A check of the file: every event, version and position")?;
        check::run(self.session).await
    }

    async fn create(&mut self, title: &str, risk: RiskTier) -> Result<WorkItemId, RunError> {
        let new = NewWorkItem::new(scripted(title.parse())?).with_risk_tier(risk);
        let clock = &self.session.environment.clock;
        let creator = Creator::lease(&self.session.store, clock).await?;
        let metadata = as_person("ada")?.metadata;
        let created = creator.tracker.create(new, None, metadata).await;
        creator.release(&self.session.store).await;
        Ok(created?.item.id())
    }

    /// A tracker without snapshots.
    fn replaying_tracker(&self) -> Result<WorkTracker, RunError> {
        composition::replaying_tracker(&self.session.store, &self.session.environment.clock)
    }

    fn chapter(&mut self, heading: &str) -> Result<(), RunError> {
        self.chapter += 1;
        let number = self.chapter;
        self.say(format_args!("\n{STRONG}{number}. {heading}{STRONG:#}\n"))
    }

    fn say(&mut self, text: impl Display) -> Result<(), RunError> {
        self.session.tell(text)
    }
}

fn acting_as(kind: ActorKind, name: &str) -> Result<CommandContext, RunError> {
    let actor = Actor::new(kind, name)?;
    Ok(CommandContext::from(Metadata::new().with_actor(actor)))
}

fn as_person(name: &str) -> Result<CommandContext, RunError> {
    acting_as(ActorKind::Person, name)
}

fn as_agent(name: &str) -> Result<CommandContext, RunError> {
    acting_as(ActorKind::Agent, name)
}

/// Unwraps a fixed value of the tour; it is always valid.
fn scripted<T, E>(value: Result<T, E>) -> Result<T, RunError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    value.map_err(|error| RunError::Internal(Box::new(error)))
}
