//! The command `init`: a folder for the store of a project.

use std::io;
use std::path::Path;

use serde::Serialize;

use crate::cli::Global;
use crate::environment::Environment;
use crate::place::{FOLDER, VARIABLE, from_variable, store_in, store_path};
use crate::print::printable;
use crate::run_error::{Left, RunError};
use crate::session::answer;

/// The answer of `init`.
#[derive(Debug, Serialize)]
struct InitView {
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

pub(crate) fn run(global: &Global, environment: &mut Environment<'_>) -> Result<(), RunError> {
    if global.store.is_some() {
        return Err(RunError::InitHasNoStore);
    }
    let here = environment.folder.clone().ok_or(RunError::NoDirectory)?;
    let folder = here.join(FOLDER);
    let before = store_path(None, environment).ok();
    let before = before.filter(|path| *path != store_in(&folder) && path.exists());
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
        previous_store: before.as_deref().map(text),
        folder: text(&folder),
    };
    let written = answer(environment, global.format, &view, || for_people(&view));
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
