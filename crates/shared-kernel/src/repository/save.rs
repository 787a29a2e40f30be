//! Saving: one append for one or several aggregates, its acknowledgement, then the snapshots.

use super::{EventSourcedRepository, RepositoryError, SaveReceipt};
use crate::aggregate::StageError;
use crate::aggregate::root::completed;
use crate::store::AppendReceipt;
use crate::{Aggregate, AggregateRoot, Append, Metadata};

impl<A: Aggregate> EventSourcedRepository<A> {
    /// Saves what is pending, at the version that the aggregate was loaded at.
    ///
    /// - **Empty input**: with nothing pending, nothing is done.
    /// - **Atomicity**: all that is pending lands, or nothing.
    /// - **Conflict**: what is pending stays pending.
    /// - **Cancellation**: after the future was dropped, or after
    ///   [`AppendError::OutcomeUnknown`](crate::AppendError::OutcomeUnknown), save the same
    ///   aggregate again: its events keep their ids, so it lands once. Events raised in between
    ///   follow in an append of their own.
    /// - **Snapshots**: taken where the policy says so, after the store has acknowledged the
    ///   events; a failure is reported by `tracing`, and in the receipt where the snapshot was not
    ///   [handed over](crate::repository::SnapshotOutcome::HandedOver). The save has succeeded all
    ///   the same.
    ///
    /// # Errors
    /// [`RepositoryError`]; nothing was written but where the outcome is unknown.
    pub async fn save(&self, root: &mut AggregateRoot<A>) -> Result<SaveReceipt, RepositoryError> {
        self.save_all(&mut [root], Append::new()).await
    }

    /// Saves what is pending, and in the same append whatever `also` writes and checks. The events
    /// of the aggregate come first.
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

    /// Saves what is pending in several aggregates in one append, with whatever `also` writes and
    /// checks: all of it lands, or nothing. The events come in the order of the aggregates, those
    /// of `also` last. An aggregate with nothing pending is left out and not checked.
    ///
    /// All else is as in [`save`](Self::save). To save again after an unknown outcome, give the
    /// same aggregates and the same `also`.
    ///
    /// # Errors
    /// [`RepositoryError`]; nothing was written but where the outcome is unknown.
    pub async fn save_all(
        &self,
        roots: &mut [&mut AggregateRoot<A>],
        also: Append,
    ) -> Result<SaveReceipt, RepositoryError> {
        self.save_under(roots, also, &self.metadata).await
    }

    /// Saves with other metadata than the repository's own.
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
                return Err(RepositoryError::Unsettled {
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

    /// Puts what the aggregates have to stage into one append with `also`.
    async fn append(
        &self,
        roots: &mut [&mut AggregateRoot<A>],
        also: Append,
        metadata: &Metadata,
    ) -> Result<AppendReceipt, RepositoryError> {
        // What was staged before may be in the store, whatever becomes of this append.
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
            // Nothing may be awaited between the append and this.
            Ok(receipt) => roots.iter_mut().for_each(|root| root.acknowledge(receipt)),
            Err(error) if error.is_outcome_unknown() => {}
            Err(error) => {
                // A store looks for the ids first: a conflict says that they are not there.
                let none_landed = error.conflict().is_some();
                for (root, staged_before) in roots.iter_mut().zip(staged_before) {
                    if none_landed || !staged_before {
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
