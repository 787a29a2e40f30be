//! The overlay: a view of another store that keeps its own appends in memory.

mod joined;
mod own;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use jiff::Timestamp;
use shared_kernel::store::{
    AppendReceipt, DEFAULT_PAGE_SIZE, LogPage, LogQuery, Page, StoreId, StreamPage, StreamQuery,
    StreamSummary, StreamsPage, StreamsQuery,
};
use shared_kernel::time::Clock;
use shared_kernel::{
    Append, AppendError, EventId, EventStore, GlobalPosition, NewEvent, RecordedEvent, StoreError,
    StreamId, StreamVersion,
};
use tokio::sync::watch;

use self::joined::{in_direction, joined};
use self::own::Own;

/// A view of a store as it was at one position, with appends of its own, which the store never
/// sees. A clone is another handle on the same view.
///
/// For example, over a store with 100 events, an append of two events to the overlay gets the
/// positions 101 and 102. The store still has 100 events, and other overlays do not have these two.
///
/// [`pending`](Self::pending) returns all own appends as one, for the store itself. So several
/// commands, each of which sees the effect of those before it, become one atomic append.
///
/// The events of the store after that position are hidden. If one of the streams has changed since,
/// the append of [`pending`](Self::pending) is a conflict.
#[derive(Clone)]
pub struct MemoryOverlay {
    shared: Arc<Shared>,
}

struct Shared {
    base: Arc<dyn EventStore>,
    /// The last position of the store when the overlay began.
    begin: GlobalPosition,
    clock: Arc<dyn Clock>,
    own: RwLock<Own>,
    /// The last position, for waiting readers.
    head: watch::Sender<GlobalPosition>,
}

impl MemoryOverlay {
    /// A view of a store as it is now. The own events get their times from `clock`.
    ///
    /// # Errors
    /// [`StoreError`] of the store.
    pub async fn over(
        base: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let begin = base.head().await?.unwrap_or(GlobalPosition::START);
        let mut own = Own::default();
        let last = LogQuery::new().positions(begin..=begin);
        for event in base.read_log_page(&last).await?.items {
            own.times.record(event.recorded_at);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                base,
                begin,
                clock,
                own: RwLock::new(own),
                head: watch::Sender::new(begin),
            }),
        })
    }

    /// The last position of the store that the overlay shows.
    #[must_use]
    pub fn begin(&self) -> GlobalPosition {
        self.shared.begin
    }

    /// All own appends as one append for the store. It expects each stream that was written or
    /// checked at the version that the overlay shows of the store.
    #[must_use]
    pub fn pending(&self) -> Append {
        let own = self.own();
        let new_event = |event: &RecordedEvent| NewEvent {
            id: event.id,
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            payload: event.payload.clone(),
            metadata: event.metadata.clone(),
        };
        let mut written = BTreeSet::new();
        let mut append = Append::new();
        // The streams keep the order of their first events.
        for event in &own.events {
            if let Some((before, indexes)) = own.streams.get(&event.stream)
                && written.insert(&event.stream)
            {
                let events = indexes.iter().map(|index| new_event(&own.events[*index]));
                append = append.write(event.stream.clone(), *before, events.collect());
            }
        }
        let checks = own
            .used
            .iter()
            .filter(|(stream, _)| !written.contains(stream));
        checks.fold(append, |append, (stream, version)| {
            append.check(stream.clone(), *version)
        })
    }

    /// The own events, in the order of their positions.
    #[must_use]
    pub fn own_events(&self) -> Vec<RecordedEvent> {
        self.own().events.clone()
    }

    /// No code panics while it holds the lock, so poisoning cannot happen.
    fn own(&self) -> RwLockReadGuard<'_, Own> {
        self.shared
            .own
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The version of a stream in the store at the beginning.
    async fn base_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        if let Some(known) = self.own().used.get(stream) {
            return Ok(*known);
        }
        let mut query = StreamQuery::new(stream.clone())
            .backward()
            .page_size(NonZeroUsize::MIN);
        loop {
            let page = self.shared.base.read_stream_page(&query).await?;
            let is_shown = |event: &&RecordedEvent| event.position <= self.shared.begin;
            if let Some(event) = page.items.iter().find(is_shown) {
                return Ok(event.version);
            }
            match page.next {
                Some(next) => query = query.versions(..=next),
                None => return Ok(StreamVersion::EMPTY),
            }
        }
    }

    /// The records of the events of an append in the store.
    async fn recorded(&self, append: &Append) -> Result<Vec<Option<RecordedEvent>>, StoreError> {
        let mut recorded = Vec::with_capacity(append.event_count());
        for (_, event) in append.events() {
            let found = self.shared.base.find_event(event.id).await?;
            recorded.push(found.filter(|event| event.position <= self.shared.begin));
        }
        Ok(recorded)
    }
}

#[async_trait]
impl EventStore for MemoryOverlay {
    async fn append(&self, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let mut before = BTreeMap::new();
        for (stream, _) in append.expectations() {
            if !before.contains_key(stream) {
                before.insert(stream.clone(), self.base_version(stream).await?);
            }
        }
        let recorded = self.recorded(&append).await?;
        let Shared {
            own, clock, begin, ..
        } = &*self.shared;
        let appended = {
            let mut own = own.write().unwrap_or_else(PoisonError::into_inner);
            own.append(&append, recorded, &before, *begin, &**clock)?
        };
        if let Some(last) = appended.last_position() {
            self.shared.head.send_if_modified(|head| {
                let further = last > *head;
                *head = last.max(*head);
                further
            });
        }
        Ok(appended)
    }

    async fn read_stream_page(&self, query: &StreamQuery) -> Result<StreamPage, StoreError> {
        let before = self.base_version(&query.stream).await?;
        let range = query.range;
        let own = {
            let own = self.own();
            let indexes = own.streams.get(&query.stream);
            let indexes = indexes.map_or(&[][..], |(_, indexes)| indexes);
            let is_wanted = |index: &usize| {
                let version = own.events[*index].version;
                range.from <= version && version <= range.to
            };
            let indexes = indexes.iter().copied().filter(is_wanted);
            let wanted = in_direction(indexes, range.direction, &own.events);
            let wanted = wanted.take(range.page_limit().saturating_add(1));
            wanted.cloned().collect()
        };
        let last = (before > StreamVersion::EMPTY).then_some(before);
        let read = async |range| {
            let query = StreamQuery {
                stream: query.stream.clone(),
                range,
            };
            self.shared.base.read_stream_page(&query).await
        };
        joined(range, last, own, |event| event.version, read).await
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let range = query.range;
        let own = {
            let own = self.own();
            let is_wanted = |index: &usize| {
                let event = &own.events[*index];
                let is_inside = range.from <= event.position && event.position <= range.to;
                is_inside && query.filter.accepts(&event.stream, &event.event_type)
            };
            let indexes = (0..own.events.len()).filter(is_wanted);
            let wanted = in_direction(indexes, range.direction, &own.events);
            let wanted = wanted.take(range.page_limit().saturating_add(1));
            wanted.cloned().collect()
        };
        let begin = self.shared.begin;
        let last = (begin > GlobalPosition::START).then_some(begin);
        let read = async |range| {
            let filter = query.filter.clone();
            let query = LogQuery { range, filter };
            self.shared.base.read_log_page(&query).await
        };
        joined(range, last, own, |event| event.position, read).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<StreamVersion, StoreError> {
        let before = self.base_version(stream).await?;
        Ok(self.own().version_of(stream, before))
    }

    async fn id(&self) -> Result<StoreId, StoreError> {
        self.shared.base.id().await
    }

    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        let last = self.own().events.last().map(|last| last.position);
        let head = last.unwrap_or(self.shared.begin);
        Ok((head > GlobalPosition::START).then_some(head))
    }

    async fn position_at(&self, time: Timestamp) -> Result<Option<GlobalPosition>, StoreError> {
        let own = {
            let own = self.own();
            let last = own.events.iter().rfind(|event| event.recorded_at <= time);
            last.map(|event| event.position)
        };
        match own {
            Some(position) => Ok(Some(position)),
            None => {
                let position = self.shared.base.position_at(time).await?;
                Ok(position.map(|position| position.min(self.shared.begin)))
            }
        }
    }

    async fn find_event(&self, id: EventId) -> Result<Option<RecordedEvent>, StoreError> {
        let own = {
            let own = self.own();
            own.ids.get(&id).map(|index| own.events[*index].clone())
        };
        if own.is_some() {
            return Ok(own);
        }
        let found = self.shared.base.find_event(id).await?;
        Ok(found.filter(|event| event.position <= self.shared.begin))
    }

    async fn list_streams(&self, query: &StreamsQuery) -> Result<StreamsPage, StoreError> {
        let page = self.shared.base.list_streams(query).await?;
        let last = page.next.as_ref();
        let category = query.category.as_ref();
        // All own versions are those of one moment: a reader sees an append whole or not at all.
        let mut versions: BTreeMap<_, _> = {
            let own = self.own();
            let inside = own.streams.iter().filter(|(name, _)| {
                query.after.as_ref().is_none_or(|after| *name > after)
                    && last.is_none_or(|last| *name <= last)
                    && category.is_none_or(|category| name.category_str() == category.as_str())
            });
            let version = |(name, (before, _)): (&StreamId, &(StreamVersion, _))| {
                (name.clone(), own.version_of(name, *before))
            };
            inside.map(version).collect()
        };
        for StreamSummary { stream, .. } in page.items {
            if let Entry::Vacant(only_in_base) = versions.entry(stream) {
                let version = self.base_version(only_in_base.key()).await?;
                only_in_base.insert(version);
            }
        }
        // A stream that began after the view was made is hidden.
        let shown = versions.into_iter();
        let shown = shown.filter(|(_, version)| *version > StreamVersion::EMPTY);
        let mut items: Vec<_> = shown
            .map(|(stream, version)| StreamSummary { stream, version })
            .collect();
        let size = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE).get();
        let next = match items.len() > size {
            true => {
                items.truncate(size);
                items.last().map(|last| last.stream.clone())
            }
            false => page.next,
        };
        Ok(Page { items, next })
    }

    async fn wait_past(&self, position: GlobalPosition) -> Result<GlobalPosition, StoreError> {
        let mut head = self.shared.head.subscribe();
        let reached = head.wait_for(|head| *head > position).await;
        reached.map(|head| *head).map_err(|_| StoreError::Closed {
            location: crate::log::LOCATION.to_owned(),
        })
    }
}

impl fmt::Debug for MemoryOverlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryOverlay")
            .field("begin", &self.shared.begin)
            .field("own", &self.own().events.len())
            .finish_non_exhaustive()
    }
}
