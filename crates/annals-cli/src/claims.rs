//! The claims of the items in an answer, with their renewals, and the ready items of a board.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use shared_kernel::Metadata;
use work_item::{Status, WorkItem, WorkItemId};
use work_tracking::{CommandContext, RenewedClaims, WorkTracker};

use crate::composition;
use crate::environment::Purpose;
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::ClaimView;

/// The claims of some items. The default knows no renewals, and no time: it is for the past.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    renewed: RenewedClaims,
    /// The present time.
    now: Option<Timestamp>,
    /// The pending items of a board, and whether each is ready for the actor of the session.
    ready: HashMap<WorkItemId, bool>,
}

impl Claims {
    /// The claims of items now.
    pub(crate) async fn of<'i>(
        items: impl IntoIterator<Item = &'i WorkItem> + Send,
        session: &mut Session<'_, '_>,
    ) -> Result<Self, RunError> {
        let tracker = session.tracker.clone();
        Ok(Self {
            now: Some(session.environment.clock.now()),
            ..Self::on(&tracker, items).await?
        })
    }

    /// The claims of items as a tracker knows them, for programs.
    pub(crate) async fn on<'i>(
        tracker: &WorkTracker,
        items: impl IntoIterator<Item = &'i WorkItem> + Send,
    ) -> Result<Self, RunError> {
        Ok(Self {
            renewed: tracker.renewed(items).await?,
            ..Self::default()
        })
    }

    /// The claims of items now, and which of the pending ones are ready.
    pub(crate) async fn and_ready(
        items: &[&WorkItem],
        session: &mut Session<'_, '_>,
    ) -> Result<Self, RunError> {
        let mut claims = Self::of(items.iter().copied(), session).await?;
        let (asker, tracker) = (session.asker()?, session.tracker.clone());
        for item in items {
            if item.status() == Status::Pending {
                let explained = tracker.explain(item.id(), asker.as_ref()).await?;
                claims.ready.insert(item.id(), explained.reasons.is_empty());
            }
        }
        Ok(claims)
    }

    /// Whether a pending item of a board is ready; `None` for another one.
    pub(crate) fn is_ready(&self, item: &WorkItem) -> Option<bool> {
        self.ready.get(&item.id()).copied()
    }

    /// The claim of an item, for programs.
    pub(crate) fn view(&self, item: &WorkItem) -> Option<ClaimView> {
        let claim = item.claim()?;
        Some(ClaimView::new(claim, self.renewed.of(item)))
    }

    /// The assignee of an item, for people: `agent:one`, or `agent:one (claim over)`.
    pub(crate) fn who(&self, item: &WorkItem) -> String {
        let who = item.assignee().map(ToString::to_string).unwrap_or_default();
        let renewed = self.renewed.of(item);
        let is_over = self.now.map(|now| item.is_claim_over(renewed, now));
        match is_over.unwrap_or_default() {
            true => format!("{who} (claim over)"),
            false => who,
        }
    }
}

/// Renews the claim of an item at which its claimant has looked. The look itself reads only; an
/// error does no harm, because the claim ends a little earlier.
pub(crate) async fn renew_by_look(item: &WorkItem, session: &mut Session<'_, '_>) {
    let (Ok(Some(asker)), false) = (session.asker(), session.read_only) else {
        return;
    };
    let claim = item.claim();
    if !claim.is_some_and(|claim| claim.until.is_some() && claim.is_of(&asker)) {
        return;
    }
    let (stores, clock) = (session.environment.stores, &session.environment.clock);
    let clock = Arc::clone(clock);
    let opened = stores.open(&session.place, Purpose::Change, Arc::clone(&clock));
    let opened = opened.await;
    if let Ok(Some(store)) = opened {
        if let Ok(tracker) = composition::tracker(&store, &clock) {
            let metadata = Metadata::new().with_actor(asker.into_actor());
            let context = CommandContext::from(metadata);
            tracker.renew(item, None, &context).await;
        }
        stores.close(&store).await;
    }
}
