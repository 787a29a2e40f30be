//! The command `restore`: a backup takes the place of the store's file.

use persistence_sqlite::SqliteStore;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::{Global, Restore};
use crate::environment::Environment;
use crate::obstacle::{Obstacle, is_output};
use crate::place::{StorePlace, store_place};
use crate::print::printable;
use crate::progress::Progress;
use crate::run_error::{Left, RunError};
use crate::session::{answer, create_default_folder};

/// The answer of `restore`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct RestoreView<'a> {
    store: &'a str,
    backup: &'a str,
    events: u64,
    /// The files of the store before.
    #[schemars(with = "Vec<String>")]
    set_aside: &'a [String],
}

pub(crate) async fn run(
    arguments: Restore,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    if global.read_only {
        return Err(RunError::OnlyReads);
    }
    let place = store_place(global.store.as_deref(), environment)?;
    let StorePlace::File(path) = &place else {
        return Err(RunError::StoreIsOnServer { command: "restore" });
    };
    if is_output(path) {
        return Err(RunError::Obstacle {
            path: path.clone(),
            source: Obstacle::IsOutput,
        });
    }
    create_default_folder(&place, environment)?;
    let label = "checking and copying the backup";
    let work = SqliteStore::restore(&arguments.backup, path);
    let restored = Progress::spin(label, environment.draws_progress, work).await?;
    let set_aside = restored
        .set_aside
        .iter()
        .map(|file| file.display().to_string());
    let set_aside: Vec<_> = set_aside.collect();
    let (store, backup) = (
        path.display().to_string(),
        arguments.backup.display().to_string(),
    );
    let view = RestoreView {
        store: &store,
        backup: &backup,
        events: restored.report.events,
        set_aside: &set_aside,
    };
    let written = answer(environment, global, &view, || {
        let mut text = format!(
            "restored {store} from {backup}: {} events",
            restored.report.events
        );
        for file in &set_aside {
            text.push_str(&format!("\nkept the file before as {file}"));
        }
        printable(&text)
    });
    written.map_err(|error| error.after_change(Left::Store))
}
