//! The commands that connect a work item to others: children and dependencies.

use super::Decision;
use crate::{
    BlockerGraph, Dependency, DependencyKind, Parent, WorkItem, WorkItemError, WorkItemEvent,
    WorkItemId, WorkItemType,
};

impl WorkItem {
    /// Records that an item was created as a child of this one. Adding it again changes nothing.
    ///
    /// # Errors
    /// - [`WorkItemError::ParentKindInvalid`] if this item has the wrong kind, for example an epic
    ///   for a task.
    /// - [`WorkItemError::ParentClosed`] if this item is done or cancelled.
    pub fn add_child(&self, child: WorkItemId, item_type: WorkItemType) -> Decision {
        Parent::from(self).check_accepts(item_type)?;
        let known = self.children.contains(&child);
        let added = (!known).then_some(WorkItemEvent::ChildAdded { child });
        Ok(added.into_iter().collect())
    }

    /// Makes this item depend on another one, which must exist. There is at most one dependency
    /// between two items: to change its kind, remove it first.
    ///
    /// For the kind `Blocks`, `graph` must contain the other item, its blockers, their blockers and
    /// so on. For `Relates`, `graph` is not used.
    ///
    /// # Errors
    /// - [`WorkItemError::Closed`] if this item is done or cancelled.
    /// - [`WorkItemError::DependsOnItself`] if `on` is this item.
    /// - [`WorkItemError::DuplicateDependency`] if there is a dependency already, of any kind.
    /// - [`WorkItemError::DependencyCycle`] if the other item waits for this one, directly or over
    ///   other items. Closed items count too: a done item can be reopened.
    /// - [`WorkItemError::NotLoaded`] if `graph` lacks an item that this check needs.
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
            && let Some(mut path) = graph.path(on, self.id)?
        {
            path.insert(0, self.id);
            return Err(WorkItemError::DependencyCycle { path });
        }
        Ok(added)
    }

    /// Removes the dependency on another item.
    ///
    /// # Errors
    /// - [`WorkItemError::Closed`] if this item is done or cancelled.
    /// - [`WorkItemError::NoSuchDependency`] if there is no such dependency. It is an error,
    ///   because the caller probably meant another item.
    pub fn remove_dependency(&self, on: WorkItemId) -> Decision {
        self.edit(None)?;
        let Some(Dependency { on, kind }) = self.dependency_on(on) else {
            return Err(WorkItemError::NoSuchDependency { on });
        };
        Ok(vec![WorkItemEvent::DependencyRemoved { on, kind }])
    }

    /// The dependency on another item; `None` if there is none.
    #[must_use]
    pub fn dependency_on(&self, on: WorkItemId) -> Option<Dependency> {
        self.dependencies.iter().find(|d| d.on == on).copied()
    }
}
