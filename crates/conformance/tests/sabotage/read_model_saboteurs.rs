//! Saboteurs of read models, and a law that each breaks.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use conformance::double::{Delegating, EventDouble};
use conformance::{Harness, ReadModelsHarness, Verdict, laws_of_read_models};
use persistence_memory::{MemoryEventStore, MemoryReadModels, MemoryTx};
use read_side::{
    Build, BuildRecord, Checksum, Definition, Lease, ModelName, Parked, Progress, ReadModelError,
    ReadModelStore, Skipped, Step,
};
use shared_kernel::lease::LeaseHolder;
use shared_kernel::store::{LogPage, LogQuery};
use shared_kernel::time::Clock;
use shared_kernel::{EventStore, StoreError};

/// A defect of a store of read models, or of the log below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Defect {
    None,
    /// Commits the position, and loses the rows.
    PositionWithoutRows,
    /// Writes the rows before it looks whether the commit is allowed.
    RowsBeforeTheCheck,
    /// Takes every owner for the last one.
    IgnoresTheTerm,
    /// Gives a segment to anyone who asks.
    RobsTheLiving,
    /// Gives a segment to nobody until it is given back.
    WaitsForTheDead,
    /// Waits for the owner, also if an operator calls.
    NeverTakesOver,
    /// Takes a lease that was given back.
    ForgetsThatItWasGivenBack,
    ForgetsParkedEvents,
    ForgetsSkippedEvents,
    /// Switches whatever is live.
    SwitchesAnyway,
    /// Says that it has switched.
    SwitchesNever,
    /// Does not know to which history its rows belong.
    ForgetsTheLastEvent,
    /// The same hash for all rows.
    HashesNothing,
    /// Every handle but the first sees the progress of the beginning.
    HidesProgress,
    /// The log hides the event at position 3.
    HidesAnEvent,
    /// The log hides the last event of each page.
    ComesTooEarly,
}

#[derive(Clone)]
struct Sabotaged {
    models: MemoryReadModels,
    defect: Defect,
    is_first: bool,
}

impl Sabotaged {
    /// The lease that the store would accept.
    async fn last(&self, lease: &Lease) -> Result<Lease, ReadModelError> {
        let progress = self.models.progress(&lease.build).await?;
        let held = progress[usize::from(lease.segment)].lease.clone();
        Ok(held.unwrap().of(&lease.build, lease.segment))
    }

    async fn accepted(&self, lease: &Lease) -> Result<Lease, ReadModelError> {
        match self.defect {
            Defect::IgnoresTheTerm => self.last(lease).await,
            Defect::ForgetsThatItWasGivenBack => {
                let last = self.last(lease).await?;
                if last.holder != lease.holder {
                    return Ok(lease.clone());
                }
                let again =
                    self.models
                        .claim(&lease.build, lease.segment, &lease.holder, lease.ttl);
                Ok(again.await.unwrap_or(last))
            }
            _ => Ok(lease.clone()),
        }
    }
}

#[async_trait]
impl ReadModelStore for Sabotaged {
    type Tx = MemoryTx;

    async fn builds(&self, model: &ModelName) -> Result<Vec<BuildRecord>, ReadModelError> {
        self.models.builds(model).await
    }

    async fn create_build(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError> {
        self.models.create_build(model, version, definition).await
    }

    async fn switch(&self, to: &Build, from: Option<&Build>) -> Result<(), ReadModelError> {
        match self.defect {
            Defect::SwitchesNever => Ok(()),
            Defect::SwitchesAnyway => {
                let builds = self.models.builds(&to.model).await?;
                let live = builds.into_iter().find(BuildRecord::is_live);
                let live = live.map(|live| live.build);
                self.models.switch(to, live.as_ref()).await
            }
            _ => self.models.switch(to, from).await,
        }
    }

    async fn remove_build(&self, build: &Build) -> Result<(), ReadModelError> {
        self.models.remove_build(build).await
    }

    async fn progress(&self, build: &Build) -> Result<Vec<Progress>, ReadModelError> {
        let mut progress = self.models.progress(build).await?;
        for progress in &mut progress {
            match self.defect {
                Defect::ForgetsTheLastEvent => progress.last_event = None,
                Defect::HidesProgress if self.is_first => progress.through = 0.into(),
                _ => {}
            }
        }
        Ok(progress)
    }

    async fn claim(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        let progress = self.models.progress(build).await?;
        let held = progress
            .get(usize::from(segment))
            .and_then(|own| own.lease.clone());
        match (self.defect, held) {
            (Defect::RobsTheLiving, Some(held)) => {
                self.models.release(&held.of(build, segment)).await?;
            }
            (Defect::WaitsForTheDead, Some(held)) if held.expires_at.is_some() => {
                return Err(held.error(build, segment));
            }
            _ => {}
        }
        self.models.claim(build, segment, holder, ttl).await
    }

    async fn take_over(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        match self.defect {
            Defect::NeverTakesOver => self.models.claim(build, segment, holder, ttl).await,
            _ => self.models.take_over(build, segment, holder, ttl).await,
        }
    }

    async fn renew(&self, lease: &Lease) -> Result<(), ReadModelError> {
        self.models.renew(&self.accepted(lease).await?).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), ReadModelError> {
        self.models.release(lease).await
    }

    async fn begin(&self, lease: &Lease) -> Result<MemoryTx, ReadModelError> {
        self.models.begin(&self.accepted(lease).await?).await
    }

    async fn commit(
        &self,
        tx: MemoryTx,
        lease: &Lease,
        mut step: Step,
    ) -> Result<(), ReadModelError> {
        let lease = self.accepted(lease).await?;
        match self.defect {
            Defect::ForgetsParkedEvents => step.park.clear(),
            Defect::ForgetsSkippedEvents => step.skip.clear(),
            Defect::PositionWithoutRows => {
                let empty = self.models.begin(&lease).await?;
                return self.models.commit(empty, &lease, step).await;
            }
            Defect::RowsBeforeTheCheck => {
                let last = self.last(&lease).await?;
                let stored = self.models.progress(&lease.build).await?;
                let stored = stored[usize::from(lease.segment)].clone();
                let rows_only = Step {
                    from: stored.through,
                    through: stored.through,
                    last_event: stored.last_event,
                    status: stored.status,
                    park: Vec::new(),
                    unpark: Vec::new(),
                    skip: Vec::new(),
                };
                self.models.commit(tx, &last, rows_only).await?;
                let empty = self.models.begin(&lease).await?;
                return self.models.commit(empty, &lease, step).await;
            }
            _ => {}
        }
        self.models.commit(tx, &lease, step).await
    }

    async fn parked(&self, build: &Build) -> Result<Vec<Parked>, ReadModelError> {
        self.models.parked(build).await
    }

    async fn skipped(&self, build: &Build) -> Result<Vec<Skipped>, ReadModelError> {
        self.models.skipped(build).await
    }

    async fn checksum(&self, build: &Build) -> Result<Checksum, ReadModelError> {
        match self.defect {
            Defect::HashesNothing => Ok(Checksum::from_bytes(b"same")),
            _ => self.models.checksum(build).await,
        }
    }
}

/// A log with a defect.
struct Log {
    events: MemoryEventStore,
    defect: Defect,
}

#[async_trait]
impl EventDouble for Log {
    fn events(&self) -> &dyn EventStore {
        &self.events
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = self.events.read_log_page(query).await?;
        match self.defect {
            Defect::HidesAnEvent => page.items.retain(|event| event.position != 3.into()),
            Defect::ComesTooEarly if page.items.len() > 1 => drop(page.items.pop()),
            _ => {}
        }
        Ok(page)
    }
}

struct Sabotage {
    models: OnceLock<MemoryReadModels>,
    defect: Defect,
}

impl Harness for Sabotage {
    fn patience(&self) -> Duration {
        match self.defect {
            Defect::None => Duration::from_secs(5),
            _ => Duration::from_millis(200),
        }
    }
}

#[async_trait]
impl ReadModelsHarness for Sabotage {
    type Models = Sabotaged;

    async fn open_models(&self, clock: Arc<dyn Clock>) -> Sabotaged {
        let is_first = self.models.get().is_none();
        let models = self.models.get_or_init(MemoryReadModels::new).clone();
        Sabotaged {
            models: models.judging_by(clock),
            defect: self.defect,
            is_first,
        }
    }

    async fn new_log(&self) -> Arc<dyn EventStore> {
        Arc::new(Delegating::new(Log {
            events: MemoryEventStore::new(),
            defect: self.defect,
        }))
    }
}

/// The laws that a store with this defect breaks.
fn broken(defect: Defect) -> Vec<&'static str> {
    let laws = laws_of_read_models::<Sabotage>().into_iter();
    let broken = laws.filter(|law| {
        let models = OnceLock::new();
        let verdict = law.run(Arc::new(Sabotage { models, defect }));
        matches!(verdict, Verdict::Broken { .. })
    });
    broken.map(|law| law.name()).collect()
}

#[test]
fn read_models_without_a_defect_break_no_law() {
    assert_eq!(broken(Defect::None), Vec::<&str>::new());
}

#[test]
fn each_defect_of_read_models_breaks_its_law() {
    for (defect, law) in [
        (
            Defect::PositionWithoutRows,
            "rows_and_position_are_committed_together",
        ),
        (Defect::RowsBeforeTheCheck, "a_refused_commit_leaves_no_row"),
        (
            Defect::RowsBeforeTheCheck,
            "a_transaction_of_a_former_owner_is_refused",
        ),
        (Defect::IgnoresTheTerm, "a_former_owner_changes_nothing"),
        (
            Defect::IgnoresTheTerm,
            "a_transaction_of_a_former_owner_is_refused",
        ),
        (
            Defect::RobsTheLiving,
            "a_living_owner_is_not_robbed_and_a_dead_one_is_followed",
        ),
        (
            Defect::WaitsForTheDead,
            "a_living_owner_is_not_robbed_and_a_dead_one_is_followed",
        ),
        (
            Defect::WaitsForTheDead,
            "a_clock_that_was_ahead_blocks_no_segment",
        ),
        (
            Defect::ForgetsThatItWasGivenBack,
            "a_former_owner_changes_nothing",
        ),
        (
            Defect::NeverTakesOver,
            "an_operator_retries_and_skips_beside_a_runner",
        ),
        (
            Defect::ForgetsParkedEvents,
            "parking_keeps_the_order_of_a_stream",
        ),
        (
            Defect::ForgetsSkippedEvents,
            "a_skip_is_kept_with_its_reason",
        ),
        (
            Defect::SwitchesAnyway,
            "readers_see_the_old_rows_until_the_switch",
        ),
        (
            Defect::SwitchesNever,
            "a_rebuild_equals_a_first_build_and_can_be_undone",
        ),
        (Defect::ForgetsTheLastEvent, "stale_rows_are_never_read"),
        (
            Defect::HashesNothing,
            "the_proof_tells_right_rows_from_wrong_ones",
        ),
        (Defect::HidesProgress, "a_wait_ends_with_the_position"),
        (
            Defect::HidesAnEvent,
            "rows_are_the_same_in_chunks_of_any_size",
        ),
        (
            Defect::ComesTooEarly,
            "runners_apply_each_event_once_without_a_seam",
        ),
    ] {
        let broken = broken_by(defect, law);
        assert!(broken, "{defect:?} keeps the law {law}");
    }
}

/// Whether a store with this defect breaks a law.
fn broken_by(defect: Defect, name: &str) -> bool {
    let laws = laws_of_read_models::<Sabotage>();
    let law = laws.into_iter().find(|law| law.name() == name).unwrap();
    let models = OnceLock::new();
    let verdict = law.run(Arc::new(Sabotage { models, defect }));
    matches!(verdict, Verdict::Broken { .. })
}
