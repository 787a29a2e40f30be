//! The command `backup`: a copy of the store's file.

use std::path::Path;

use crate::place::StorePlace;
use crate::print::printable;
use crate::progress::Progress;
use crate::run_error::{Left, RunError};
use crate::session::Session;
use schemars::JsonSchema;
use serde::Serialize;

/// The answer of `backup`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct BackupView<'a> {
    backup: &'a str,
}

pub(crate) async fn run(path: &Path, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    if let StorePlace::Server(_) = session.place {
        return Err(RunError::StoreIsOnServer { command: "backup" });
    }
    let file = session
        .store
        .file
        .clone()
        .ok_or(RunError::StoreIsNoFile { action: "copy" })?;
    let draws = session.environment.draws_progress;
    Progress::spin("copying the file", draws, file.backup(path)).await?;
    let backup = path.display().to_string();
    let written = session.answer(&BackupView { backup: &backup }, || {
        printable(&format!("copied to {backup}"))
    });
    written.map_err(|error| error.after_change(Left::Backup))
}
