//! Owns the copy of the store's file.

use std::path::Path;

use serde_json::json;

use crate::cli::Format;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::session::Session;

pub(crate) async fn run(path: &Path, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let file = session
        .store
        .file
        .clone()
        .ok_or(Failure::NoFile { what: "copy" })?;
    let progress = Progress::begin("copying the file", session.surroundings.draws_progress);
    let copied = file.backup(path).await;
    drop(progress);
    copied?;
    let backup = path.display().to_string();
    match session.format {
        Format::Json => session.write_json(&json!({ "backup": backup })),
        Format::Human => session.write(format_args!("copied to {backup}")),
    }
}
