//! The command `diff`: the changes of an item between two moments.

use serde::Serialize;
use shared_kernel::repository::AsOf;
use work_item::{FieldChange, FieldValue};
use work_tracking::ItemDiff;

use super::show::check_reached;
use crate::cli::{Diff, Until};
use crate::print::{STRONG, cell, indented, table, time};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::IdView;

/// The answer of `diff`.
#[derive(Debug, Serialize)]
struct DiffView<'a> {
    #[serde(flatten)]
    item: IdView,
    /// The version of the item at the first moment.
    from: u64,
    /// The version of the item at the second moment.
    to: u64,
    /// The fields that differ, each with its two values; `null` for no value.
    changes: &'a [FieldChange],
}

pub(crate) async fn run(arguments: Diff, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let Diff { item, from, to } = arguments;
    let now = session.environment.clock.now();
    let (first, second) = (from.resolve(now)?, to.resolve(now)?);
    let diff = session.tracker.diff(item, first, second).await;
    let earlier = match (first, second) {
        (AsOf::Time(first), AsOf::Time(second)) => AsOf::Time(first.min(second)),
        (AsOf::Time(_), _) => first,
        _ => second,
    };
    let diff = diff.map_err(|error| RunError::at_moment(error, earlier))?;
    check_reached(item, first, diff.from.version)?;
    if !matches!(to, Until::Now) {
        check_reached(item, second, diff.to.version)?;
    }
    let view = DiffView {
        item: diff.to.item.id().into(),
        from: diff.from.version.get(),
        to: diff.to.version.get(),
        changes: &diff.changes,
    };
    let width = session.environment.width;
    session.answer(&view, || for_people(&diff, width))
}

fn for_people(diff: &ItemDiff, width: Option<u16>) -> String {
    let item = &diff.to.item;
    let (number, title) = (item.id().number(), item.title());
    let (from, to) = (diff.from.version, diff.to.version);
    let heading = format!("{number} {title} version {from} → {to}");
    let heading = format!("{STRONG}{}{STRONG:#}", indented(&heading, 0, width));
    if diff.changes.is_empty() {
        return format!("{heading}\nnothing changed");
    }
    let mut table = table(&["field", "from", "to"], width);
    for FieldChange { field, from, to } in &diff.changes {
        let value = |value: &Option<FieldValue>| match value {
            None => cell("–"),
            Some(FieldValue::Time(at)) => cell(time(*at)),
            Some(value) => cell(value),
        };
        table.add_row([cell(field), value(from), value(to)]);
    }
    format!("{heading}\n{}", table.trim_fmt())
}
