//! Items of another tracker, checked and in an order in which they can be imported.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use shared_kernel::Append;
use thiserror::Error;
use work_item::{Alias, NewWorkItem, Note, Participant, Reason, Sha256, WorkItemType};

/// An item of another tracker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignItem {
    /// Its name there.
    pub alias: Alias,
    /// Its title, kind, priority and description.
    pub new: NewWorkItem,
    /// The item that contains it.
    pub parent: Option<Alias>,
    /// The items that it waits for.
    pub blockers: Vec<Alias>,
    /// The items that it is related to.
    pub related: Vec<Alias>,
    /// Its notes, oldest first.
    pub notes: Vec<Note>,
    /// Its assignee.
    pub assignee: Option<Participant>,
    /// Its state.
    pub state: ForeignState,
    /// The time of its creation there.
    pub created_at: Timestamp,
    /// The time of the last change of its state there.
    pub changed_at: Timestamp,
    /// The hash of its record. Another hash under the same name is a changed item.
    pub source: Sha256,
}

/// The state of an item in another tracker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForeignState {
    /// Work has not started.
    Pending,
    /// Work is going on.
    InProgress,
    /// Work waits for something.
    Blocked(Reason),
    /// It was finished there. Here it is done without evidence.
    Done(Reason),
    /// It was given up.
    Cancelled(Reason),
}

impl ForeignItem {
    /// The items to which it has links.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &Alias> {
        let links = self.blockers.iter().chain(&self.related);
        self.parent.iter().chain(links)
    }
}

impl ForeignState {
    /// Whether work on it is not over.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Pending | Self::InProgress | Self::Blocked(_))
    }

    /// Whether it was finished.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// Items of another tracker cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ForeignInvalid {
    /// Two items have the same name.
    #[error("there are two items {alias}")]
    Twice {
        /// The name.
        alias: Alias,
    },
    /// Items contain each other, or wait for each other, in a circle.
    #[error("the items {} in a circle", circle(path, relation))]
    Circle {
        /// `contain each other` or `wait for each other`.
        relation: &'static str,
        /// The items of the circle; each leads to the next one, and the last to the first.
        path: Vec<Alias>,
    },
}

fn circle(path: &[Alias], relation: &str) -> String {
    let names: Vec<_> = path.iter().map(Alias::as_str).collect();
    format!("{} {relation}", names.join(", "))
}

/// Items of another tracker: no name twice, no circle, parents before their children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForeignItems(Vec<ForeignItem>);

impl ForeignItems {
    /// Checks the items and puts them into order: each item without a parent, and then all items
    /// below it.
    ///
    /// An item that contains others gets a kind that can do so. For example, a bug with children
    /// is a task, and its children are subtasks.
    ///
    /// # Errors
    /// [`ForeignInvalid`].
    pub fn new(items: Vec<ForeignItem>) -> Result<Self, ForeignInvalid> {
        let mut index = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            if index.insert(item.alias.key(), at).is_some() {
                return Err(ForeignInvalid::Twice { alias: item.alias });
            }
        }
        let targets = |names: &[Alias]| -> Vec<usize> {
            names
                .iter()
                .filter_map(|name| index.get(&name.key()).copied())
                .collect()
        };
        let parents: Vec<_> = items
            .iter()
            .map(|item| targets(item.parent.as_slice()))
            .collect();
        let blockers: Vec<_> = items.iter().map(|item| targets(&item.blockers)).collect();
        for (relation, edges) in [
            ("contain each other", &parents),
            ("wait for each other", &blockers),
        ] {
            if let Some(path) = find_circle(edges) {
                let path = path.into_iter().map(|at| items[at].alias).collect();
                return Err(ForeignInvalid::Circle { relation, path });
            }
        }
        Ok(Self(in_order(items, &parents)))
    }

    /// The items in their order.
    #[must_use]
    pub fn items(&self) -> &[ForeignItem] {
        &self.0
    }

    /// The items in parts, each small enough for one append. An item and all items below it are in
    /// one part.
    #[must_use]
    pub fn parts(&self) -> Vec<&[ForeignItem]> {
        self.parts_of(Append::MAX_EVENTS)
    }

    fn parts_of(&self, limit: usize) -> Vec<&[ForeignItem]> {
        let names: HashSet<_> = self.0.iter().map(|item| item.alias.key()).collect();
        let is_root = |item: &ForeignItem| {
            let parent = item.parent.as_ref();
            parent.is_none_or(|parent| !names.contains(&parent.key()))
        };
        let (mut parts, mut begin, mut events) = (Vec::new(), 0, 0);
        for family in self.0.chunk_by(|_, next| !is_root(next)) {
            let more = family.iter().map(most_events).sum::<usize>();
            let end: usize = parts.iter().map(|part: &&[ForeignItem]| part.len()).sum();
            if events > 0 && events + more > limit {
                parts.push(&self.0[end..begin]);
                events = 0;
            }
            begin += family.len();
            events += more;
        }
        let end: usize = parts.iter().map(|part| part.len()).sum();
        if end < self.0.len() {
            parts.push(&self.0[end..]);
        }
        parts
    }
}

/// The largest number of events that an item needs: its creation, its number, its alias, the child
/// in its parent, its assignee, two changes of its status, its notes and its links. A link may
/// also come from the other item.
fn most_events(item: &ForeignItem) -> usize {
    7 + item.notes.len() + 2 * (item.blockers.len() + item.related.len())
}

/// The items with the parents before their children, and kinds that can have these children.
fn in_order(items: Vec<ForeignItem>, parents: &[Vec<usize>]) -> Vec<ForeignItem> {
    let mut children = vec![Vec::new(); items.len()];
    for (child, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent.first() {
            children[*parent].push(child);
        }
    }
    let mut order = Vec::with_capacity(items.len());
    for root in (0..items.len()).filter(|at| parents[*at].is_empty()) {
        let mut stack = vec![root];
        while let Some(at) = stack.pop() {
            order.push(at);
            stack.extend(children[at].iter().rev());
        }
    }
    // The number of levels below each item.
    let mut levels = vec![0_usize; items.len()];
    for at in order.iter().rev() {
        levels[*at] = children[*at]
            .iter()
            .map(|child| levels[*child] + 1)
            .max()
            .unwrap_or(0);
    }
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    let take = |at: usize| {
        let mut item = items[at].take()?;
        item.new.item_type = container(item.new.item_type, levels[at]);
        Some(item)
    };
    order.into_iter().filter_map(take).collect()
}

/// The kind of an item with a number of levels below it.
fn container(item_type: WorkItemType, levels: usize) -> WorkItemType {
    use WorkItemType as T;
    let needed = match levels {
        0 => return item_type,
        1 => T::Task,
        2 => T::Story,
        _ => T::Epic,
    };
    match (item_type, needed) {
        (T::Epic, _) | (T::Story, T::Task | T::Story) => item_type,
        _ => needed,
    }
}

/// A circle in a graph, if there is one: the nodes on it in order.
pub(crate) fn find_circle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    // 0: unknown, 1: on the path, 2: leads to no circle.
    let mut states = vec![0_u8; edges.len()];
    for start in 0..edges.len() {
        if states[start] != 0 {
            continue;
        }
        states[start] = 1;
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(target) = edges[*node].get(*next).copied() else {
                states[*node] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            match states[target] {
                0 => {
                    states[target] = 1;
                    path.push((target, 0));
                }
                1 => {
                    let nodes = path.iter().map(|(node, _)| *node);
                    return Some(nodes.skip_while(|node| *node != target).collect());
                }
                _ => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(text: &str) -> Alias {
        text.parse().unwrap()
    }

    fn item(name: &str, parent: Option<&str>, blockers: &[&str]) -> ForeignItem {
        let title = "Keep the log".parse().unwrap();
        ForeignItem {
            alias: alias(name),
            new: NewWorkItem::new(title).with_type(WorkItemType::Bug),
            parent: parent.map(alias),
            blockers: blockers.iter().copied().map(alias).collect(),
            related: Vec::new(),
            notes: Vec::new(),
            assignee: None,
            state: ForeignState::Pending,
            created_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            source: "0f".repeat(32).parse().unwrap(),
        }
    }

    fn names(items: &[ForeignItem]) -> Vec<&str> {
        items.iter().map(|item| item.alias.as_str()).collect()
    }

    #[test]
    fn parents_come_before_their_children_and_get_kinds_that_fit() {
        let items = vec![
            item("bd-3", Some("bd-2"), &[]),
            item("bd-9", None, &[]),
            item("bd-2", Some("bd-1"), &[]),
            item("bd-1", Some("gone-1"), &[]),
        ];
        let items = ForeignItems::new(items);
        // The parent of bd-1 is unknown here; the import looks for it in the store.
        let Ok(items) = items else {
            panic!("{items:?}")
        };
        assert_eq!(names(items.items()), ["bd-9", "bd-1", "bd-2", "bd-3"]);
        let kinds: Vec<_> = items.items().iter().map(|it| it.new.item_type).collect();
        use WorkItemType as T;
        assert_eq!(kinds, [T::Bug, T::Story, T::Task, T::Bug]);
    }

    #[test]
    fn families_stay_together_in_parts_of_a_limited_size() {
        let items = vec![
            item("bd-1", None, &[]),
            item("bd-2", Some("bd-1"), &[]),
            item("bd-3", None, &[]),
            item("bd-4", None, &[]),
        ];
        let items = ForeignItems::new(items).unwrap();
        let parts = |limit| -> Vec<_> { items.parts_of(limit).into_iter().map(names).collect() };
        let whole: [&[&str]; 1] = [&["bd-1", "bd-2", "bd-3", "bd-4"]];
        assert_eq!(parts(28), whole);
        let three: [&[&str]; 3] = [&["bd-1", "bd-2"], &["bd-3"], &["bd-4"]];
        assert_eq!(parts(7), three);
        let two: [&[&str]; 2] = [&["bd-1", "bd-2", "bd-3"], &["bd-4"]];
        assert_eq!(parts(21), two);
        assert_eq!(ForeignItems::new(Vec::new()).unwrap().parts().len(), 0);
    }

    #[test]
    fn a_name_twice_and_circles_are_refused_with_the_names() {
        let twice = ForeignItems::new(vec![item("bd-1", None, &[]), item("BD-1", None, &[])]);
        assert_eq!(
            twice,
            Err(ForeignInvalid::Twice {
                alias: alias("BD-1")
            })
        );
        let waits = ForeignItems::new(vec![
            item("bd-1", None, &["bd-2"]),
            item("bd-2", None, &["bd-3"]),
            item("bd-3", None, &["bd-2"]),
        ]);
        let text = waits.unwrap_err().to_string();
        assert_eq!(text, "the items bd-2, bd-3 wait for each other in a circle");
        let contains = ForeignItems::new(vec![item("bd-1", Some("bd-1"), &[])]);
        let text = contains.unwrap_err().to_string();
        assert_eq!(text, "the items bd-1 contain each other in a circle");
    }
}
