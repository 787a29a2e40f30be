//! The tree of an item: its children, their children, and so on.

use std::collections::HashMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use shared_kernel::repository::AsOf;
use work_item::{WorkItem, WorkItemId};

use crate::{ItemRef, TrackedItem, TrackingError, WorkTracker};

/// An item with all its descendants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemTree {
    /// The item.
    pub tracked: TrackedItem,
    /// Its children with their own trees, in the order of their creation.
    pub children: Vec<ItemTree>,
}

impl ItemTree {
    /// Builds the tree of an item from its descendants, and takes them out of the map. `None` if a
    /// child is missing, or if two histories contradict each other.
    pub fn grow(
        tracked: TrackedItem,
        descendants: &mut HashMap<WorkItemId, TrackedItem>,
    ) -> Option<Self> {
        let mut children = Vec::new();
        for id in tracked.item.children() {
            let child = descendants.remove(id)?;
            check_child(&tracked.item, &child.item).ok()?;
            children.push(Self::grow(child, descendants)?);
        }
        Some(Self { tracked, children })
    }

    /// All items with their depths, each before its children. For example, an epic with the stories
    /// a and b, where a has the task t: (0, epic), (1, a), (2, t), (1, b).
    pub fn depth_first(&self) -> impl Iterator<Item = (usize, &TrackedItem)> {
        let mut stack = vec![(0, self)];
        std::iter::from_fn(move || {
            let (depth, tree) = stack.pop()?;
            let children = tree.children.iter().rev();
            stack.extend(children.map(|child| (depth + 1, child)));
            Some((depth, &tree.tracked))
        })
    }
}

impl WorkTracker {
    /// Loads an item with all its descendants. All are as of one position of the log: its last
    /// position when the call begins.
    ///
    /// The tree is finite, because the kind of a parent is always above the kind of its child.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`]; [`TrackingError::NotItsChild`] if two histories contradict each
    /// other; the errors of loading.
    pub async fn tree(&self, item: impl Into<ItemRef> + Send) -> Result<ItemTree, TrackingError> {
        let (tracked, as_of) = self.present(item.into()).await?;
        self.subtree(tracked, as_of).await
    }

    /// The present state of an item, and the last position of the log as its moment.
    pub(crate) async fn present(
        &self,
        item: ItemRef,
    ) -> Result<(TrackedItem, AsOf), TrackingError> {
        let missing = || TrackingError::NotFound { item };
        let stream = self.stream(item).await?;
        let head = self.events.head().await?.ok_or_else(missing)?;
        let as_of = AsOf::Position(head);
        let root = self.items.load_as_of(&stream, as_of).await?;
        Ok((root.ok_or_else(missing)?.into(), as_of))
    }

    fn subtree(
        &self,
        tracked: TrackedItem,
        as_of: AsOf,
    ) -> BoxFuture<'_, Result<ItemTree, TrackingError>> {
        async move {
            let ids = tracked.item.children().to_vec();
            let mut children = Vec::with_capacity(ids.len());
            for child in self.load_all_as_of(ids, as_of).await? {
                check_child(&tracked.item, child.state())?;
                children.push(self.subtree(child.into(), as_of).await?);
            }
            Ok(ItemTree { tracked, children })
        }
        .boxed()
    }
}

/// Checks that the child names this parent and has the kind below it. So even contradicting
/// histories give no endless tree.
fn check_child(parent: &WorkItem, child: &WorkItem) -> Result<(), TrackingError> {
    let names_parent = child.parent() == Some(parent.id());
    let below = child.item_type().parent() == Some(parent.item_type());
    if names_parent && below {
        Ok(())
    } else {
        Err(TrackingError::NotItsChild {
            parent: parent.id(),
            child: child.id(),
        })
    }
}
