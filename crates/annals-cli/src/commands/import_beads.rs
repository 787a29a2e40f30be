//! The command `import --beads`: the issues of Beads, as items.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::Metadata;
use work_tracking::ImportedItems;

use super::lines::Lines;
use crate::beads::{self, BeadsError, Issues};
use crate::cli::Global;
use crate::composition::Creator;
use crate::environment::{Environment, Purpose};
use crate::moving::MovingError;
use crate::print::indented;
use crate::run_error::{Left, RunError};
use crate::session::Session;

/// The answer of `import --beads`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct BeadsView {
    store: String,
    /// The number of issues in the file, without the deleted ones.
    issues: u64,
    imported: u64,
    /// The number of issues that were imported before and have not changed.
    already_there: u64,
    /// The aliases of issues that were imported before and have changed in Beads. They were not
    /// touched.
    changed: Vec<String>,
    /// The number of issues that were deleted in Beads.
    deleted: u64,
    /// The number of records that are no issues, such as memories.
    other_records: u64,
    /// The aliases of issues with a shortened title. The whole one is in the description.
    shortened: Vec<String>,
    /// The links that were left out.
    left_out_links: Vec<LeftOutView>,
    /// The fields that were left out.
    left_out_fields: Vec<FieldView>,
    last_position: u64,
}

/// A link that was left out.
#[derive(Debug, JsonSchema, Serialize)]
struct LeftOutView {
    from: String,
    to: String,
    reason: String,
}

/// A field that was left out.
#[derive(Debug, JsonSchema, Serialize)]
struct FieldView {
    field: String,
    /// The number of issues that have it.
    count: u64,
}

/// The most lines of one kind in the answer for people.
const MOST_LINES: usize = 10;

pub(super) async fn run(
    file: PathBuf,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    let lines = Lines::of(file, environment)?;
    let from = lines.from.clone();
    let read = beads::read(&lines.whole().await?);
    let issues = read.map_err(|source| refused(&from, source))?;
    let mut session = Session::open(global, Purpose::Create, environment).await?;
    let outcome = import(&from, issues, &mut session).await;
    session.close().await;
    outcome
}

fn refused(from: &str, source: BeadsError) -> MovingError {
    let from = from.to_owned();
    MovingError::Beads { from, source }
}

async fn import(from: &str, issues: Issues, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let creator = Creator::lease(&session.store, &session.environment.clock).await?;
    let metadata = session.metadata();
    let imported = import_parts(from, &issues, &creator, &metadata).await;
    creator.release(&session.store).await;
    let imported = imported?;
    let head = session.store.events.head().await?;
    let links = issues.left_out_links.into_iter();
    let unnamed = links.map(|(from, to)| LeftOutView {
        reason: match from.eq_ignore_ascii_case(&to) {
            true => "it is the issue itself".to_owned(),
            false => "it is the name of no item".to_owned(),
        },
        from,
        to,
    });
    let links = imported.left_out.iter().map(|left| LeftOutView {
        from: left.from.to_string(),
        to: left.to.to_string(),
        reason: left.reason.to_owned(),
    });
    let fields = issues.left_out_fields.into_iter();
    let view = BeadsView {
        store: session.absolute_place(),
        issues: issues.items.items().len() as u64,
        imported: imported.created.len() as u64,
        already_there: imported.unchanged.len() as u64,
        changed: imported.changed.iter().map(ToString::to_string).collect(),
        deleted: issues.deleted,
        other_records: issues.other_records,
        shortened: issues.shortened,
        left_out_links: unnamed.chain(links).collect(),
        left_out_fields: fields
            .map(|(field, count)| FieldView { field, count })
            .collect(),
        last_position: head.map_or(0, |head| head.get()),
    };
    let width = session.environment.width;
    let answered = session.answer(&view, || people(&view, width));
    answered.map_err(|error| error.after_change(Left::Log))
}

async fn import_parts(
    from: &str,
    issues: &Issues,
    creator: &Creator,
    metadata: &Metadata,
) -> Result<ImportedItems, RunError> {
    let mut whole = ImportedItems::default();
    for part in issues.items.parts() {
        let imported = creator.tracker.import(part, &issues.items, metadata).await;
        let imported = match imported {
            Err(source) if !whole.created.is_empty() => {
                return Err(MovingError::PartOfBeads {
                    from: from.to_owned(),
                    done: whole.created.len(),
                    all: issues.items.items().len(),
                    source: Box::new(source),
                }
                .into());
            }
            imported => imported?,
        };
        whole.created.extend(imported.created);
        whole.unchanged.extend(imported.unchanged);
        whole.changed.extend(imported.changed);
        whole.left_out.extend(imported.left_out);
    }
    Ok(whole)
}

fn people(view: &BeadsView, width: Option<u16>) -> String {
    let mut lines = vec![format!(
        "imported {} of {} issues",
        view.imported, view.issues
    )];
    let mut count = |count: u64, text: &str| {
        if count > 0 {
            lines[0].push_str(&format!("; {count} {text}"));
        }
    };
    count(view.already_there, "were there already");
    count(view.deleted, "deleted ones are left out");
    count(view.other_records, "other records are left out");
    let mut list = |heading: &str, entries: Vec<String>| {
        if entries.is_empty() {
            return;
        }
        lines.push(format!("{heading}:"));
        let rest = entries.len().saturating_sub(MOST_LINES);
        lines.extend(
            entries
                .into_iter()
                .take(MOST_LINES)
                .map(|line| format!("  - {line}")),
        );
        if rest > 0 {
            lines.push(format!("  - and {rest} more; --format json has all"));
        }
    };
    list(
        "changed in Beads since their import, and not touched",
        view.changed.clone(),
    );
    list("titles that were shortened", view.shortened.clone());
    let links = view.left_out_links.iter();
    let links = links.map(|link| format!("{} to {}: {}", link.from, link.to, link.reason));
    list("links that were left out", links.collect());
    let fields = view.left_out_fields.iter();
    let fields = fields.map(|field| format!("{} ({} issues)", field.field, field.count));
    list("fields that were left out", fields.collect());
    let lines: Vec<_> = lines.iter().map(|line| indented(line, 4, width)).collect();
    lines.join("\n")
}
