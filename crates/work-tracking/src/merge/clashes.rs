//! The search for streams that cannot be merged.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shared_kernel::snowflake::Snowflake;
use shared_kernel::{Aggregate, RecordedEvent};
use work_item::{DependencyKind, WorkItem, WorkItemEvent, WorkItemId, WorkNumber};

use super::branches::{Branch, Branches, is_item, snowflake_of};
use super::clash::{ClashReason, MergeClash};
use crate::TrackingError;
use crate::foreign::find_circle;

type Numbers = HashMap<Snowflake, WorkNumber>;
type Decode<'d> = dyn Fn(&RecordedEvent) -> Result<Option<WorkItemEvent>, TrackingError> + 'd;

/// All streams that cannot be merged, each with the reason.
pub(crate) fn clashes(
    branches: &Branches<'_>,
    ours: &[RecordedEvent],
    numbers: &Numbers,
    decode: &Decode<'_>,
) -> Result<Vec<MergeClash>, TrackingError> {
    let mut clashes = Vec::new();
    for branch in branches.all() {
        if let Some(reason) = clash(branch, decode)? {
            clashes.push(MergeClash {
                stream: branch.stream.clone(),
                item: branch.item(numbers),
                reason,
            });
        }
    }
    for parent in closed_above_open(branches, decode)? {
        let item = branches.all()[parent].item(numbers);
        if clashes.iter().all(|clash| clash.item != item) {
            clashes.push(MergeClash {
                stream: branches.all()[parent].stream.clone(),
                item,
                reason: ClashReason::ClosedWithOpenChild,
            });
        }
    }
    for item in circle(branches, ours, decode)? {
        clashes.push(MergeClash {
            stream: WorkItemId::stream_of(item),
            item: numbers
                .get(&item)
                .map(|number| WorkItemId::new(item, *number)),
            reason: ClashReason::Circle,
        });
    }
    Ok(clashes)
}

fn clash(branch: &Branch<'_>, decode: &Decode<'_>) -> Result<Option<ClashReason>, TrackingError> {
    if is_altered(branch, decode)? {
        return Ok(Some(ClashReason::Altered));
    }
    if branch.own.is_empty() || branch.new.is_empty() {
        return Ok(None);
    }
    let is_quiet = |events: &[&RecordedEvent]| {
        let mut types = events.iter().map(|event| event.event_type.as_str());
        types.all(|name| name == "NoteAdded" || name == "ChildAdded")
    };
    if !is_item(&branch.stream) || !(is_quiet(&branch.own) || is_quiet(&branch.new)) {
        return Ok(Some(ClashReason::BothChanged));
    }
    let mut changes = branch.own.iter().chain(&branch.new);
    let has_new_child = changes.any(|event| event.event_type.as_str() == "ChildAdded");
    if has_new_child && !is_open_after(branch, decode)? {
        return Ok(Some(ClashReason::ClosedWithNewChild));
    }
    Ok(None)
}

/// Whether one of the common events has another content, but for the numbers of items.
fn is_altered(branch: &Branch<'_>, decode: &Decode<'_>) -> Result<bool, TrackingError> {
    let ours: HashMap<_, _> = branch.ours.iter().map(|event| (event.id, *event)).collect();
    for theirs in &branch.theirs {
        let Some(ours) = ours.get(&theirs.id) else {
            continue;
        };
        let is_same = (&ours.event_type, &ours.payload, &ours.metadata)
            == (&theirs.event_type, &theirs.payload, &theirs.metadata);
        if is_same {
            continue;
        }
        // Events of items are equal if they name the same items, by whatever numbers.
        let is_same = is_item(&branch.stream)
            && ours.metadata == theirs.metadata
            && without_aliases(decode(ours)?) == without_aliases(decode(theirs)?);
        if !is_same {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An event without the names of its item in other stores, which differ between two stores.
fn without_aliases(mut event: Option<WorkItemEvent>) -> Option<WorkItemEvent> {
    if let Some(WorkItemEvent::WorkItemCreated { aliases, .. }) = &mut event {
        aliases.clear();
    }
    event
}

/// Whether the item is open after all events of both stores.
fn is_open_after(branch: &Branch<'_>, decode: &Decode<'_>) -> Result<bool, TrackingError> {
    let mut item: Option<WorkItem> = None;
    for recorded in branch.ours.iter().chain(&branch.new) {
        let Some(event) = decode(recorded)? else {
            continue;
        };
        // An event that does not fit is found by the next load; it changes no status.
        match &mut item {
            Some(item) => item.apply(&event).unwrap_or_default(),
            None => item = <WorkItem as Aggregate>::create(&event).ok(),
        }
    }
    Ok(item.is_none_or(|item| item.status().is_open()))
}

/// The parents that one store closed while the other one opened a child of them again.
fn closed_above_open(
    branches: &Branches<'_>,
    decode: &Decode<'_>,
) -> Result<BTreeSet<usize>, TrackingError> {
    let all = branches.all();
    let mut at: HashMap<Snowflake, usize> = HashMap::new();
    for (index, branch) in all.iter().enumerate() {
        at.extend(snowflake_of(&branch.stream).map(|item| (item, index)));
    }
    let mut found = BTreeSet::new();
    for child in all.iter().filter(|branch| is_item(&branch.stream)) {
        let Some(first) = child.theirs.first() else {
            continue;
        };
        let parent = match decode(first)? {
            Some(WorkItemEvent::WorkItemCreated { parent, .. }) => parent,
            _ => None,
        };
        let Some(parent) = parent.and_then(|parent| at.get(&parent.snowflake())) else {
            continue;
        };
        let (above, is_changed) = (&all[*parent], |one: &[_], other: &[_]| {
            !one.is_empty() && !other.is_empty()
        });
        if (is_changed(&child.new, &above.own) || is_changed(&child.own, &above.new))
            && !is_open_after(above, decode)?
            && is_open_after(child, decode)?
        {
            found.insert(*parent);
        }
    }
    Ok(found)
}

/// The items that would wait for each other in a circle.
fn circle(
    branches: &Branches<'_>,
    ours: &[RecordedEvent],
    decode: &Decode<'_>,
) -> Result<Vec<Snowflake>, TrackingError> {
    let new = branches
        .changed()
        .flat_map(|branch| branch.new.iter().copied());
    let mut blockers: BTreeMap<Snowflake, BTreeSet<Snowflake>> = BTreeMap::new();
    for recorded in ours.iter().chain(new) {
        let name = recorded.event_type.as_str();
        let Some(item) = snowflake_of(&recorded.stream) else {
            continue;
        };
        if !matches!(name, "DependencyAdded" | "DependencyRemoved") {
            continue;
        }
        match decode(recorded)? {
            Some(WorkItemEvent::DependencyAdded {
                on,
                kind: DependencyKind::Blocks,
            }) => {
                blockers.entry(item).or_default().insert(on.snowflake());
            }
            Some(WorkItemEvent::DependencyRemoved { on, .. }) => {
                blockers.entry(item).or_default().remove(&on.snowflake());
            }
            _ => {}
        }
    }
    let nodes: BTreeSet<_> = blockers
        .iter()
        .flat_map(|(item, on)| on.iter().chain([item]))
        .collect();
    let nodes: Vec<_> = nodes.into_iter().copied().collect();
    let at = |item: &Snowflake| nodes.binary_search(item).ok();
    let edges: Vec<Vec<usize>> = nodes
        .iter()
        .map(|item| {
            blockers
                .get(item)
                .into_iter()
                .flatten()
                .filter_map(at)
                .collect()
        })
        .collect();
    let circle = find_circle(&edges).unwrap_or_default();
    Ok(circle.into_iter().map(|at| nodes[at]).collect())
}
