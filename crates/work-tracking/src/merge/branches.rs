//! The streams of two stores that began as copies of one, side by side.

use std::collections::{HashMap, HashSet};

use shared_kernel::snowflake::Snowflake;
use shared_kernel::{RecordedEvent, StreamId, StreamVersion};
use work_item::{WorkItemId, WorkNumber};

/// A stream of the other store.
pub(crate) struct Branch<'e> {
    pub(crate) stream: StreamId,
    /// Its events in this store.
    pub(crate) ours: Vec<&'e RecordedEvent>,
    /// Its events in the other store.
    pub(crate) theirs: Vec<&'e RecordedEvent>,
    /// The events that only this store has.
    pub(crate) own: Vec<&'e RecordedEvent>,
    /// The events that only the other store has.
    pub(crate) new: Vec<&'e RecordedEvent>,
}

/// The streams of the other store, in the order of their first events.
pub(crate) struct Branches<'e> {
    branches: Vec<Branch<'e>>,
    here: HashMap<&'e StreamId, StreamVersion>,
}

impl<'e> Branches<'e> {
    pub(crate) fn of(ours: &'e [RecordedEvent], theirs: &'e [RecordedEvent]) -> Self {
        let mut index: HashMap<&StreamId, usize> = HashMap::new();
        let mut branches: Vec<Branch<'_>> = Vec::new();
        for event in theirs {
            let at = *index.entry(&event.stream).or_insert_with(|| {
                branches.push(Branch {
                    stream: event.stream.clone(),
                    ours: Vec::new(),
                    theirs: Vec::new(),
                    own: Vec::new(),
                    new: Vec::new(),
                });
                branches.len() - 1
            });
            branches[at].theirs.push(event);
        }
        let mut here = HashMap::new();
        for event in ours {
            here.insert(&event.stream, event.version);
            if let Some(at) = index.get(&event.stream) {
                branches[*at].ours.push(event);
            }
        }
        for branch in &mut branches {
            let [ours, theirs] = [&branch.ours, &branch.theirs]
                .map(|events| events.iter().map(|event| event.id).collect::<HashSet<_>>());
            let only = |events: &[&'e RecordedEvent], others: &HashSet<_>| {
                let events = events.iter().copied();
                events.filter(|event| !others.contains(&event.id)).collect()
            };
            branch.own = only(&branch.ours, &theirs);
            branch.new = only(&branch.theirs, &ours);
        }
        Self { branches, here }
    }

    pub(crate) fn all(&self) -> &[Branch<'e>] {
        &self.branches
    }

    /// The streams of items that only the other store has.
    pub(crate) fn created(&self) -> impl Iterator<Item = &Branch<'e>> {
        let branches = self.branches.iter();
        branches.filter(|branch| is_item(&branch.stream) && branch.ours.is_empty())
    }

    /// The streams with new events.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &Branch<'e>> {
        self.branches.iter().filter(|branch| !branch.new.is_empty())
    }

    /// Leaves out the streams that are not merged.
    pub(crate) fn forget(&mut self, is_left_out: impl Fn(&Branch<'e>) -> bool) {
        self.branches.retain(|branch| !is_left_out(branch));
    }

    /// The number of events of the other store that are here already.
    pub(crate) fn known(&self) -> u64 {
        let branches = self.branches.iter();
        let known = branches.map(|branch| branch.theirs.len() - branch.new.len());
        known.sum::<usize>() as u64
    }

    /// The version of a stream in this store.
    pub(crate) fn version_here(&self, stream: &StreamId) -> StreamVersion {
        self.here.get(stream).copied().unwrap_or_default()
    }
}

impl Branch<'_> {
    /// The version in this store.
    pub(crate) fn version(&self) -> StreamVersion {
        self.ours
            .last()
            .map_or(StreamVersion::EMPTY, |event| event.version)
    }

    /// The item of the stream, with its number in this store.
    pub(crate) fn item(&self, numbers: &HashMap<Snowflake, WorkNumber>) -> Option<WorkItemId> {
        let snowflake = snowflake_of(&self.stream)?;
        Some(WorkItemId::new(snowflake, *numbers.get(&snowflake)?))
    }
}

/// Whether a stream is that of an item.
pub(crate) fn is_item(stream: &StreamId) -> bool {
    stream.category_str() == WorkItemId::CATEGORY
}

/// The item of a stream.
pub(crate) fn snowflake_of(stream: &StreamId) -> Option<Snowflake> {
    let rest = stream.as_str().strip_prefix(WorkItemId::CATEGORY)?;
    rest.strip_prefix('-')?.parse().ok()
}
