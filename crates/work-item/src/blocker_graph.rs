//! The graph of items that block each other, and the search for a path in it.
//!
//! The graph loads nothing: `learn` returns the items that the caller must load next.

use std::collections::{HashMap, HashSet, VecDeque};

use shared_kernel::snowflake::Snowflake;

use crate::{WorkItem, WorkItemError, WorkItemId};

/// The blockers of each item, as far as the caller has loaded the items.
///
/// ```
/// use shared_kernel::snowflake::Snowflake;
/// use shared_kernel::Aggregate;
/// use work_item::{BlockerGraph, NewWorkItem, WorkItem, WorkItemId, WorkNumber};
///
/// let id = WorkItemId::new(Snowflake::new(7001)?, WorkNumber::FIRST);
/// let at = "2026-01-09T10:00:00Z".parse()?;
/// let created = WorkItem::create(id, NewWorkItem::new("x".parse()?), None, at)?;
/// let mut graph = BlockerGraph::new();
/// assert_eq!(graph.learn(&<WorkItem as Aggregate>::create(&created)?), []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct BlockerGraph {
    blockers: HashMap<Snowflake, Vec<WorkItemId>>,
    mentioned: HashSet<WorkItemId>,
}

impl BlockerGraph {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an item with its blockers. Returns those blockers that were neither added nor returned
    /// before. A caller that loads and adds every returned item visits each item once, so its walk
    /// ends even if items block each other in a circle.
    pub fn learn(&mut self, item: &WorkItem) -> Vec<WorkItemId> {
        self.mentioned.insert(item.id);
        let blockers: Vec<_> = item.blockers().collect();
        let new = |blocker: &WorkItemId| self.mentioned.insert(*blocker);
        let next = blockers.iter().copied().filter(new).collect();
        self.blockers.insert(item.id.snowflake(), blockers);
        next
    }

    /// A shortest path from an item over blockers to another one, including both; `None` if there
    /// is none. For example, if B blocks A and C blocks B, the path from A to C is A, B, C. The
    /// path from an item to itself is that item.
    ///
    /// # Errors
    /// [`WorkItemError::NotLoaded`] if the graph has no such path, but lacks an item that could be
    /// on one.
    pub fn path(
        &self,
        from: WorkItemId,
        to: WorkItemId,
    ) -> Result<Option<Vec<WorkItemId>>, WorkItemError> {
        let mut came_from = HashMap::from([(from, None)]);
        let mut queue = VecDeque::from([from]);
        let mut not_loaded = None;
        while let Some(item) = queue.pop_front() {
            if item == to {
                return Ok(Some(trace_back(&came_from, item)));
            }
            let Some(blockers) = self.blockers.get(&item.snowflake()) else {
                not_loaded.get_or_insert(item);
                continue;
            };
            for blocker in blockers {
                came_from.entry(*blocker).or_insert_with(|| {
                    queue.push_back(*blocker);
                    Some(item)
                });
            }
        }
        not_loaded.map_or(Ok(None), |item| Err(WorkItemError::NotLoaded { item }))
    }
}

/// The path from the start of the search to an item: `came_from` followed backwards.
fn trace_back(
    came_from: &HashMap<WorkItemId, Option<WorkItemId>>,
    to: WorkItemId,
) -> Vec<WorkItemId> {
    let before = |item: &WorkItemId| came_from.get(item).copied().flatten();
    let mut path: Vec<_> = std::iter::successors(Some(to), before).collect();
    path.reverse();
    path
}
