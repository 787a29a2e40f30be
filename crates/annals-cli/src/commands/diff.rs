//! The command `diff`: the changes of an item between two moments.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use shared_kernel::StreamVersion;
use shared_kernel::repository::AsOf;
use work_item::{FieldChange, FieldValue};
use work_tracking::{ItemDiff, TrackedItem, WorkTracker};

use super::show::{About, MORE_SHOW_FIELDS, ObjectionView, check_reached};
use crate::claims::Claims;
use crate::cli::{Diff, Format, Until};
use crate::print::{STRONG, cell, indented, table, time};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{ClaimView, DependencyView, ITEM_FIELDS, IdView, NoteView, TestRunView};
use crate::wording::claimed;

/// The answer of `diff`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct DiffView {
    #[serde(flatten)]
    item: IdView,
    /// The version of the item at the first moment.
    from: u64,
    /// The version of the item at the second moment.
    to: u64,
    /// The fields of `show` that differ, but for the version.
    changes: Vec<ChangeView>,
}

/// A field of `show` that differs. Of `note_texts`, both values have only the notes that the other
/// moment does not have.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ChangeView {
    field: &'static str,
    #[schemars(with = "FieldOfShow<'static>")]
    from: Value,
    #[schemars(with = "FieldOfShow<'static>")]
    to: Value,
}

/// The value of a field of `show`.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum FieldOfShow<'a> {
    Plain(Value),
    Item(IdView),
    Items(Vec<IdView>),
    Claim(ClaimView),
    TestRun(TestRunView),
    Dependencies(Vec<DependencyView>),
    Objections(Vec<ObjectionView>),
    Notes(Vec<NoteView<'a>>),
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
        changes: match session.format {
            Format::Human => Vec::new(),
            _ => {
                let claims = match to {
                    Until::Now => Claims::of([&diff.to.item], session).await?,
                    Until::Moment(_) => Claims::default(),
                };
                let before = fields(&diff.from, &Claims::default(), &session.tracker).await?;
                changes(before, fields(&diff.to, &claims, &session.tracker).await?)
            }
        },
    };
    let width = session.environment.width;
    session.answer(&view, || for_people(&diff, width))
}

/// The fields that `show` has of a state; the claim of a past one has no renewals.
async fn fields(
    tracked: &TrackedItem,
    claims: &Claims,
    tracker: &WorkTracker,
) -> Result<Map<String, Value>, RunError> {
    let about = About::of(tracked, tracker).await?;
    match serde_json::to_value(about.view(tracked, claims)) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(RunError::Internal(error.into())),
    }
}

/// The fields that differ: with them, the first state becomes the second one.
fn changes(mut before: Map<String, Value>, mut after: Map<String, Value>) -> Vec<ChangeView> {
    let mut changes = Vec::new();
    let fields = ITEM_FIELDS.into_iter().chain(MORE_SHOW_FIELDS);
    for field in fields.filter(|field| *field != "version") {
        let mut from = before.remove(field).unwrap_or_default();
        let mut to = after.remove(field).unwrap_or_default();
        if from == to {
            continue;
        }
        // Notes are only added, so the longer list begins with the shorter one.
        if let (true, Value::Array(from), Value::Array(to)) =
            (field == "note_texts", &mut from, &mut to)
        {
            let both = from.len().min(to.len());
            from.drain(..both);
            to.drain(..both);
        }
        changes.push(ChangeView { field, from, to });
    }
    changes
}

fn for_people(diff: &ItemDiff, width: Option<u16>) -> String {
    let changes = &diff.changes;
    let item = &diff.to.item;
    let (number, title) = (item.id().number(), item.title());
    let (from, to) = (diff.from.version, diff.to.version);
    let heading = format!("{number} {title} version {from} → {to}");
    let heading = format!("{STRONG}{}{STRONG:#}", indented(&heading, 0, width));
    if changes.is_empty() {
        return format!("{heading}\nnothing changed");
    }
    let mut table = table(&["field", "from", "to"], width);
    for FieldChange { field, from, to } in changes {
        let (was, is) = (&diff.from.item, &diff.to.item);
        let value = |value: &Option<FieldValue>, is_claimed| match value {
            None => cell("–"),
            Some(FieldValue::Time(at)) => cell(time(*at)),
            Some(value) => cell(format!("{value}{}", claimed(is_claimed))),
        };
        let (from, to) = (
            value(from, was.is_claimed(*field)),
            value(to, is.is_claimed(*field)),
        );
        table.add_row([cell(field), from, to]);
    }
    format!("{heading}\n{}", table.trim_fmt())
}
