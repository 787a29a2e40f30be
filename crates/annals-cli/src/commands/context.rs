//! The command `context`: the description of an item for a language model.

use futures_util::TryStreamExt;
use serialization::tokens::{O200kBase, TokenCounter};
use serialization::toon;
use shared_kernel::GlobalPosition;
use shared_kernel::repository::AsOf;
use work_item::{Touch, WorkItem};
use work_tracking::{ItemRef, LoadedItems, TrackedItem, TrackingError, WorkTracker};

use super::{show, verify};
use crate::claims::{Claims, renew_by_look};
use crate::cli::{Context, Format};
use crate::context::{Around, Record, fit, time};
use crate::handle::Handle;
use crate::print::printable;
use crate::read_model;
use crate::run_error::RunError;
use crate::session::Session;

/// A lower bound for the tokens of one change: the digits of its time alone need more. With a
/// budget of 500 tokens, at most 62 changes fit, so no more are kept.
const LEAST_TOKENS_OF_A_CHANGE: usize = 8;

pub(crate) async fn run(arguments: Context, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let Context {
        item,
        as_of,
        budget,
        verify,
    } = arguments;
    let Some(item) = item else {
        return verify::run(verify, session).await;
    };
    let moment = as_of.map(|moment| session.resolve(moment)).transpose()?;
    let tracker = session.tracker.clone();
    let head = session.store.events.head().await?;
    let present = AsOf::Position(head.unwrap_or(GlobalPosition::FIRST));
    let most_changes = budget / LEAST_TOKENS_OF_A_CHANGE;
    let record = record(&tracker, item, moment.unwrap_or(present), most_changes).await?;
    if let Some(moment) = moment {
        show::check_reached(item, moment, record.version())?;
    }
    // For a version of the item, the other items are loaded at the log position of that version.
    let then = match moment {
        None => present,
        Some(AsOf::Version(_)) => AsOf::Position(record.position()),
        Some(time) => time,
    };
    let others = others(&tracker, record.item(), then).await?;
    let hindrances = match record.item().status().is_open() {
        true => {
            let known = others.statuses();
            Some(record.hindrances(&known).map_err(TrackingError::from)?)
        }
        false => None,
    };
    let parent = record.item().parent();
    let parent = tracker.load_readable(parent, then).await?.found.pop();
    let waiting = match moment {
        None => waiting(item, &record, session).await?,
        Some(_) => Vec::new(),
    };
    let claims = match moment {
        None => {
            renew_by_look(record.item(), session).await;
            Claims::of([record.item()], session).await?
        }
        Some(_) => Claims::default(),
    };
    let asker = session.asker()?;
    let may_move = record
        .item()
        .check_claim(asker.as_ref(), Touch::Status, None);
    let around = Around {
        is_of_another: may_move.is_err(),
        parent,
        waiting,
        claim: claims.view(record.item()),
        handle: head.filter(|_| moment.is_none()).map(Handle),
        as_of: moment.map(moment_text),
    };
    let facts = record.facts(hindrances.as_ref(), &others.found, around);
    let format = session.format;
    let text = fit(
        &facts,
        budget,
        |view| written(view, format),
        |text| O200kBase::new().count(text),
        || RunError::BudgetTooSmall { budget },
    )?;
    Ok(session.environment.out.to.write_all(text.as_bytes())?)
}

/// The answer with a line break at its end. Its reader is a language model in every format, so
/// hidden characters are replaced.
fn written(view: &impl serde::Serialize, format: Format) -> Result<String, RunError> {
    let text = match format {
        Format::Json => serde_json::to_string(view).map_err(std::io::Error::from)?,
        Format::Toon | Format::Human => {
            let text = toon::to_string(view);
            text.map_err(|error| RunError::Internal(error.into()))?
        }
    };
    Ok(format!("{}\n", printable(&text)))
}

/// Folds the history of an item until a moment.
async fn record(
    tracker: &WorkTracker,
    item: ItemRef,
    as_of: AsOf,
    most_changes: usize,
) -> Result<Record, RunError> {
    let history = tracker.history_as_of(item, as_of).await;
    let mut history = history.map_err(|error| RunError::at_moment(error, as_of))?;
    let missing = || TrackingError::NotFound { item };
    let first = history.try_next().await?.ok_or_else(missing)?;
    let mut record = Record::begin(&first, most_changes)
        .map_err(|error| TrackingError::inapplicable(&first, error))?;
    while let Some(next) = history.try_next().await? {
        let taken = record.take(&next);
        taken.map_err(|error| TrackingError::inapplicable(&next, error))?;
    }
    Ok(record)
}

/// The children and dependencies of an item, as they were at a moment.
async fn others(
    tracker: &WorkTracker,
    item: &WorkItem,
    then: AsOf,
) -> Result<LoadedItems, TrackingError> {
    let children = item.children().iter().copied();
    let depends_on = item.dependencies().iter().map(|dependency| dependency.on);
    tracker
        .load_readable(children.chain(depends_on), then)
        .await
}

/// The items that wait for an item now.
async fn waiting(
    item: ItemRef,
    record: &Record,
    session: &mut Session<'_, '_>,
) -> Result<Vec<TrackedItem>, RunError> {
    let known = read_model::dependents(item, session).await?;
    let tracker = &session.tracker;
    let dependents = tracker.dependents_of(record.item(), record.created(), known);
    let dependents = dependents.await?.into_iter().filter(|one| one.waits);
    Ok(dependents.map(|one| one.tracked).collect())
}

fn moment_text(moment: AsOf) -> String {
    match moment {
        AsOf::Version(version) => format!("version {version}"),
        AsOf::Position(position) => format!("position {position}"),
        AsOf::Time(at) => time(at),
    }
}
