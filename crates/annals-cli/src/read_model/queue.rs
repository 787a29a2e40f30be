//! The queue of ready items, by the read model or by a replay of the log.

use jiff::Timestamp;
use work_item::Participant;
use work_tracking::{ListProgress, ListQuery, Queue, ReadyItem, TrackingError, WorkTracker};
use work_views::{ItemViews, ViewError};

use super::{Beside, for_lists, tell_passed_over};
use crate::progress::Progress;
use crate::run_error::RunError;
use crate::session::Session;

/// The number of candidates that are read at once.
const PAGE: usize = 64;

/// The items that are ready for the actor of the session, the best first.
pub(crate) async fn ready(
    limit: Option<usize>,
    session: &mut Session<'_, '_>,
) -> Result<Vec<ReadyItem>, RunError> {
    let asker = session.asker()?;
    let limit = limit.unwrap_or(usize::MAX);
    let (tracker, now) = (session.tracker.clone(), session.environment.clock.now());
    if let Some(beside) = for_lists(session).await? {
        match current(&beside, session).await {
            Ok(Some(views)) => match sifted(views, asker.as_ref(), limit, now, &tracker).await {
                Ok(ready) => return Ok(ready),
                Err(Trouble::View(error)) => tell_passed_over(&error, session),
                Err(Trouble::Tracker(error)) => return Err(error.into()),
            },
            Ok(None) => {}
            Err(error) => tell_passed_over(&error, session),
        }
    }
    let mut queue = folded(asker.as_ref(), session).await?;
    queue.ready.truncate(limit);
    Ok(queue.ready)
}

/// The queue with the reasons of the items that are not ready.
pub(crate) async fn whole(session: &mut Session<'_, '_>) -> Result<Queue, RunError> {
    let asker = session.asker()?;
    if let Some(items) = super::list(&ListQuery::default(), session).await? {
        return Ok(session.tracker.queue_of(items, asker.as_ref()).await?);
    }
    folded(asker.as_ref(), session).await
}

/// The rows, if they are current and leave no event out.
async fn current<'b>(
    beside: &'b Beside,
    session: &mut Session<'_, '_>,
) -> Result<Option<&'b ItemViews>, ViewError> {
    let is_whole = beside.is_whole(session).await?;
    let leaves_none_out = is_whole && beside.views.projector().skipped().await?.is_empty();
    Ok(leaves_none_out.then_some(&beside.views))
}

enum Trouble {
    View(ViewError),
    Tracker(TrackingError),
}

impl From<ViewError> for Trouble {
    fn from(error: ViewError) -> Self {
        Self::View(error)
    }
}

impl From<TrackingError> for Trouble {
    fn from(error: TrackingError) -> Self {
        Self::Tracker(error)
    }
}

/// The ready ones among the candidates of the rows.
async fn sifted(
    views: &ItemViews,
    asker: Option<&Participant>,
    limit: usize,
    now: Timestamp,
    tracker: &WorkTracker,
) -> Result<Vec<ReadyItem>, Trouble> {
    let (mut ready, mut offset) = (Vec::new(), 0);
    // A query without a limit takes all candidates at once.
    let page = limit.max(PAGE);
    loop {
        let candidates = views.candidates(asker, now, offset, page).await?;
        let count = candidates.items.len();
        ready.extend(tracker.sift(candidates, asker).await?);
        offset += page;
        if count < page || ready.len() >= limit {
            ready.truncate(limit);
            return Ok(ready);
        }
    }
}

async fn folded(
    asker: Option<&Participant>,
    session: &mut Session<'_, '_>,
) -> Result<Queue, RunError> {
    let mut progress = Progress::begin("reading the log", session.environment);
    let update = |done: ListProgress| progress.update(done.read.get(), done.end.get());
    Ok(session.tracker.queue(asker, update).await?)
}
