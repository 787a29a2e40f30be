//! The command `ready`: the items that are ready, or the reasons why one is not.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use work_tracking::{Explained, ItemRef, NotReady, ReadyItem};

use crate::cli::{Ready, Rows};
use crate::print::{STRONG, cell, indented, priority_cell, status_cell, table};
use crate::read_model::queue;
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{IdView, READY_DEFAULTS, READY_FIELDS};

/// An item that is ready.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ReadyView<'a> {
    #[serde(flatten)]
    item: IdView,
    title: &'a str,
    #[serde(rename = "type")]
    item_type: &'static str,
    status: &'static str,
    priority: &'static str,
    /// The number of open items that wait for it.
    unblocks: u64,
    #[schemars(with = "String")]
    created_at: Timestamp,
    version: u64,
}

/// The answer of `ready --explain`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ExplainedView<'a> {
    #[serde(flatten)]
    item: IdView,
    title: &'a str,
    status: &'static str,
    is_ready: bool,
    reasons: Vec<ReasonView>,
    version: u64,
}

/// A reason why an item is not ready.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ReasonView {
    kind: &'static str,
    /// The sentence for people.
    text: String,
}

pub(crate) async fn run(arguments: Ready, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    if let Some(item) = arguments.explain {
        return explain(item, session).await;
    }
    let ready = queue::ready(arguments.limit, session).await?;
    let views: Vec<_> = ready.iter().map(ReadyView::from).collect();
    let width = session.environment.width;
    let rows = Rows::chosen(arguments.fields, arguments.ids);
    let fields = (&READY_FIELDS[..], &READY_DEFAULTS[..]);
    session.answer_rows(&views, &rows, fields, || match ready.is_empty() {
        true => "no item is ready; `annals next` says why".to_owned(),
        false => as_table(&ready, width),
    })
}

async fn explain(item: ItemRef, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let asker = session.asker()?;
    let explained = session.tracker.explain(item, asker.as_ref()).await?;
    let item = &explained.tracked.item;
    let view = ExplainedView {
        item: item.id().into(),
        title: item.title().as_str(),
        status: item.status().as_str(),
        is_ready: explained.reasons.is_empty(),
        reasons: explained.reasons.iter().map(ReasonView::from).collect(),
        version: explained.tracked.version.get(),
    };
    let width = session.environment.width;
    session.answer(&view, || explanation(&explained, width))
}

impl<'a> From<&'a ReadyItem> for ReadyView<'a> {
    fn from(ready: &'a ReadyItem) -> Self {
        let item = &ready.tracked.item;
        Self {
            item: item.id().into(),
            title: item.title().as_str(),
            item_type: item.item_type().as_str(),
            status: item.status().as_str(),
            priority: item.priority().as_str(),
            unblocks: ready.unblocks,
            created_at: item.created_at(),
            version: ready.tracked.version.get(),
        }
    }
}

impl From<&NotReady> for ReasonView {
    fn from(reason: &NotReady) -> Self {
        Self {
            kind: reason.kind(),
            text: reason.to_string(),
        }
    }
}

pub(super) fn as_table(ready: &[ReadyItem], width: Option<u16>) -> String {
    let headings = &["item", "status", "priority", "type", "unblocks", "title"];
    let mut table = table(headings, width);
    for ReadyItem { tracked, unblocks } in ready {
        let item = &tracked.item;
        table.add_row([
            cell(item.id().number()),
            status_cell(item.status()),
            priority_cell(item.priority()),
            cell(item.item_type()),
            cell(unblocks),
            cell(item.title()),
        ]);
    }
    table.trim_fmt()
}

fn explanation(explained: &Explained, width: Option<u16>) -> String {
    let item = &explained.tracked.item;
    let heading = format!("{} {}: {}", item.id().number(), item.title(), item.status());
    let heading = indented(&heading, 4, width);
    let mut text = format!("{STRONG}{heading}{STRONG:#}\n");
    text.push_str(match explained.reasons.is_empty() {
        true => "it is ready",
        false => "it is not ready:",
    });
    for reason in &explained.reasons {
        let reason = indented(&reason.to_string(), 4, width);
        text.push_str(&format!("\n  - {reason}"));
    }
    text
}
