//! The state of the steps on read models, reactors and subscriptions.

mod balances;
mod owners;
mod reactors;
mod subscriptions;
mod unfit;

use std::fmt;
use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use read_side::{Options, Poison, ProjectionError, Projector, Selection, Start, Typed};
use serialization::JsonEventCodec;
use shared_kernel::lease::LeaseHolder;
use shared_kernel::{EventStore, EventStoreExt as _, ExpectedVersion};

use self::balances::Balances;
use self::owners::{Owner, Runner};
use self::reactors::Post;
use self::subscriptions::Mailing;
use crate::account::{AccountEvent, codec};
use crate::models::Models;
use crate::place::Place;
use crate::steps::words::{recorded_as, rows, stream};
use crate::world::AnnalsWorld;

/// The projector of the balances.
type BalancesOf<const VERSION: u32> =
    Projector<Typed<Balances<VERSION>, JsonEventCodec<AccountEvent>>, Arc<dyn EventStore>, Models>;

/// The settings of the scenario, the processes that are running, and the last outcome.
#[derive(Default)]
pub(crate) struct ReadSideNotes {
    models: Option<Models>,
    /// The log that has replaced the one of the scenario.
    other_log: Option<Place>,
    parks: bool,
    segments: Option<NonZeroU16>,
    chunk: Option<NonZeroUsize>,
    selection: Selection,
    start: Start,
    outcome: Option<Result<(), ProjectionError>>,
    proof: Option<String>,
    runners: Vec<Runner>,
    owner: Option<Owner>,
    post: Post,
    mailing: Mailing,
}

impl ReadSideNotes {
    /// Ends the processes, as a crash does, and removes the other log.
    pub(crate) async fn leave(&mut self) {
        self.runners.clear();
        if let Some(other) = self.other_log.take() {
            other.close().await;
        }
    }

    fn error(&self) -> &ProjectionError {
        let outcome = self.outcome.as_ref().expect("something was done");
        outcome.as_ref().expect_err("it fails")
    }
}

impl fmt::Debug for ReadSideNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadSideNotes")
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

impl AnnalsWorld {
    /// The log that the read side follows.
    fn followed_log(&self) -> Arc<dyn EventStore> {
        match &self.read_side.other_log {
            Some(other) => other.events(),
            None => self.events(),
        }
    }

    fn models(&mut self) -> Models {
        let models = self.read_side.models.take();
        let models = models.unwrap_or_else(|| Models::of(self.place()));
        self.read_side.models.insert(models).clone()
    }

    fn options(&self, holder: &str) -> Options {
        let notes = &self.read_side;
        let mut options = Options::new(LeaseHolder::new(holder).unwrap())
            .attempts(NonZeroU32::MIN)
            .start(notes.start);
        if notes.parks {
            options = options.poison(Poison::Park);
        }
        if let Some(segments) = notes.segments {
            options = options.segments(segments);
        }
        match notes.chunk {
            Some(chunk) => options.chunk(chunk),
            None => options,
        }
    }

    /// The projector of a release that shows balances up to `highest`.
    fn release<const VERSION: u32>(&mut self, highest: u64) -> BalancesOf<VERSION> {
        let selection = self.read_side.selection.clone();
        let balances = Typed::new(Balances { highest, selection }, codec());
        let (log, models) = (self.followed_log(), self.models());
        Projector::with_options(balances, log, models, self.options("the release")).unwrap()
    }

    /// The projector of the first release.
    fn balances(&mut self) -> BalancesOf<1> {
        self.release(1000)
    }

    /// The projector of the next release, which shows any balance.
    fn next_release(&mut self) -> BalancesOf<1> {
        self.release(u64::MAX)
    }
}

#[given("the log is replaced by one with these events:")]
#[when("the log is replaced by one with these events:")]
async fn is_replaced(world: &mut AnnalsWorld, step: &Step) {
    let other = Place::open(world.place().kind()).await;
    let log = other.events();
    for row in rows(step) {
        let [name, event] = row else {
            panic!("stream and event, not {row:?}")
        };
        let event = recorded_as(&event.parse::<AccountEvent>().unwrap());
        let appended = log.append_to(stream(name), ExpectedVersion::Any, vec![event]);
        appended.await.unwrap();
    }
    world.read_side.other_log = Some(other);
}

#[then(expr = "it is refused: {}")]
fn is_refused(world: &mut AnnalsWorld, reason: String) {
    let message = world.read_side.error().to_string();
    assert!(message.contains(&reason), "{message}");
}

#[then(expr = "it has stopped before position {int} in {string}: {}")]
fn has_stopped(world: &mut AnnalsWorld, position: u64, name: String, reason: String) {
    let ProjectionError::Stopped(failure) = world.read_side.error() else {
        panic!("{:?}", world.read_side.outcome)
    };
    let place = (failure.position.get(), failure.stream.as_str());
    assert_eq!(place, (position, name.as_str()));
    assert!(failure.reason.contains(&reason), "{}", failure.reason);
}
