//! The command `tree`: items with the items that they contain.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use work_item::WorkItemId;
use work_tracking::{ItemFilter, ItemTree, TrackedItem};

use crate::cli::Tree;
use crate::print::{FAINT, STRONG, printable};
use crate::progress::Progress;
use crate::run_error::RunError;
use crate::session::Session;

/// An item with all items that it contains.
#[derive(Debug, Serialize)]
struct TreeView<'a> {
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
        let tree = session.tracker.tree(item).await?;
        return session.answer(&TreeView::from(&tree), || {
            drawn(std::slice::from_ref(&tree))
        });
    }
    let progress = Progress::begin("reading the log", session.environment.draws_progress);
    let items = session
        .tracker
        .list(&ItemFilter::new(), |done| {
            progress.update(done.read.get(), done.end.get())
        })
        .await;
    drop(progress);
    let trees = forest(items?);
    let views: Vec<_> = trees.iter().map(TreeView::from).collect();
    session.answer(&views, || match trees.is_empty() {
        true => "no work items".to_owned(),
        false => drawn(&trees),
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

/// Draws the trees for people, one item in each line.
fn drawn(trees: &[ItemTree]) -> String {
    let mut lines = Vec::new();
    for tree in trees {
        lines.push(line(&tree.tracked));
        draw_children(&tree.children, "", &mut lines);
    }
    lines.join("\n")
}

fn draw_children(children: &[ItemTree], before: &str, lines: &mut Vec<String>) {
    for (index, child) in children.iter().enumerate() {
        let (branch, below) = match index + 1 == children.len() {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        let text = line(&child.tracked);
        lines.push(format!("{FAINT}{before}{branch}{FAINT:#}{text}"));
        draw_children(&child.children, &format!("{before}{below}"), lines);
    }
}

fn line(tracked: &TrackedItem) -> String {
    let item = &tracked.item;
    let (number, title) = (item.id().number(), printable(item.title().as_str()));
    let (kind, status) = (item.item_type(), item.status());
    format!("{STRONG}{number}{STRONG:#} {title} {FAINT}({kind}, {status}){FAINT:#}")
}
