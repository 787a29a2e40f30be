//! The command `list`: the work items that match a filter.

use work_tracking::{ItemFilter, TrackedItem};

use crate::cli::List;
use crate::print::{cell, printable, priority_cell, status_cell, table};
use crate::progress::Progress;
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::ItemView;

pub(crate) async fn run(arguments: List, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let filter = ItemFilter {
        statuses: arguments.status,
        item_types: arguments.item_type,
        assignees: arguments.assignee.into_iter().map(|who| who.0).collect(),
    };
    let progress = Progress::begin("reading the log", session.environment.draws_progress);
    let items = session
        .tracker
        .list(&filter, |done| {
            progress.update(done.read.get(), done.end.get())
        })
        .await;
    drop(progress);
    let items = items?;
    let views = items
        .iter()
        .map(|tracked| ItemView::new(&tracked.item, tracked.version));
    let width = session.environment.width;
    session.answer(&views.collect::<Vec<_>>(), || match items.is_empty() {
        true => "no work items".to_owned(),
        false => as_table(&items, width),
    })
}

/// Writes one line for each item, for the completion scripts: `WORK-001`, a tab, the title.
pub(super) async fn write_completions(session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let items = session.tracker.list(&ItemFilter::new(), |_| {}).await?;
    for TrackedItem { item, .. } in &items {
        let (number, title) = (item.id().number(), printable(item.title().as_str()));
        session.tell(format_args!("{number}\t{title}"))?;
    }
    Ok(())
}

fn as_table(items: &[TrackedItem], width: Option<u16>) -> String {
    let mut table = table(
        &["item", "status", "priority", "type", "who", "title"],
        width,
    );
    for TrackedItem { item, .. } in items {
        table.add_row([
            cell(item.id().number()),
            status_cell(item.status()),
            priority_cell(item.priority()),
            cell(item.item_type()),
            cell(
                item.assignee()
                    .map_or_else(String::new, ToString::to_string),
            ),
            cell(item.title()),
        ]);
    }
    table.trim_fmt()
}
