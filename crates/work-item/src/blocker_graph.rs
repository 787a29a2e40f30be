//! Owns what is known of which item blocks which, and the search for a way through it.
//!
//! Refuses to load anything: whoever does is told where to look next.

use std::collections::{HashMap, HashSet, VecDeque};

use shared_kernel::Snowflake;

use crate::{WorkItem, WorkItemError, WorkItemId};

/// Which items block which, as far as the caller has looked.
///
/// ```
/// use shared_kernel::{Aggregate, Snowflake};
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
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what blocks an item. The answer is where to look next: those of its blockers that
    /// were neither learnt nor given as an answer before, so that a walk comes to an end.
    pub fn learn(&mut self, item: &WorkItem) -> Vec<WorkItemId> {
        self.mentioned.insert(item.id);
        let blockers: Vec<_> = item.blockers().collect();
        let new = |blocker: &WorkItemId| self.mentioned.insert(*blocker);
        let next = blockers.iter().copied().filter(new).collect();
        self.blockers.insert(item.id.snowflake(), blockers);
        next
    }

    /// A shortest way from an item over its blockers to another one, both named; `None` where there
    /// is none. From an item to itself the way is that item alone.
    ///
    /// # Errors
    /// [`WorkItemError::Unseen`] where there is no known way and an item was not looked at which
    /// may lie on one.
    pub fn way(
        &self,
        from: WorkItemId,
        to: WorkItemId,
    ) -> Result<Option<Vec<WorkItemId>>, WorkItemError> {
        let mut came_from = HashMap::from([(from, None)]);
        let mut queue = VecDeque::from([from]);
        let mut unseen = None;
        while let Some(item) = queue.pop_front() {
            if item == to {
                return Ok(Some(back(&came_from, item)));
            }
            let Some(blockers) = self.blockers.get(&item.snowflake()) else {
                unseen.get_or_insert(item);
                continue;
            };
            for blocker in blockers {
                came_from.entry(*blocker).or_insert_with(|| {
                    queue.push_back(*blocker);
                    Some(item)
                });
            }
        }
        unseen.map_or(Ok(None), |item| Err(WorkItemError::Unseen { item }))
    }
}

/// The way to an item, from where the search began.
fn back(came_from: &HashMap<WorkItemId, Option<WorkItemId>>, to: WorkItemId) -> Vec<WorkItemId> {
    let before = |item: &WorkItemId| came_from.get(item).copied().flatten();
    let mut way: Vec<_> = std::iter::successors(Some(to), before).collect();
    way.reverse();
    way
}
