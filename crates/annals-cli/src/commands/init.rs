//! The command `init`: a folder for the store of a project, or a store on a server.

pub(super) mod server;

use std::io;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::{Global, Init};
use crate::environment::Environment;
use crate::place::{FOLDER, StorePlace, VARIABLE, from_variable, store_in, store_place};
use crate::print::printable;
use crate::run_error::{Left, RunError};
use crate::session::answer;

/// The answer of `init`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct InitView {
    /// The folder of the store.
    folder: String,
    /// Whether the command created it.
    created: bool,
    /// The path of the store, which the first `annals add` creates.
    store: String,
    /// The store that `ANNALS_STORE` names instead.
    overridden_by: Option<String>,
    /// The store that commands in this directory used until now, if there is one.
    previous_store: Option<String>,
}

pub(crate) async fn run(
    arguments: Init,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    if global.read_only {
        return Err(RunError::OnlyReads);
    }
    let named = global.store.clone().or_else(|| from_variable(environment));
    let place = named.as_deref().map(StorePlace::named).transpose()?;
    match place {
        Some(place @ StorePlace::Server(_)) => {
            server::run(place, arguments.role, global, environment).await
        }
        _ if arguments.role.is_some() => Err(RunError::RoleWithoutServer),
        _ if global.store.is_some() => Err(RunError::InitHasNoStore),
        _ => make_folder(global, environment),
    }
}

fn make_folder(global: &Global, environment: &mut Environment<'_>) -> Result<(), RunError> {
    let here = environment.folder.clone().ok_or(RunError::NoDirectory)?;
    let folder = here.join(FOLDER);
    let before = store_place(None, environment).ok();
    let before = before.as_ref().and_then(StorePlace::file);
    let before = before.filter(|path| **path != store_in(&folder) && path.exists());
    let created = match std::fs::create_dir(&folder) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match folder.is_dir() {
            true => false,
            false => return Err(RunError::FileInTheWay { path: folder }),
        },
        Err(source) => {
            let path = folder;
            return Err(RunError::Project { path, source });
        }
    };
    let text = |path: &Path| path.display().to_string();
    let view = InitView {
        created,
        store: text(&store_in(&folder)),
        overridden_by: from_variable(environment).as_deref().map(text),
        previous_store: before.map(text),
        folder: text(&folder),
    };
    let written = answer(environment, global, &view, || for_people(&view));
    written.map_err(|error| error.after_change(Left::Folder))
}

fn for_people(view: &InitView) -> String {
    let InitView { folder, store, .. } = view;
    let mut text = match view.created {
        true => format!("new folder: {folder}"),
        false => format!("the folder is there already: {folder}"),
    };
    text.push_str(&format!(
        "\nthe store of this directory and those below it: {store}"
    ));
    if let (Some(before), None) = (&view.previous_store, &view.overridden_by) {
        text.push_str(&format!(
            "\nuntil now, commands here used another store: {before}"
        ));
    }
    if let Some(other) = &view.overridden_by {
        text.push_str(&format!(
            "\n{VARIABLE} is set, so commands use another store: {other}"
        ));
    }
    printable(&text)
}
