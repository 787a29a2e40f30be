//! The events that a consumer takes, and the segments that share them.

use shared_kernel::event::EventType;
use shared_kernel::store::EventFilter;
use shared_kernel::stream::Category;
use shared_kernel::{RecordedEvent, StreamId};

/// Selects events: all, those of some categories and types, or those of one stream.
///
/// ```
/// use read_side::Selection;
/// use shared_kernel::event::EventType;
/// use shared_kernel::stream::Category;
///
/// let dimmed = Selection::all()
///     .category(Category::new("lamp")?)
///     .event_type(EventType::new("LampDimmed")?);
/// assert!(!dimmed.is_all());
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Categories and event types, applied by the store.
    pub filter: EventFilter,
    /// The only stream; `None` for all.
    pub stream: Option<StreamId>,
}

impl Selection {
    /// Every event of the log.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Adds a category. The first call excludes all other categories.
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        self.filter.categories.push(category);
        self
    }

    /// Adds an event type. The first call excludes all other types.
    #[must_use]
    pub fn event_type(mut self, event_type: EventType) -> Self {
        self.filter.event_types.push(event_type);
        self
    }

    /// Takes the events of one stream only.
    #[must_use]
    pub fn stream(mut self, stream: StreamId) -> Self {
        self.stream = Some(stream);
        self
    }

    /// Whether it takes every event.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it takes this event.
    #[must_use]
    pub fn takes(&self, event: &RecordedEvent) -> bool {
        self.filter.accepts(&event.stream, &event.event_type)
            && self
                .stream
                .as_ref()
                .is_none_or(|only| *only == event.stream)
    }
}

/// The segment of a stream, from 0 to `count - 1`. All events of a stream are in one segment.
///
/// The hash is FNV-1a of 64 bits over the name, so it is the same on every machine.
///
/// ```
/// use shared_kernel::StreamId;
///
/// let kitchen = StreamId::new("lamp-kitchen")?;
/// assert_eq!(read_side::segment_of(&kitchen, 4), 1);
/// assert_eq!(read_side::segment_of(&kitchen, 1), 0);
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[must_use]
pub fn segment_of(stream: &StreamId, count: u16) -> u16 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = stream.as_str().bytes().fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    // The low bits of FNV are the weak ones.
    let mixed = hash ^ (hash >> 32);
    u16::try_from(mixed % u64::from(count.max(1))).unwrap_or(0)
}
