//! The claims of the items in an answer, with their renewals.

use jiff::Timestamp;
use work_item::WorkItem;
use work_tracking::RenewedClaims;

use crate::run_error::RunError;
use crate::session::Session;
use crate::view::ClaimView;

/// The claims of some items. The default knows no renewals, and no time: it is for the past.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    renewed: RenewedClaims,
    /// The present time.
    now: Option<Timestamp>,
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
            renewed: tracker.renewed(items).await?,
        })
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
        let is_over = self
            .now
            .zip(item.claim())
            .is_some_and(|(now, claim)| claim.is_over(renewed, now));
        match is_over {
            true => format!("{who} (claim over)"),
            false => who,
        }
    }
}
