//! The command `tree`: items with the items that they contain.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;
use work_item::WorkItemId;
use work_tracking::{ItemTree, ListQuery, TrackedItem};

use super::list;
use crate::cli::Tree;
use crate::print::{FAINT, STRONG, printable, wrapped};
use crate::read_model;
use crate::run_error::RunError;
use crate::session::Session;

/// An item with all items that it contains.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct TreeView<'a> {
    id: String,
    number: String,
    title: &'a str,
    #[serde(rename = "type")]
    item_type: &'static str,
    status: &'static str,
    assignee: Option<String>,
    version: u64,
    /// The items directly in it, in the order of their creation.
    children: Vec<TreeView<'a>>,
}

pub(crate) async fn run(arguments: Tree, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    if let Some(item) = arguments.item {
        let tree = match read_model::tree(item, session).await? {
            Some(tree) => tree,
            None => session.tracker.tree(item).await?,
        };
        let width = session.environment.width;
        return session.answer(&TreeView::from(&tree), || {
            drawn(std::slice::from_ref(&tree), width)
        });
    }
    let trees = forest(list::all_of(&ListQuery::default(), session).await?);
    let width = session.environment.width;
    let views: Vec<_> = trees.iter().map(TreeView::from).collect();
    session.answer(&views, || match trees.is_empty() {
        true => "no work items".to_owned(),
        false => drawn(&trees, width),
    })
}

/// Builds the trees of some items: each item is below its parent. An item is at the top if its
/// parent is not among these items.
fn forest(items: Vec<TrackedItem>) -> Vec<ItemTree> {
    let known: HashSet<WorkItemId> = items.iter().map(|one| one.item.id()).collect();
    let mut by_parent: HashMap<Option<WorkItemId>, Vec<TrackedItem>> = HashMap::new();
    for tracked in items {
        let parent = tracked
            .item
            .parent()
            .filter(|parent| known.contains(parent));
        by_parent.entry(parent).or_default().push(tracked);
    }
    grow(None, &mut by_parent)
}

/// Removes the children of a parent from the map, and builds their trees. The recursion ends,
/// because it removes each item once.
fn grow(
    parent: Option<WorkItemId>,
    by_parent: &mut HashMap<Option<WorkItemId>, Vec<TrackedItem>>,
) -> Vec<ItemTree> {
    let items = by_parent.remove(&parent).unwrap_or_default();
    let tree = |tracked: TrackedItem| ItemTree {
        children: grow(Some(tracked.item.id()), by_parent),
        tracked,
    };
    items.into_iter().map(tree).collect()
}

impl<'a> From<&'a ItemTree> for TreeView<'a> {
    fn from(tree: &'a ItemTree) -> Self {
        let TrackedItem { item, version } = &tree.tracked;
        Self {
            id: item.id().snowflake().to_string(),
            number: item.id().number().to_string(),
            title: item.title().as_str(),
            item_type: item.item_type().as_str(),
            status: item.status().as_str(),
            assignee: item.assignee().map(ToString::to_string),
            version: version.get(),
            children: tree.children.iter().map(Self::from).collect(),
        }
    }
}

/// Draws the trees for people. An item begins a line, and a long title goes on below it.
fn drawn(trees: &[ItemTree], width: Option<u16>) -> String {
    let mut lines = Vec::new();
    for tree in trees {
        draw(tree, "", "", width, &mut lines);
    }
    lines.join("\n")
}

/// Draws an item after the text `branch`, and everything below it after `below`.
fn draw(tree: &ItemTree, branch: &str, below: &str, width: Option<u16>, lines: &mut Vec<String>) {
    let mut text = item_lines(&tree.tracked, branch, width).into_iter();
    let first = text.next().unwrap_or_default();
    lines.push(format!("{FAINT}{branch}{FAINT:#}{first}"));
    lines.extend(text.map(|line| format!("{FAINT}{below}{FAINT:#}  {line}")));
    for (index, child) in tree.children.iter().enumerate() {
        let (branch, beside) = match index + 1 == tree.children.len() {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        let (branch, below) = (format!("{below}{branch}"), format!("{below}{beside}"));
        draw(child, &branch, &below, width, lines);
    }
}

/// The lines of an item after the text `branch`: `WORK-001 Write the report (task, pending)`.
fn item_lines(tracked: &TrackedItem, branch: &str, width: Option<u16>) -> Vec<String> {
    let item = &tracked.item;
    let number = item.id().number().to_string();
    let title = printable(item.title().as_str());
    // The words in the parentheses stay together: a no-break space is between them.
    let kind = format!("({},\u{a0}{})", item.item_type(), item.status());
    let depth = u16::try_from(branch.chars().count()).unwrap_or(u16::MAX);
    let width = width.map(|width| width.saturating_sub(depth.saturating_add(2)));
    let mut lines = wrapped(&format!("{number} {title} {kind}"), width);
    if let Some(first) = lines.first_mut() {
        *first = first.replacen(&number, &format!("{STRONG}{number}{STRONG:#}"), 1);
    }
    if let Some(last) = lines.last_mut()
        && let Some(before) = last.strip_suffix(&kind)
    {
        let kind = kind.replace('\u{a0}', " ");
        *last = format!("{before}{FAINT}{kind}{FAINT:#}");
    }
    lines
}
