//! Owns what a work item decides about the items around it: children and dependencies.

use super::Decision;
use crate::{
    BlockerGraph, Dependency, DependencyKind, Parent, WorkItem, WorkItemError, WorkItemEvent,
    WorkItemId, WorkItemType,
};

impl WorkItem {
    /// Takes note that an item was created in this one; a child that it knows already is noted only
    /// once.
    ///
    /// # Errors
    /// [`WorkItemError::ParentKindInvalid`] where an item of that kind does not lie in one of this
    /// kind, [`WorkItemError::ParentClosed`] where this one is done or cancelled.
    pub fn add_child(&self, child: WorkItemId, item_type: WorkItemType) -> Decision {
        Parent::from(self).check_takes(item_type)?;
        let known = self.children.contains(&child);
        let added = (!known).then_some(WorkItemEvent::ChildAdded { child });
        Ok(added.into_iter().collect())
    }

    /// Makes the item depend on another one, which has to be there. It depends on each in one way
    /// only: to change the way, remove the dependency first.
    ///
    /// Where the other item is to block this one, `graph` has to hold all that can be reached from
    /// the other one; else it is not looked at.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`], [`WorkItemError::DependsOnItself`],
    /// [`WorkItemError::DuplicateDependency`]; [`WorkItemError::DependencyCycle`] where the other
    /// item waits for this one already, over however many others, whether they are open or not;
    /// [`WorkItemError::Unseen`] where the graph leaves that open.
    pub fn add_dependency(
        &self,
        on: WorkItemId,
        kind: DependencyKind,
        graph: &BlockerGraph,
    ) -> Decision {
        let added = self.edit(Some(WorkItemEvent::DependencyAdded { on, kind }))?;
        if on == self.id {
            return Err(WorkItemError::DependsOnItself);
        }
        if let Some(Dependency { on, kind }) = self.dependency_on(on) {
            return Err(WorkItemError::DuplicateDependency { on, kind });
        }
        if kind == DependencyKind::Blocks
            && let Some(mut way) = graph.way(on, self.id)?
        {
            way.insert(0, self.id);
            return Err(WorkItemError::DependencyCycle { way });
        }
        Ok(added)
    }

    /// Makes the item depend on another one no more.
    ///
    /// # Errors
    /// [`WorkItemError::Closed`]; [`WorkItemError::NoSuchDependency`] where it does not depend on
    /// it: more likely than not another item was meant.
    pub fn remove_dependency(&self, on: WorkItemId) -> Decision {
        self.edit(None)?;
        let Some(Dependency { on, kind }) = self.dependency_on(on) else {
            return Err(WorkItemError::NoSuchDependency { on });
        };
        Ok(vec![WorkItemEvent::DependencyRemoved { on, kind }])
    }

    /// How the item depends on another one, where it does.
    #[must_use]
    pub fn dependency_on(&self, on: WorkItemId) -> Option<Dependency> {
        self.dependencies.iter().find(|d| d.on == on).copied()
    }
}
