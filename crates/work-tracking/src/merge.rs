//! The merge of a store that grew on another branch.
//!
//! Both stores began as copies of one, and then each got events of its own. An event is known by
//! its id, and an item by its snowflake. Numbers belong to a store: an item of the other store gets
//! the next number here, and its events name the items by their numbers here.
//!
//! ```text
//! here      WORK-001  WORK-002 = 7001
//! there     WORK-001  WORK-002 = 8001   WORK-003 = 8002, blocked by WORK-002
//! merged    WORK-001  WORK-002 = 7001   WORK-003 = 8001   WORK-004 = 8002, blocked by WORK-003
//! ```

mod branches;
mod clash;
mod clashes;

use std::collections::HashMap;

use futures_util::TryStreamExt;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::store::{LogQuery, StreamWrite};
use shared_kernel::{
    Append, EventStore, EventStoreExt, Metadata, NewEvent, RecordedEvent, StreamId, StreamVersion,
};
use work_item::{Alias, WorkItemEvent, WorkItemId, WorkNumber};

use self::branches::{Branches, is_item};
pub use self::clash::{ClashReason, MergeClash};
use self::clashes::clashes;
use crate::aliases::{self, stream_of};
use crate::register::{NextNumber, stream as register_stream};
use crate::{RegisterError, RegisterEvent, TrackingError, WorkTracker};

/// The category of the keys of commands. A key that was used in both stores stays as it is here.
const KEYS: &str = "command_key";

/// The types of the events that name items by their numbers.
const NAMING_ITEMS: [&str; 4] = [
    "WorkItemCreated",
    "ChildAdded",
    "DependencyAdded",
    "DependencyRemoved",
];

/// The outcome of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// The number of events that were added.
    pub added: u64,
    /// The number of events of the other store that were here already.
    pub known: u64,
    /// The items that came from the other store.
    pub new_items: Vec<WorkItemId>,
    /// The items of this store that got events.
    pub changed_items: Vec<WorkItemId>,
    /// The new items with another number than in the other store: the old number, and the item.
    pub renumbered: Vec<(WorkNumber, WorkItemId)>,
}

impl WorkTracker {
    /// Merges another store into this one. The other store stays as it is.
    ///
    /// - Events of items that only the other store changed come as they are, with new positions and
    ///   times.
    /// - An item that both stores changed is a clash, unless one of them only added notes and
    ///   children to it.
    /// - New items get the next numbers. The number in the other store becomes an
    ///   [alias](work_item::WorkItem::aliases) if it is another one.
    ///
    /// A merge is one append: all of it or nothing. It has at most [`Append::MAX_EVENTS`] events,
    /// numbers and aliases included. Both logs are read into memory.
    ///
    /// # Errors
    /// [`TrackingError::Clashes`] with all clashes, [`TrackingError::TooLarge`], and the errors of
    /// both stores.
    pub async fn merge(
        &self,
        other: &dyn EventStore,
        metadata: &Metadata,
    ) -> Result<Merged, TrackingError> {
        let theirs = whole_log(other).await?;
        let draft = || async {
            let ours = whole_log(&*self.events).await?;
            self.draft_merge(&ours, &theirs, metadata)
        };
        self.in_one_append(draft).await
    }

    /// The append of a merge, with its outcome.
    fn draft_merge(
        &self,
        ours: &[RecordedEvent],
        theirs: &[RecordedEvent],
        metadata: &Metadata,
    ) -> Result<(Append, Merged), TrackingError> {
        let mut branches = Branches::of(ours, theirs);
        let register = register_stream()?;
        let (entries, mut numbers) = self.numbers(ours, &register)?;
        // The new items in the order of their numbers in the other store, and the numbers that they
        // had in other stores before.
        let (mut new, mut former) = (Vec::new(), HashMap::new());
        for branch in branches.created() {
            let first = branch.theirs.first().map(|first| self.item_event(first));
            if let Some(WorkItemEvent::WorkItemCreated { id, aliases, .. }) =
                first.transpose()?.flatten()
            {
                new.push(id);
                let numbers = aliases.into_iter().filter(is_number);
                former.insert(id.snowflake(), numbers.collect::<Vec<_>>());
            }
        }
        new.sort_by_key(|id| id.number());
        let unnumbered = new
            .iter()
            .filter(|id| !numbers.contains_key(&id.snowflake()));
        let next = NextNumber::after(entries)?;
        let assigned = next.assign(unnumbered.map(|id| id.snowflake()))?;
        numbers.extend(assigned.iter().map(|id| (id.snowflake(), id.number())));

        branches.forget(|branch| {
            let is_key = branch.stream.category_str() == KEYS && !branch.ours.is_empty();
            is_key || branch.stream == register || has_numbers(&branch.stream)
        });
        let decode = |recorded: &RecordedEvent| self.item_event(recorded);
        let clashes = clashes(&branches, ours, &numbers, &decode)?;
        if !clashes.is_empty() {
            return Err(TrackingError::Clashes { clashes });
        }
        let event_ids = self.event_ids();
        let append = self
            .register
            .entries(next, assigned, &event_ids, metadata)?;
        let mut merged = Merged {
            known: branches.known(),
            ..Merged::default()
        };
        let there: HashMap<_, _> = new.iter().map(|id| (id.snowflake(), id.number())).collect();
        let mut writes = Writes::default();
        for branch in branches.changed() {
            let events = branch
                .new
                .iter()
                .map(|event| self.renumbered(event, &numbers));
            let events = events.collect::<Result<Vec<_>, _>>()?;
            merged.added += events.len() as u64;
            writes.add(&branch.stream, branch.version(), events);
            let Some(id) = branch.item(&numbers) else {
                continue;
            };
            if !branch.ours.is_empty() {
                merged.changed_items.push(id);
                continue;
            }
            merged.new_items.push(id);
            let mut names = former.remove(&id.snowflake()).unwrap_or_default();
            let there = there.get(&id.snowflake()).copied();
            if let Some(there) = there.filter(|there| *there != id.number()) {
                merged.renumbered.push((there, id));
                names.push(alias_of(there)?);
            }
            for alias in names {
                let event = RegisterEvent::AliasAssigned {
                    alias,
                    item: id.snowflake(),
                    source: None,
                };
                let event = self.register.event(&event, &event_ids, metadata)?;
                let stream = stream_of(&alias)?;
                writes.add(&stream, branches.version_here(&stream), vec![event]);
            }
        }
        let append = writes.writes.into_iter().fold(append, Append::with_write);
        let events = append.writes().iter().map(|write| write.events.len()).sum();
        match events {
            ..=Append::MAX_EVENTS => Ok((append, merged)),
            _ => Err(TrackingError::TooLarge { events }),
        }
    }

    /// The number of entries of the register of a log, and the number of each item.
    fn numbers(
        &self,
        log: &[RecordedEvent],
        register: &StreamId,
    ) -> Result<(StreamVersion, HashMap<Snowflake, WorkNumber>), TrackingError> {
        let (mut last, mut numbers) = (StreamVersion::EMPTY, HashMap::new());
        for recorded in log.iter().filter(|event| event.stream == *register) {
            last = recorded.version;
            if let Some(RegisterEvent::NumberAssigned { number, item }) =
                self.register.decode(recorded)?
            {
                numbers.insert(item, number);
            }
        }
        Ok((last, numbers))
    }

    /// The event of a record of an item.
    fn item_event(&self, recorded: &RecordedEvent) -> Result<Option<WorkItemEvent>, TrackingError> {
        Ok(self.decode(recorded)?.into_single())
    }

    /// An event of the other store with the numbers of this one. An event without another number
    /// keeps its bytes.
    fn renumbered(
        &self,
        recorded: &RecordedEvent,
        numbers: &HashMap<Snowflake, WorkNumber>,
    ) -> Result<NewEvent, TrackingError> {
        let mut event = NewEvent {
            id: recorded.id,
            event_type: recorded.event_type.clone(),
            schema_version: recorded.schema_version,
            payload: recorded.payload.clone(),
            metadata: recorded.metadata.clone(),
        };
        if !is_item(&recorded.stream) || !NAMING_ITEMS.contains(&recorded.event_type.as_str()) {
            return Ok(event);
        }
        let Some(before) = self.item_event(recorded)? else {
            return Ok(event);
        };
        let unchanged = self.item_codec.encode(&before)?;
        let renumbered = self.item_codec.encode(&with_numbers(before, numbers)?)?;
        if renumbered.payload != unchanged.payload {
            event.schema_version = renumbered.schema_version;
            event.payload = renumbered.payload;
        }
        Ok(event)
    }
}

/// The writes of an append, one for each stream.
#[derive(Default)]
struct Writes {
    writes: Vec<StreamWrite>,
    index: HashMap<StreamId, usize>,
}

impl Writes {
    fn add(&mut self, stream: &StreamId, version: StreamVersion, events: Vec<NewEvent>) {
        let at = *self.index.entry(stream.clone()).or_insert_with(|| {
            self.writes.push(StreamWrite {
                stream: stream.clone(),
                expected: version.into(),
                events: Vec::new(),
            });
            self.writes.len() - 1
        });
        self.writes[at].events.extend(events);
    }
}

/// The events of a log.
async fn whole_log(store: &dyn EventStore) -> Result<Vec<RecordedEvent>, TrackingError> {
    let mut log = store.read_log(LogQuery::new());
    let mut events = Vec::new();
    while let Some(event) = log.try_next().await? {
        events.push(event);
    }
    Ok(events)
}

/// An event that names items by their numbers here. A created item keeps its other number as an
/// alias.
fn with_numbers(
    event: WorkItemEvent,
    numbers: &HashMap<Snowflake, WorkNumber>,
) -> Result<WorkItemEvent, TrackingError> {
    use WorkItemEvent as E;
    let here = |id: WorkItemId| match numbers.get(&id.snowflake()) {
        Some(number) => WorkItemId::new(id.snowflake(), *number),
        None => id,
    };
    let mut event = event;
    match &mut event {
        E::WorkItemCreated {
            id,
            parent,
            aliases,
            ..
        } => {
            let there = id.number();
            (*id, *parent) = (here(*id), parent.map(here));
            if id.number() != there {
                aliases.push(alias_of(there)?);
            }
        }
        E::ChildAdded { child } => *child = here(*child),
        E::DependencyAdded { on, .. } | E::DependencyRemoved { on, .. } => *on = here(*on),
        _ => {}
    }
    Ok(event)
}

/// Whether a stream has the items that had a number in other stores. Numbers belong to a store, so
/// each store has such streams of its own.
fn has_numbers(stream: &StreamId) -> bool {
    let name = stream.as_str().strip_prefix(aliases::PREFIX);
    name.is_some_and(|name| name.parse::<WorkNumber>().is_ok())
}

/// Whether an alias is the number of an item in another store.
fn is_number(alias: &Alias) -> bool {
    alias.as_str().parse::<WorkNumber>().is_ok()
}

/// The alias of an item that had a number in another store.
fn alias_of(number: WorkNumber) -> Result<Alias, TrackingError> {
    let alias = number.to_string().parse();
    Ok(alias.map_err(RegisterError::Alias)?)
}
