//! Saving: one append for one or several aggregates, then their snapshots.

use super::{EventSourcedRepository, RepositoryError, SaveReceipt};
use crate::aggregate::StageError;
use crate::aggregate::root::completed;
use crate::store::AppendReceipt;
use crate::{Aggregate, AggregateRoot, Append, Metadata};

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Saves the pending events. The append expects the version at which the aggregate was loaded.
    ///
    /// - **Empty input**: without pending events, nothing happens.
    /// - **Atomicity**: the store records all pending events, or none.
    /// - **Conflict**: pending events stay pending ([law 30](crate::laws#law-30)).
    /// - **Cancellation**: after the future was dropped, or after
    ///   [`AppendError::OutcomeUnknown`](crate::AppendError::OutcomeUnknown), save the same
    ///   aggregate again: its events keep their ids, so the store records them once. Events raised
    ///   in between follow in an append of their own.
    /// - **Snapshots**: the policy decides, after the store has acknowledged the events. A snapshot
    ///   that fails does not fail the save: the receipt and `tracing` report it. For a
    ///   [background](crate::repository::SnapshotOutcome::InBackground) snapshot, only `tracing`
    ///   does.
    ///
    /// # Errors
    /// [`RepositoryError`]. Unless its outcome is unknown, nothing was written.
    pub async fn save(&self, root: &mut AggregateRoot<A>) -> Result<SaveReceipt, RepositoryError> {
        self.save_all(&mut [root], Append::new()).await
    }

    /// Saves the pending events and, in the same append, the writes and checks of `also`. The
    /// events of the aggregate come first.
    ///
    /// # Errors
    /// As [`save_all`](Self::save_all).
    pub async fn save_with(
        &self,
        root: &mut AggregateRoot<A>,
        also: Append,
    ) -> Result<SaveReceipt, RepositoryError> {
        self.save_all(&mut [root], also).await
    }

    /// Saves the pending events of several aggregates in one append, with the writes and checks of
    /// `also`: the store records all of it, or nothing. The events come in the order of the
    /// aggregates, those of `also` last. An aggregate without pending events is neither saved nor
    /// checked.
    ///
    /// All else is as in [`save`](Self::save). To save again after an unknown outcome, pass the
    /// same aggregates and the same `also`.
    ///
    /// # Errors
    /// [`RepositoryError`]. Unless its outcome is unknown, nothing was written.
    pub async fn save_all(
        &self,
        roots: &mut [&mut AggregateRoot<A>],
        also: Append,
    ) -> Result<SaveReceipt, RepositoryError> {
        self.save_under(roots, also, &self.metadata).await
    }

    /// Saves with this metadata instead of the repository's own.
    pub(super) async fn save_under(
        &self,
        roots: &mut [&mut AggregateRoot<A>],
        also: Append,
        metadata: &Metadata,
    ) -> Result<SaveReceipt, RepositoryError> {
        let also_nothing = also.writes().is_empty() && also.checks().is_empty();
        let mut pending: Vec<&mut AggregateRoot<A>> = Vec::with_capacity(roots.len());
        pending.extend(
            roots
                .iter_mut()
                .map(|root| &mut **root)
                .filter(|root| root.has_pending()),
        );
        if pending.is_empty() && also_nothing {
            return Ok(SaveReceipt {
                append: None,
                snapshots: Vec::new(),
            });
        }
        let metadata = completed(metadata, &self.event_ids()).map_err(StageError::from)?;
        let old_versions: Vec<_> = pending.iter().map(|root| root.version()).collect();
        if let Some(root) = pending.iter().find(|root| root.has_raised_past_staged()) {
            if pending.len() > 1 || !also_nothing {
                return Err(RepositoryError::EarlierOutcomeUnknown {
                    stream: root.stream().clone(),
                });
            }
            self.append(&mut pending, Append::new(), &metadata).await?;
        }
        let receipt = self.append(&mut pending, also, &metadata).await?;

        let mut snapshots = Vec::with_capacity(pending.len());
        for (root, old_version) in pending.into_iter().zip(old_versions) {
            let outcome = self.after_save(root, old_version).await;
            snapshots.push((root.stream().clone(), outcome));
        }
        Ok(SaveReceipt {
            append: Some(receipt),
            snapshots,
        })
    }

    /// Stages the pending events of the aggregates, and appends them together with `also`.
    async fn append(
        &self,
        roots: &mut [&mut AggregateRoot<A>],
        also: Append,
        metadata: &Metadata,
    ) -> Result<AppendReceipt, RepositoryError> {
        // Events that were staged before may be recorded, even if this append fails.
        let staged_before: Vec<bool> = roots.iter().map(|root| root.has_staged()).collect();
        let appended = match self.stage(roots, also, metadata) {
            Ok(append) => self
                .events
                .append(append)
                .await
                .map_err(RepositoryError::of_append),
            Err(error) => Err(error.into()),
        };
        match &appended {
            // No `await` may stand between the append and this.
            Ok(receipt) => roots.iter_mut().for_each(|root| root.acknowledge(receipt)),
            Err(error) if error.is_outcome_unknown() => {}
            Err(error) => {
                // A store looks event ids up first, so a conflict proves that none is recorded.
                let none_recorded = error.conflict().is_some();
                for (root, staged_before) in roots.iter_mut().zip(staged_before) {
                    if none_recorded || !staged_before {
                        root.unstage();
                    }
                }
            }
        }
        appended
    }

    fn stage(
        &self,
        roots: &mut [&mut AggregateRoot<A>],
        also: Append,
        metadata: &Metadata,
    ) -> Result<Append, StageError> {
        let ids = self.event_ids();
        let mut append = Append::new();
        for root in roots {
            append = append.with_write(root.stage(&*self.codec, &ids, metadata)?);
        }
        Ok(append.and(also))
    }
}
