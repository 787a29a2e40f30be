//! The command `list`: the work items that match a filter.

use std::collections::HashSet;

use work_tracking::{ItemFilter, ItemName, ListProgress, ListQuery, TrackedItem};

use crate::claims::Claims;
use crate::cli::{List, Rows, Several};
use crate::names::Names;
use crate::print::{cell, printable, priority_cell, status_cell, table};
use crate::progress::Progress;
use crate::read_model::{self, queue};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{ITEM_FIELDS, ItemView, LIST_DEFAULTS};

pub(crate) async fn run(
    mut arguments: List,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let rows = Rows::chosen(std::mem::take(&mut arguments.fields), arguments.ids);
    let (is_ready, limit) = (arguments.ready, arguments.limit);
    if is_ready {
        arguments.limit = None;
    }
    let query = query(arguments, session).await?;
    let mut items = all_of(&query, session).await?;
    if is_ready {
        let ready = queue::ready(None, session).await?;
        let ready: HashSet<_> = ready.iter().map(|one| one.tracked.item.id()).collect();
        items.retain(|tracked| ready.contains(&tracked.item.id()));
        items.truncate(limit.unwrap_or(usize::MAX));
    }
    let claims = Claims::of(items.iter().map(|tracked| &tracked.item), session).await?;
    let views = items.iter().map(|tracked| {
        let view = ItemView::new(&tracked.item, tracked.version);
        view.with_claim(claims.view(&tracked.item))
    });
    let width = session.environment.width;
    let (views, fields) = (
        views.collect::<Vec<_>>(),
        (&ITEM_FIELDS[..], &LIST_DEFAULTS[..]),
    );
    session.answer_rows(&views, &rows, fields, || match items.is_empty() {
        true => "no work items".to_owned(),
        false => as_table(&items, &claims, width),
    })
}

async fn query(arguments: List, session: &mut Session<'_, '_>) -> Result<ListQuery, RunError> {
    let parent = match arguments.parent {
        Some(parent) => Some(session.tracker.show(parent).await?.item.id()),
        None => None,
    };
    let now = session.environment.clock.now();
    let (since, until) = (arguments.since, arguments.until);
    let filter = ItemFilter {
        statuses: all(arguments.status),
        item_types: all(arguments.item_type),
        assignees: arguments.assignee.into_iter().map(|who| who.0).collect(),
        priorities: all(arguments.priority),
        risk_tiers: all(arguments.risk),
        parent,
        text: arguments.text,
        since: since.map(|time| time.beginning(now)).transpose()?,
        until: until.map(|time| time.end(now)).transpose()?,
    };
    Ok(ListQuery {
        filter,
        order: arguments.sort.into(),
        limit: arguments.limit,
    })
}

fn all<T>(words: Vec<Several<T>>) -> Vec<T> {
    words.into_iter().flat_map(|several| several.0).collect()
}

/// The items of a query, by the read model or by a replay of the log.
pub(crate) async fn all_of(
    query: &ListQuery,
    session: &mut Session<'_, '_>,
) -> Result<Vec<TrackedItem>, RunError> {
    if let Some(items) = read_model::list(query, session).await? {
        return Ok(items);
    }
    let mut progress = Progress::begin("reading the log", session.environment);
    let update = |done: ListProgress| progress.update(done.read.get(), done.end.get());
    Ok(session.tracker.list(query.clone(), update).await?)
}

/// Writes one line for each item, for the completion scripts: `WORK-001`, a tab, the title.
pub(super) async fn write_completions(session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let mut names = Names::default().all(session).await?;
    names.sort_by_key(|name| name.number);
    for ItemName { number, title } in names {
        let title = printable(title.as_str());
        session.tell(format_args!("{number}\t{title}"))?;
    }
    Ok(())
}

fn as_table(items: &[TrackedItem], claims: &Claims, width: Option<u16>) -> String {
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
            cell(claims.who(item)),
            cell(item.title()),
        ]);
    }
    table.trim_fmt()
}
