//! The state of the steps on accounts, and their repository.

mod holding;
mod looking;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use conformance::double::Delegating;
use serialization::JsonStateCodec;
use shared_kernel::repository::{RetryPolicy, SaveReceipt, SnapshotRetention};
use shared_kernel::snapshot::policy::SnapshotPolicy;
use shared_kernel::time::{ManualClock, Timer};
use shared_kernel::{AggregateRoot, EventSourcedRepository, EventStore, RepositoryError};

use crate::account::{Account, codec};
use crate::altered_store::{Alteration, AlteredStore};
use crate::failing_snapshots::{Failing, FailingSnapshots};
use crate::world::AnnalsWorld;

/// The settings of the repository, the accounts that people hold, and the outcome of the last
/// attempt.
#[derive(Default)]
pub(crate) struct AccountNotes {
    /// The policy of the scenario; none by default.
    pub(super) policy: Option<Arc<dyn SnapshotPolicy<Account>>>,
    pub(super) retention: Option<SnapshotRetention>,
    pub(super) time_limit: Option<Duration>,
    pub(super) failing: Option<Failing>,
    altered: Option<Arc<dyn EventStore>>,
    hands: HashMap<String, AggregateRoot<Account>>,
    pub(super) save: Option<Result<SaveReceipt, RepositoryError>>,
    pub(super) load: Option<Result<Option<AggregateRoot<Account>>, RepositoryError>>,
}

impl AccountNotes {
    /// The account that a person holds.
    fn in_hands_of(&mut self, who: &str) -> &mut AggregateRoot<Account> {
        self.hands.get_mut(who).expect("an account in hands")
    }

    pub(super) fn receipt(&self) -> &SaveReceipt {
        let save = self.save.as_ref().expect("something was saved");
        save.as_ref().expect("the save succeeds")
    }

    /// The account that was loaded last.
    pub(super) fn loaded(&self) -> &AggregateRoot<Account> {
        let load = self.load.as_ref().expect("something was loaded");
        let found = load.as_ref().expect("the load succeeds");
        found.as_ref().expect("there is such an account")
    }
}

impl AnnalsWorld {
    /// The repository with the settings of the scenario.
    pub(super) fn accounts(&self) -> EventSourcedRepository<Account> {
        let notes = &self.accounts;
        let snapshots = match notes.failing {
            Some(failing) => Arc::new(Delegating::new(FailingSnapshots::new(
                self.snapshots(),
                failing,
            ))),
            None => self.snapshots(),
        };
        let mut repository = self
            .accounts_without_snapshots()
            .with_snapshots(snapshots, JsonStateCodec::<Account>::new());
        if let Some(policy) = &notes.policy {
            repository = repository.with_policy(Arc::clone(policy));
        }
        if let Some(retention) = notes.retention {
            repository = repository.with_retention(retention);
        }
        repository
    }

    /// The repository without snapshots: it replays every history from its first event.
    pub(super) fn accounts_without_snapshots(&self) -> EventSourcedRepository<Account> {
        let events = self.accounts.altered.clone();
        let events = events.unwrap_or_else(|| self.events());
        let clock = self.clock().clone();
        let repository = EventSourcedRepository::new(events, codec()).with_clock(clock.clone());
        match self.accounts.time_limit {
            Some(limit) => repository
                .with_retry(RetryPolicy::default().with_time_limit(limit))
                .with_timer(OneSecond(clock)),
            None => repository,
        }
    }

    /// Puts a defective store between the repository and the real store.
    pub(super) fn alter(&mut self, alteration: Alteration) {
        let altered = Delegating::new(AlteredStore::new(self.events(), alteration));
        self.accounts.altered = Some(Arc::new(altered));
    }
}

/// Turns the clock forward by a second in place of every pause.
struct OneSecond(Arc<ManualClock>);

#[async_trait]
impl Timer for OneSecond {
    async fn sleep(&self, _: Duration) {
        self.0.advance(Duration::from_secs(1));
    }
}

impl fmt::Debug for AccountNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountNotes")
            .field("hands", &self.hands)
            .field("save", &self.save)
            .field("load", &self.load)
            .finish_non_exhaustive()
    }
}
