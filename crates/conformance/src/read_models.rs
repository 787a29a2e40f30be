//! Laws of stores of read models, and of the projector over them.

mod builds;
mod commits;
mod progress;
mod reactors;

use std::collections::BTreeSet;
use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use read_side::{
    ApplyError, Build, BuildState, Definition, Lease, ModelName, Options, Poison, Projection,
    ProjectionError, Projector, Reaction, Reactor, ReactorRunner, ReadModelError, ReadModelStore,
    Rows, Selection, Start, Status, Step,
};
use shared_kernel::codec::EncodedEvent;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::lease::LeaseHolder;
use shared_kernel::stream::Category;
use shared_kernel::time::{Clock, ManualClock};
use shared_kernel::{
    EventId, EventStore, EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId,
};

use crate::Harness;

pub use builds::{
    a_changed_definition_refuses, a_rebuild_equals_a_first_build_and_can_be_undone,
    a_wait_ends_with_the_position, readers_see_the_old_rows_until_the_switch,
    stale_rows_are_never_read, the_proof_tells_right_rows_from_wrong_ones,
};
pub use commits::{
    a_clock_that_was_ahead_blocks_no_segment, a_former_owner_changes_nothing,
    a_living_owner_is_not_robbed_and_a_dead_one_is_followed, a_refused_commit_leaves_no_row,
    a_removed_build_never_comes_back, a_transaction_of_a_former_owner_is_refused,
    rows_and_position_are_committed_together,
};
pub use progress::{
    a_filtered_projection_moves_though_nothing_matches, a_skip_is_kept_with_its_reason,
    an_operator_retries_and_skips_beside_a_runner, parking_keeps_the_order_of_a_stream,
    rows_are_the_same_in_chunks_of_any_size, runners_apply_each_event_once_without_a_seam,
    the_default_stops_before_an_event_that_cannot_be_applied,
};
pub use reactors::a_reactor_writes_once;

const TTL: Duration = Duration::from_secs(5);

/// A storage that holds read models, and a log to fill them from.
#[async_trait]
pub trait ReadModelsHarness: Harness {
    /// The store of read models.
    type Models: ReadModelStore<Tx: Rows> + Clone + 'static;

    /// Opens the store of this harness. Each call returns one more handle on the same read models.
    /// Leases are judged by `clock`.
    async fn open_models(&self, clock: Arc<dyn Clock>) -> Self::Models;

    /// Opens a log of its own for each call: new, empty, and of any adapter.
    async fn new_log(&self) -> Arc<dyn EventStore>;
}

/// Keeps the numbers of each stream, in the order in which they came.
#[derive(Clone, Default)]
struct Numbers {
    selection: Selection,
    bad: Arc<Mutex<BTreeSet<String>>>,
}

#[async_trait]
impl<Tx: Rows> Projection<Tx> for Numbers {
    const NAME: &'static str = "numbers";
    const VERSION: u32 = 1;

    fn selection(&self) -> Selection {
        self.selection.clone()
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
        let number = std::str::from_utf8(&event.payload)?;
        let key = event.stream.as_str();
        let row = match tx.get("numbers", key).await? {
            Some(row) => format!("{} {number}", std::str::from_utf8(&row)?),
            None => number.to_owned(),
        };
        tx.put("numbers", key, row.into());
        if self.bad.lock().unwrap().contains(number) {
            return Err(format!("{number} is bad").into());
        }
        Ok(())
    }
}

type Sums<M> = Projector<Numbers, Arc<dyn EventStore>, M>;

/// The stores of a law, and a projection.
struct Stage<M> {
    log: Arc<dyn EventStore>,
    models: M,
    numbers: Numbers,
    clock: Arc<ManualClock>,
}

impl<M: ReadModelStore<Tx: Rows> + Clone> Stage<M> {
    async fn of<H: ReadModelsHarness<Models = M> + ?Sized>(harness: &H) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        Self {
            log: harness.new_log().await,
            models: harness.open_models(clock.clone()).await,
            numbers: Numbers::default(),
            clock,
        }
    }

    fn projector(&self, options: Options) -> Sums<M> {
        let (log, models) = (Arc::clone(&self.log), self.models.clone());
        Projector::with_options(self.numbers.clone(), log, models, options).unwrap()
    }

    /// Appends the numbers, each to the stream of its remainder by 3.
    async fn fill(&self, numbers: std::ops::Range<u32>) {
        for n in numbers {
            add(&self.log, &format!("n-{}", n % 3), &n.to_string()).await;
        }
    }

    /// A lease of the only segment of a build.
    async fn claim(&self, build: &Build, name: &str) -> Result<Lease, ReadModelError> {
        self.models.claim(build, 0, &holder(name), TTL).await
    }

    /// The row of a stream in the live build.
    async fn row(&self, projector: &Sums<M>, stream: &str) -> Option<String> {
        let live = projector.live().await.unwrap();
        row(&self.models, &live.record.build, stream).await
    }

    async fn rows(&self, projector: &Sums<M>) -> [Option<String>; 3] {
        let row = async |n| self.row(projector, &format!("n-{n}")).await;
        [row(0).await, row(1).await, row(2).await]
    }

    /// An empty build with one segment.
    async fn build(&self) -> Build {
        let definition = Definition {
            fingerprint: "a law".to_owned(),
            segments: 1,
            log: self.log.id().await.unwrap(),
            start: 0.into(),
        };
        let model = ModelName::new("numbers").unwrap();
        let created = self.models.create_build(&model, 1, &definition).await;
        created.unwrap().build
    }
}

fn holder(name: &str) -> LeaseHolder {
    LeaseHolder::new(name).unwrap()
}

fn options() -> Options {
    Options::new(holder("law")).attempts(NonZeroU32::MIN)
}

async fn add(log: &Arc<dyn EventStore>, stream: &str, number: &str) -> EventId {
    let added = EventType::new("NumberAdded").unwrap();
    let event = NewEvent::with_fresh_id(added, number.to_owned()).unwrap();
    let id = event.id;
    let stream = StreamId::new(stream).unwrap();
    log.append_to(stream, ExpectedVersion::Any, vec![event])
        .await
        .unwrap();
    id
}

/// Reads a row as any owner does, in a transaction that is dropped.
async fn row<M: ReadModelStore<Tx: Rows>>(models: &M, build: &Build, key: &str) -> Option<String> {
    let lease = models.claim(build, 0, &holder("look"), TTL).await.unwrap();
    let mut tx = models.begin(&lease).await.unwrap();
    let row = tx.get("numbers", key).await.unwrap();
    drop(tx);
    models.release(&lease).await.unwrap();
    row.map(|row| String::from_utf8(row.to_vec()).unwrap())
}

fn step(from: u32, through: u32) -> Step {
    Step {
        from: from.into(),
        through: through.into(),
        last_event: None,
        status: Status::Building,
        park: Vec::new(),
        unpark: Vec::new(),
        skip: Vec::new(),
    }
}

async fn put<M: ReadModelStore<Tx: Rows>>(
    models: &M,
    lease: &Lease,
    text: &str,
    step: Step,
) -> Result<(), ReadModelError> {
    let mut tx = models.begin(lease).await?;
    tx.put("numbers", "key", text.to_owned().into());
    models.commit(tx, lease, step).await
}

/// Makes one test of every law of read models, named after it, in the module where it stands.
///
/// The first argument is the type of a [`ReadModelsHarness`], the second an expression that makes a
/// new one; each test makes its own.
#[macro_export]
macro_rules! read_model_laws {
    ($kind:ty, $harness:expr) => {
        $crate::__pass_read_model_laws_to! { __read_model_tests [$kind, $harness] }
    };
}

/// Passes the list of the laws of read models to another macro of this crate.
#[doc(hidden)]
#[macro_export]
macro_rules! __pass_read_model_laws_to {
    ($consumer:ident [$($first:tt)*]) => {
        $crate::$consumer! { [$($first)*]
            58 rows_and_position_are_committed_together;
            58 a_refused_commit_leaves_no_row;
            59 a_former_owner_changes_nothing;
            59 a_transaction_of_a_former_owner_is_refused;
            59 a_living_owner_is_not_robbed_and_a_dead_one_is_followed;
            59 a_clock_that_was_ahead_blocks_no_segment;
            59 a_removed_build_never_comes_back;
            60 rows_are_the_same_in_chunks_of_any_size;
            60 runners_apply_each_event_once_without_a_seam;
            61 a_filtered_projection_moves_though_nothing_matches;
            62 the_default_stops_before_an_event_that_cannot_be_applied;
            62 parking_keeps_the_order_of_a_stream;
            62 a_skip_is_kept_with_its_reason;
            63 a_rebuild_equals_a_first_build_and_can_be_undone;
            63 readers_see_the_old_rows_until_the_switch;
            64 a_changed_definition_refuses;
            65 stale_rows_are_never_read;
            66 a_wait_ends_with_the_position;
            67 a_reactor_writes_once;
            68 the_proof_tells_right_rows_from_wrong_ones;
            69 an_operator_retries_and_skips_beside_a_runner;
        }
    };
}

/// Makes a test of every law that it is passed.
#[doc(hidden)]
#[macro_export]
macro_rules! __read_model_tests {
    ([$kind:ty, $harness:expr] $($number:literal $law:ident;)*) => {
        $(
            #[test]
            fn $law() {
                let law: $crate::Law<$kind> =
                    $crate::Law::new($number, stringify!($law), |harness| {
                        Box::pin($crate::read_models::$law(harness))
                    });
                law.enforce(::std::sync::Arc::new($harness));
            }
        )*
    };
}

/// Makes the list of every law that it is passed.
#[doc(hidden)]
#[macro_export]
macro_rules! __read_model_values {
    ([$kind:ty] $($number:literal $law:ident;)*) => {
        vec![$(
            $crate::Law::<$kind>::new($number, stringify!($law), |harness| {
                Box::pin($crate::read_models::$law(harness))
            }),
        )*]
    };
}

/// Every law of read models, to run one by one.
#[must_use]
pub fn laws_of_read_models<H: ReadModelsHarness + 'static>() -> Vec<crate::Law<H>> {
    crate::__pass_read_model_laws_to! { __read_model_values [H] }
}
