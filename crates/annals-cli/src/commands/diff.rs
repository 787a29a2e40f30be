//! The command `diff`: the changes of an item between two moments.

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::StreamVersion;
use shared_kernel::repository::AsOf;
use work_item::{FieldChange, FieldValue};
use work_tracking::ItemDiff;

use super::show::check_reached;
use crate::cli::{Diff, Until};
use crate::print::{STRONG, cell, indented, table, time};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::IdView;
use crate::wording::claimed;

/// The answer of `diff`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct DiffView<'a> {
    #[serde(flatten)]
    item: IdView,
    /// The version of the item at the first moment.
    from: u64,
    /// The version of the item at the second moment.
    to: u64,
    /// The fields that differ, each with its two values; `null` for no value.
    changes: Vec<ChangeView<'a>>,
}

/// A field that differs.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ChangeView<'a> {
    #[serde(flatten)]
    #[schemars(with = "crate::schema::FieldChange")]
    change: &'a FieldChange,
    /// Whether the first value is a figure that was not read from a file.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    from_claimed: bool,
    /// Whether the second value is a figure that was not read from a file.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    to_claimed: bool,
}

pub(crate) async fn run(arguments: Diff, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let Diff { item, from, to } = arguments;
    let first = session.resolve(from)?;
    let second = match to {
        Until::Moment(moment) => session.resolve(moment)?,
        Until::Now => AsOf::Version(StreamVersion::MAX),
    };
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
        changes: diff
            .changes
            .iter()
            .map(|change| view_of(change, &diff))
            .collect(),
    };
    let width = session.environment.width;
    session.answer(&view, || for_people(&diff, &view.changes, width))
}

fn view_of<'a>(change: &'a FieldChange, diff: &ItemDiff) -> ChangeView<'a> {
    let FieldChange { field, from, to } = change;
    ChangeView {
        change,
        from_claimed: from.is_some() && diff.from.item.is_claimed(*field),
        to_claimed: to.is_some() && diff.to.item.is_claimed(*field),
    }
}

fn for_people(diff: &ItemDiff, changes: &[ChangeView<'_>], width: Option<u16>) -> String {
    let item = &diff.to.item;
    let (number, title) = (item.id().number(), item.title());
    let (from, to) = (diff.from.version, diff.to.version);
    let heading = format!("{number} {title} version {from} → {to}");
    let heading = format!("{STRONG}{}{STRONG:#}", indented(&heading, 0, width));
    if changes.is_empty() {
        return format!("{heading}\nnothing changed");
    }
    let mut table = table(&["field", "from", "to"], width);
    for one in changes {
        let FieldChange { field, from, to } = one.change;
        let value = |value: &Option<FieldValue>, is_claimed| match value {
            None => cell("–"),
            Some(FieldValue::Time(at)) => cell(time(*at)),
            Some(value) => cell(format!("{value}{}", claimed(is_claimed))),
        };
        let (from, to) = (value(from, one.from_claimed), value(to, one.to_claimed));
        table.add_row([cell(field), from, to]);
    }
    format!("{heading}\n{}", table.trim_fmt())
}
