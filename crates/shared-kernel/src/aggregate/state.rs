//! Owns what a domain must say of itself to be event-sourced.

use std::borrow::Cow;

use thiserror::Error;

use crate::DomainEvent;

/// A pure state machine whose state is the sum of its events.
///
/// The state comes into being with its first event and exists only from then on, so it needs no
/// `Default` and no "not yet created" variant. Commands are plain methods of the state that decide
/// and answer with events; there is no clock, no randomness and no I/O in here.
///
/// ```
/// use shared_kernel::{Aggregate, DomainEvent, Inapplicable};
///
/// #[derive(DomainEvent)]
/// enum LampEvent {
///     LampInstalled,
///     LampDimmed { percent: u8 },
/// }
///
/// struct Lamp {
///     percent: u8,
/// }
///
/// impl Aggregate for Lamp {
///     type Event = LampEvent;
///     const TYPE: &'static str = "lamp";
///
///     fn create(event: &LampEvent) -> Result<Self, Inapplicable> {
///         match event {
///             LampEvent::LampInstalled => Ok(Self { percent: 100 }),
///             LampEvent::LampDimmed { .. } => Err(Inapplicable::new("a lamp must be installed first")),
///         }
///     }
///
///     fn apply(&mut self, event: &LampEvent) -> Result<(), Inapplicable> {
///         match event {
///             LampEvent::LampInstalled => return Err(Inapplicable::new("installed twice")),
///             LampEvent::LampDimmed { percent } => self.percent = *percent,
///         }
///         Ok(())
///     }
/// }
///
/// let mut lamp = Lamp::create(&LampEvent::LampInstalled)?;
/// lamp.apply(&LampEvent::LampDimmed { percent: 40 })?;
/// assert_eq!(lamp.percent, 40);
/// # Ok::<(), Inapplicable>(())
/// ```
pub trait Aggregate: Sized + Send + Sync + 'static {
    /// What can happen to the aggregate.
    type Event: DomainEvent;

    /// The name of this type of aggregate. It is part of the schema name of snapshots.
    const TYPE: &'static str;

    /// The shape of the state, counted up whenever the state changes in a way that makes older
    /// snapshots wrong. Older snapshots are then passed over.
    const STATE_SCHEMA: u32 = 1;

    /// The state that the first event brings about.
    ///
    /// # Errors
    /// [`Inapplicable`] where a history cannot begin with this event.
    fn create(event: &Self::Event) -> Result<Self, Inapplicable>;

    /// Takes one more event into the state. It does not judge again what was decided when the event
    /// was raised: history already happened.
    ///
    /// # Errors
    /// [`Inapplicable`] where the event cannot follow; the state is then as it was.
    fn apply(&mut self, event: &Self::Event) -> Result<(), Inapplicable>;
}

/// An event that the state of an aggregate cannot take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct Inapplicable {
    /// Why not.
    pub reason: Cow<'static, str>,
}

impl Inapplicable {
    /// An event that cannot be taken, and why.
    #[must_use]
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}
