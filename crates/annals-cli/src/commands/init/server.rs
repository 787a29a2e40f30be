//! `init` for a store on a server: its schema, and the rights of a role.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::time::Clock;

use crate::cli::{Global, RoleName};
use crate::environment::{Environment, OpenStore, OpenedStore, Purpose};
use crate::place::StorePlace;
use crate::print::printable;
use crate::run_error::{Left, RunError};
use crate::session::answer;

/// The answer of `init` for a server.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::commands) struct ServerView {
    /// The address of the store.
    store: String,
    /// Whether the command created it.
    created: bool,
    /// The role that got the rights.
    role: Option<String>,
}

pub(super) async fn run(
    place: StorePlace,
    role: Option<RoleName>,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    let (stores, clock) = (environment.stores, &environment.clock);
    let (store, created) = match open(&place, Purpose::Change, stores, clock).await? {
        Some(store) => (store, false),
        None => {
            let created = open(&place, Purpose::Create, stores, clock).await?;
            let missing = || RunError::NoStore {
                place: place.clone(),
                is_named: true,
            };
            (created.ok_or_else(missing)?, true)
        }
    };
    let granted = match (&store.server, &role) {
        (Some(server), Some(role)) => server.grant_to(role.as_str()).await,
        _ => Ok(()),
    };
    store.close().await;
    granted?;
    let view = ServerView {
        store: place.to_string(),
        created,
        role: role.map(|role| role.as_str().to_owned()),
    };
    let written = answer(environment, global, &view, || for_people(&view));
    written.map_err(|error| error.after_change(Left::Server))
}

async fn open(
    place: &StorePlace,
    purpose: Purpose,
    stores: &dyn OpenStore,
    clock: &Arc<dyn Clock>,
) -> Result<Option<OpenedStore>, RunError> {
    let opened = stores.open(place, purpose, Arc::clone(clock)).await;
    opened.map_err(|error| RunError::opening(place, error))
}

fn for_people(view: &ServerView) -> String {
    let mut text = match view.created {
        true => format!("new store: {}", view.store),
        false => format!("the store is there already: {}", view.store),
    };
    if let Some(role) = &view.role {
        text.push_str(&format!(
            "\nrights granted to {role}: to read the store and to append events, not to change or \
             remove them"
        ));
    }
    printable(&text)
}
