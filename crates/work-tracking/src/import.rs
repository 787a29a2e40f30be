//! The import of items from another tracker.

mod left_out;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use shared_kernel::aggregate::DecideError;
use shared_kernel::repository::Draft;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::{AggregateRoot, Append, ExpectedVersion, Metadata, RepositoryError};
use work_item::{
    Alias, DependencyKind, Parent, WorkItem, WorkItemError, WorkItemEvent, WorkItemId, WorkItemType,
};

pub use self::left_out::LeftOutLink;
use self::left_out::{CIRCLE, CLOSED, CLOSED_PARENT, NO_CHILDREN, NO_PARENT, UNKNOWN};
use crate::aliases::{Assigned, stream_of};
use crate::{ForeignItem, ForeignItems, ForeignState, RegisterEvent, TrackingError, WorkTracker};

/// The outcome of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportedItems {
    /// The new items.
    pub created: Vec<(Alias, WorkItemId)>,
    /// The items that were imported before, from the same record.
    pub unchanged: Vec<Alias>,
    /// The items that were imported before, from another record. They were not touched.
    pub changed: Vec<Alias>,
    /// The links that were left out.
    pub left_out: Vec<LeftOutLink>,
}

type Roots = HashMap<Snowflake, AggregateRoot<WorkItem>>;

impl WorkTracker {
    /// Imports one [part](ForeignItems::parts) of the items of another tracker, in one append: all
    /// of it or nothing. Items whose names are known already are not touched.
    ///
    /// Two imports at once, and a repetition after a crash, import each item once.
    ///
    /// # Errors
    /// [`TrackingError`]; nothing of the part was written.
    pub async fn import(
        &self,
        part: &[ForeignItem],
        all: &ForeignItems,
        metadata: &Metadata,
    ) -> Result<ImportedItems, TrackingError> {
        let items = self.items.clone().with_metadata(metadata.clone());
        let draft = |metadata| self.draft_import(part, all.items(), metadata);
        let imported = items.execute_across(draft).await;
        Ok(imported
            .map_err(|error: TrackingError| error.about(None))?
            .value)
    }

    async fn draft_import(
        &self,
        part: &[ForeignItem],
        all: &[ForeignItem],
        metadata: Metadata,
    ) -> Result<Draft<WorkItem, ImportedItems>, TrackingError> {
        let known = self.register.aliases().await?;
        let mut outcome = ImportedItems::default();
        let mut new = Vec::new();
        for item in part {
            match known.get(&item.alias.key()) {
                None => new.push(item),
                Some(before) if before.source.as_ref() == Some(&item.source) => {
                    outcome.unchanged.push(item.alias);
                }
                Some(_) => outcome.changed.push(item.alias),
            }
        }
        let next = self.register.next().await?;
        let snowflakes = new.iter().map(|_| self.ids.generate());
        let snowflakes = snowflakes.collect::<Result<Vec<_>, _>>()?;
        let ids = next.assign(snowflakes)?;

        let done = all.iter().filter(|item| item.state.is_done());
        let mut import = Importing {
            by_alias: known
                .iter()
                .map(|(key, assigned)| (key.clone(), assigned.item))
                .collect(),
            roots: self.linked(&new, all, &known).await?,
            all: all.iter().map(|item| item.alias.key()).collect(),
            done: done.map(|item| item.alias.key()).collect(),
            outcome,
        };
        for (item, id) in new.iter().zip(&ids) {
            import.create(item, *id)?;
        }
        // Links of items that are here already, to the new ones: an earlier part of this import.
        let earlier = all.iter().filter(|item| {
            let known = known.get(&item.alias.key());
            known.is_some_and(|known| known.source.as_ref() == Some(&item.source))
        });
        let is_new = ids.iter().map(|id| id.snowflake()).collect();
        for item in &new {
            import.link(item)?;
        }
        for item in earlier {
            for (target, kind) in import.links_to_new(item, &is_new) {
                let closes =
                    kind == DependencyKind::Blocks && self.reaches(&import, target, item).await?;
                match closes {
                    true => import.leave_out(item, target, CIRCLE),
                    false => import.depend(item, target, kind)?,
                }
            }
        }
        for item in &new {
            import.set_state(item)?;
        }

        let event_ids = self.event_ids();
        let mut also = self
            .register
            .entries(next, ids.iter().copied(), &event_ids, &metadata)?;
        for (item, id) in new.iter().zip(&ids) {
            let event = RegisterEvent::AliasAssigned {
                alias: item.alias,
                item: id.snowflake(),
                source: Some(item.source.clone()),
            };
            let event = self.register.event(&event, &event_ids, &metadata)?;
            let stream = stream_of(&item.alias)?;
            also = also.and(Append::new().write(stream, ExpectedVersion::NoStream, vec![event]));
        }
        let created = new.iter().map(|item| item.alias).zip(ids.iter().copied());
        import.outcome.created = created.collect();
        let roots = import.in_order(&ids);
        Ok(Draft::of(roots).and(also).with_value(import.outcome))
    }

    /// Whether an item waits for another one, through items of the import and of the store.
    async fn reaches(
        &self,
        import: &Importing,
        from: &Alias,
        to: &ForeignItem,
    ) -> Result<bool, TrackingError> {
        let to = import.by_alias.get(&to.alias.key());
        let mut open: Vec<_> = import
            .by_alias
            .get(&from.key())
            .copied()
            .into_iter()
            .collect();
        let mut seen = HashSet::new();
        while let Some(item) = open.pop() {
            if Some(&item) == to {
                return Ok(true);
            }
            if !seen.insert(item) {
                continue;
            }
            let stream = WorkItemId::stream_of(item);
            let loaded = match import.roots.get(&item) {
                Some(_) => None,
                None => self.items.load(&stream).await?,
            };
            let root = import.roots.get(&item).or(loaded.as_ref());
            let blockers = root.into_iter().flat_map(|root| root.state().blockers());
            open.extend(blockers.map(|blocker| blocker.snowflake()));
        }
        Ok(false)
    }

    /// The items of the store to which new items are linked, or which are linked to new items.
    async fn linked(
        &self,
        new: &[&ForeignItem],
        all: &[ForeignItem],
        known: &HashMap<String, Assigned>,
    ) -> Result<Roots, TrackingError> {
        let is_new: HashSet<_> = new.iter().map(|item| item.alias.key()).collect();
        let from_new = new.iter().flat_map(|item| item.targets());
        let to_new = all.iter().filter(|item| {
            let mut targets = item.targets();
            targets.any(|target| is_new.contains(&target.key()))
        });
        let to_new = to_new.map(|item| &item.alias);
        let mut roots = Roots::new();
        for alias in from_new.chain(to_new) {
            let Some(assigned) = known.get(&alias.key()) else {
                continue;
            };
            if let Entry::Vacant(root) = roots.entry(assigned.item) {
                let stream = WorkItemId::stream_of(assigned.item);
                if let Some(found) = self.items.load(&stream).await? {
                    root.insert(found);
                }
            }
        }
        Ok(roots)
    }
}

/// An import while it is drafted.
struct Importing {
    /// The items, by the keys of their aliases.
    by_alias: HashMap<String, Snowflake>,
    /// The new items, and those with links to or from them.
    roots: Roots,
    /// All items of the import, by the keys of their aliases.
    all: HashSet<String>,
    /// Those of them that are done.
    done: HashSet<String>,
    outcome: ImportedItems,
}

impl Importing {
    /// Creates an item as a child of its parent, with its notes and its assignee.
    fn create(&mut self, item: &ForeignItem, id: WorkItemId) -> Result<(), TrackingError> {
        let mut new = item.new.clone().with_alias(item.alias);
        let parent = item.parent.and_then(|parent| self.parent_of(item, parent));
        if let Some((_, kind)) = parent {
            new.item_type = kind;
        }
        let facts = parent.and_then(|(parent, _)| self.roots.get(&parent));
        let facts = facts.map(|parent| Parent::from(parent.state()));
        let created = WorkItem::create(id, new.clone(), facts, item.created_at)?;
        let stream = id.stream_id();
        let root = AggregateRoot::create(stream.clone(), created);
        let mut root = root.map_err(|source| RepositoryError::Inapplicable { stream, source })?;
        for note in &item.notes {
            decide(&mut root, |item| item.note(note.clone()))?;
        }
        if let Some(assignee) = &item.assignee {
            decide(&mut root, |item| item.assign(assignee.clone()))?;
        }
        if let Some(parent) = parent.and_then(|(parent, _)| self.roots.get_mut(&parent)) {
            decide(parent, |parent| parent.add_child(id, new.item_type))?;
        }
        self.by_alias.insert(item.alias.key(), id.snowflake());
        self.roots.insert(id.snowflake(), root);
        Ok(())
    }

    /// The parent of an item, if it can have this child, and the kind of the child.
    fn parent_of(
        &mut self,
        item: &ForeignItem,
        parent: Alias,
    ) -> Option<(Snowflake, WorkItemType)> {
        let found = self.by_alias.get(&parent.key()).copied();
        let found = found.and_then(|found| Some((found, self.roots.get(&found)?.state())));
        let (reason, found) = match found {
            None => (UNKNOWN, None),
            // A done item never has an open child.
            Some(_) if item.state.is_open() && self.done.contains(&parent.key()) => {
                (CLOSED_PARENT, None)
            }
            Some((_, state)) if !state.status().is_open() => (CLOSED_PARENT, None),
            Some((id, state)) => (
                NO_CHILDREN,
                child_kind(state.item_type()).map(|it| (id, it)),
            ),
        };
        if found.is_none() {
            self.leave_out(item, &parent, reason);
        }
        found
    }

    /// Adds the links of a new item.
    fn link(&mut self, item: &ForeignItem) -> Result<(), TrackingError> {
        for blocker in &item.blockers {
            self.depend(item, blocker, DependencyKind::Blocks)?;
        }
        for related in &item.related {
            self.depend(item, related, DependencyKind::Relates)?;
        }
        let id = self.by_alias.get(&item.alias.key());
        let root = id.and_then(|id| self.roots.get(id));
        let is_child = root.is_some_and(|root| root.state().parent().is_some());
        match item.parent {
            Some(parent) if !is_child && self.by_alias.contains_key(&parent.key()) => {
                self.depend(item, &parent, DependencyKind::Relates)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The links of an item of the store to new ones. It gets no parent any more.
    fn links_to_new<'i>(
        &mut self,
        item: &'i ForeignItem,
        new: &HashSet<Snowflake>,
    ) -> Vec<(&'i Alias, DependencyKind)> {
        let blockers = item.blockers.iter().map(|it| (it, DependencyKind::Blocks));
        let others = item.related.iter().chain(&item.parent);
        let links = blockers.chain(others.map(|it| (it, DependencyKind::Relates)));
        let is_new = |target: &Alias| {
            let found = self.by_alias.get(&target.key());
            found.is_some_and(|found| new.contains(found))
        };
        let links: Vec<_> = links.filter(|(target, _)| is_new(target)).collect();
        if let Some(parent) = item.parent.as_ref().filter(|parent| is_new(parent)) {
            self.leave_out(item, parent, NO_PARENT);
        }
        links
    }

    fn leave_out(&mut self, item: &ForeignItem, target: &Alias, reason: &'static str) {
        let (from, to) = (item.alias, *target);
        self.outcome.left_out.push(LeftOutLink { from, to, reason });
    }

    /// Adds a dependency that closes no circle.
    fn depend(
        &mut self,
        item: &ForeignItem,
        target: &Alias,
        kind: DependencyKind,
    ) -> Result<(), TrackingError> {
        let on = self.by_alias.get(&target.key());
        let on = on.and_then(|on| Some(self.roots.get(on)?.state().id()));
        let from = self.by_alias.get(&item.alias.key());
        let root = from.and_then(|from| self.roots.get_mut(from));
        let reason = match (on, root) {
            (Some(on), Some(root)) if root.state().status().is_open() => {
                let is_new = root.state().id() != on && root.state().dependency_on(on).is_none();
                return match is_new {
                    true => raise(root, WorkItemEvent::DependencyAdded { on, kind }),
                    false => Ok(()),
                };
            }
            (Some(_), Some(_)) => CLOSED,
            // It comes with a later part, and the link with it.
            (None, _) if self.all.contains(&target.key()) => return Ok(()),
            _ => UNKNOWN,
        };
        self.leave_out(item, target, reason);
        Ok(())
    }

    /// Takes over the state of a new item.
    fn set_state(&mut self, item: &ForeignItem) -> Result<(), TrackingError> {
        let id = self.by_alias.get(&item.alias.key());
        let Some(root) = id.and_then(|id| self.roots.get_mut(id)) else {
            return Ok(());
        };
        let at = item.changed_at;
        match &item.state {
            ForeignState::Pending => Ok(()),
            ForeignState::InProgress => decide(root, |item| item.start(None, at)),
            ForeignState::Blocked(reason) => {
                decide(root, |item| item.start(None, at))?;
                decide(root, |item| item.block(reason.clone(), at))
            }
            ForeignState::Done(reason) => {
                decide(root, |item| item.close_elsewhere(reason.clone(), at))
            }
            ForeignState::Cancelled(reason) => decide(root, |item| item.cancel(reason.clone(), at)),
        }
    }

    /// All items with new events: the new items in the order of their numbers, then the others.
    fn in_order(&mut self, new: &[WorkItemId]) -> Vec<AggregateRoot<WorkItem>> {
        let new = new
            .iter()
            .filter_map(|id| self.roots.remove(&id.snowflake()));
        let new: Vec<_> = new.collect();
        let mut others: Vec<_> = self.roots.drain().collect();
        others.retain(|(_, root)| root.has_pending());
        others.sort_by_key(|(id, _)| *id);
        let others = others.into_iter().map(|(_, root)| root);
        new.into_iter().chain(others).collect()
    }
}

/// The kind of the items in an item of a kind; `None` if it cannot contain items.
fn child_kind(parent: WorkItemType) -> Option<WorkItemType> {
    let mut kinds = WorkItemType::ALL.iter();
    kinds.find(|kind| kind.parent() == Some(parent)).copied()
}

fn decide(
    root: &mut AggregateRoot<WorkItem>,
    decide: impl FnOnce(&WorkItem) -> Result<Vec<WorkItemEvent>, WorkItemError>,
) -> Result<(), TrackingError> {
    let decided = root.decide(|item| decide(item).map_err(TrackingError::from));
    decided.map_err(DecideError::into_error)?;
    Ok(())
}

fn raise(root: &mut AggregateRoot<WorkItem>, event: WorkItemEvent) -> Result<(), TrackingError> {
    let stream = root.stream().clone();
    let raised = root.raise(event);
    Ok(raised.map_err(|source| RepositoryError::Inapplicable { stream, source })?)
}
