//! Owns the tree of the items that lie in one another.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use shared_kernel::repository::AsOf;
use work_item::WorkItem;

use crate::{ItemRef, TrackedItem, TrackingError, WorkTracker};

/// An item and all that lies in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemTree {
    /// The item.
    pub tracked: TrackedItem,
    /// The items that lie in it, in the order of their creation, each with all that lies in it.
    pub children: Vec<ItemTree>,
}

impl ItemTree {
    /// All items with how deep they lie, 0 for the first: each before those that lie in it, and
    /// those before its next sibling.
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
    /// An item and all that lies in it, all as of the same position of the log: the last one when
    /// the reading begins.
    ///
    /// The tree ends, since an item lies only in one of the kind above its own.
    ///
    /// # Errors
    /// [`TrackingError::NotFound`]; [`TrackingError::NotItsChild`] where two histories contradict
    /// each other; those of loading.
    pub async fn tree(&self, item: impl Into<ItemRef> + Send) -> Result<ItemTree, TrackingError> {
        let (tracked, as_of) = self.present(item.into()).await?;
        self.subtree(tracked, as_of).await
    }

    /// An item as it is now, and the moment that this is.
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

/// Whether an item that says that another one lies in it is told the same by that one. With the
/// kinds going down, this is what ends the tree whatever the histories say.
fn check_child(parent: &WorkItem, child: &WorkItem) -> Result<(), TrackingError> {
    let lies_in = child.parent() == Some(parent.id());
    let below = child.item_type().parent() == Some(parent.item_type());
    if lies_in && below {
        Ok(())
    } else {
        Err(TrackingError::NotItsChild {
            parent: parent.id(),
            child: child.id(),
        })
    }
}
