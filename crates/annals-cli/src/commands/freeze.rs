//! The commands `freeze` and `unfreeze`: the end of a frozen store.

use std::path::Path;
use std::sync::Arc;

use futures_util::TryStreamExt;
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::store::{Destination, LogQuery};
use shared_kernel::time::Clock;
use shared_kernel::{EventId, EventStore, EventStoreExt, GlobalPosition, StoreError};

use crate::cli::{Freeze, Unfreeze};
use crate::environment::{OpenStore, Purpose};
use crate::moving::MovingError;
use crate::place::StorePlace;
use crate::print::printable;
use crate::run_error::{Left, RunError};
use crate::session::Session;

/// The answer of `freeze`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct FreezeView<'a> {
    store: String,
    moves_to: &'a str,
    last_position: u64,
}

/// The answer of `unfreeze`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct UnfreezeView<'a> {
    store: String,
    /// `null` if the store was not frozen.
    moved_to: Option<&'a str>,
}

pub(crate) async fn run(arguments: Freeze, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let to = absolute(arguments.to, session)?;
    let frozen = session.store.transfer.freeze(&to).await;
    let head = frozen.map_err(|error| match error {
        StoreError::Moved { to, .. } => MovingError::FrozenAlready { to }.into(),
        error => RunError::Store(error),
    })?;
    let head = head.unwrap_or(GlobalPosition::START);
    let view = FreezeView {
        store: session.absolute_place(),
        moves_to: to.as_str(),
        last_position: head.get(),
    };
    let written = session.answer(&view, || {
        printable(&format!(
            "frozen: the log ends at position {head} and moves to {to}"
        ))
    });
    written.map_err(|error| error.after_change(Left::Log))
}

pub(crate) async fn call_off(
    arguments: Unfreeze,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let store = Arc::clone(&session.store.transfer);
    let moved_to = store.frozen_for().await?;
    if let Some(to) = moved_to.as_ref().filter(|_| !arguments.unchecked) {
        let (stores, clock) = (session.environment.stores, &session.environment.clock);
        look_at(to, stores, Arc::clone(clock), &*store).await?;
    }
    store.unfreeze().await?;
    let moved_to = moved_to.as_ref().map(Destination::as_str);
    let view = UnfreezeView {
        store: session.absolute_place(),
        moved_to,
    };
    let written = session.answer(&view, || match moved_to {
        Some(to) => printable(&format!(
            "the store takes changes again; its move to {to} is called off"
        )),
        None => "the store was not frozen".to_owned(),
    });
    written.map_err(|error| error.after_change(Left::Log))
}

/// Makes sure that the new store has no events that this one lacks.
async fn look_at(
    to: &Destination,
    stores: &dyn OpenStore,
    clock: Arc<dyn Clock>,
    own: &dyn EventStore,
) -> Result<(), RunError> {
    let unseen = |source| MovingError::Unseen {
        to: to.to_string(),
        source,
    };
    let place = StorePlace::named(Path::new(to.as_str())).map_err(|error| unseen(error.into()))?;
    let opened = stores.open(&place, Purpose::Read, clock);
    let new = match opened.await.map_err(|error| unseen(error.into()))? {
        Some(new) => new,
        None => return Ok(()),
    };
    let compared = own_event(&*new.events, own).await;
    new.close().await;
    let Some(head) = compared.map_err(|error| unseen(error.into()))? else {
        return Ok(());
    };
    let (to, own) = (
        to.to_string(),
        own.head().await?.unwrap_or(GlobalPosition::START),
    );
    let error = match head > own {
        true => MovingError::MovedOn { to, head, own },
        false => MovingError::MovedApart { to, head },
    };
    Err(error.into())
}

/// The position of the last event of the new log, if it is the same log and this event is its own:
/// the old log does not go as far, or has another event there.
async fn own_event(
    new: &dyn EventStore,
    own: &dyn EventStore,
) -> Result<Option<GlobalPosition>, StoreError> {
    let Some(head) = new.head().await? else {
        return Ok(None);
    };
    let is_own = new.id().await? == own.id().await?
        && event_at(head, new).await? != event_at(head, own).await?;
    Ok(Some(head).filter(|_| is_own))
}

/// The id of the event at a position.
async fn event_at(
    position: GlobalPosition,
    log: &dyn EventStore,
) -> Result<Option<EventId>, StoreError> {
    let query = LogQuery::new().positions(position..=position);
    let event = log.read_log(query).try_next().await?;
    Ok(event.map(|event| event.id))
}

/// A path as seen from all directories; an address stays as it is.
fn absolute(to: Destination, session: &Session<'_, '_>) -> Result<Destination, RunError> {
    match &session.environment.folder {
        Some(folder) if !to.as_str().contains("://") => {
            let path = folder.join(to.as_str());
            Ok(Destination::new(path.to_string_lossy())?)
        }
        _ => Ok(to),
    }
}
