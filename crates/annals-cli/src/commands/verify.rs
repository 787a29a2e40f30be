//! The command `context --verify`: the citations of a text against the store.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::StreamVersion;
use work_tracking::{FailureKind, ItemRef};

use super::document::Document;
use crate::command_error::CommandError;
use crate::context::{citations, is_version};
use crate::print::printable;
use crate::run_error::RunError;
use crate::session::Session;
use crate::transcode;

/// The answer of `context --verify`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct VerifyView {
    /// The number of different citations in the text.
    citations: usize,
    /// Those that lead to no event.
    unresolved: Vec<UnresolvedView>,
}

/// A citation that leads to no event.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct UnresolvedView {
    citation: String,
    reason: String,
}

pub(super) async fn run(
    file: Option<PathBuf>,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let Document { from, bytes } = Document::read(file, session.environment).await?;
    let text = transcode::text(&bytes).map_err(|error| RunError::Malformed {
        from,
        format: "text",
        error,
    })?;
    let citations = citations(text);
    let mut unresolved = Vec::new();
    for (number, version) in &citations {
        if let Some(reason) = problem(number, version, session).await? {
            let citation = printable(&format!("[{number}@{version}]"));
            unresolved.push(UnresolvedView { citation, reason });
        }
    }
    let view = VerifyView {
        citations: citations.len(),
        unresolved,
    };
    session.answer(&view, || {
        let VerifyView {
            citations,
            unresolved,
        } = &view;
        let mut text = format!(
            "{} of {citations} citation(s) lead to an event",
            citations - unresolved.len()
        );
        for one in unresolved {
            text.push_str(&format!("\n  - {}: {}", one.citation, one.reason));
        }
        text
    })?;
    match view.unresolved.len() {
        0 => Ok(()),
        count => Err(CommandError::Unresolved { count }.into()),
    }
}

/// The reason why a citation leads to no event.
async fn problem(
    number: &str,
    version: &str,
    session: &mut Session<'_, '_>,
) -> Result<Option<String>, RunError> {
    let asked = Some(version).filter(|version| is_version(version));
    let asked = asked.and_then(|version| version.parse::<u64>().ok());
    let (Ok(item), Some(asked)) = (number.parse::<ItemRef>(), asked) else {
        return Ok(Some("it is not a number and a version".to_owned()));
    };
    let found = match session.tracker.show(item).await {
        Ok(found) => found.version,
        Err(error) if error.kind() == FailureKind::NotFound => {
            return Ok(Some("there is no such item".to_owned()));
        }
        Err(error) => return Err(error.into()),
    };
    let is_there = asked > StreamVersion::EMPTY.get() && asked <= found.get();
    Ok((!is_there).then(|| format!("the item has version(s) 1 to {found}")))
}
