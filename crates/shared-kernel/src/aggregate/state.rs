//! The trait that a domain implements: its events, and the state that they build.

use std::borrow::Cow;

use thiserror::Error;

use crate::DomainEvent;

/// A pure state machine: the state is computed from the events of one stream.
///
/// The state exists from its first event on, so it needs no `Default` and no variant "not yet
/// created". Commands are plain methods of the state that return events. An aggregate uses no
/// clock, no randomness and no I/O.
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
///             LampEvent::LampDimmed { .. } => Err(Inapplicable::new("not installed")),
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
    /// The events of the aggregate.
    type Event: DomainEvent;

    /// The name of this type of aggregate, for example `lamp`. It is the category of its streams
    /// ([`StreamId::of`](crate::StreamId::of)), and part of the schema name of its snapshots.
    const TYPE: &'static str;

    /// The number of the state's format in snapshots. Increase it when older snapshots no longer
    /// fit the state; loads then ignore them.
    ///
    /// A change of [`apply`](Self::apply), or of an upgrade of old events, counts as well: a replay
    /// gives another state than an old snapshot. `conformance::states::check` finds a forgotten
    /// increase in a test ([law 53](crate::laws#law-53)).
    const STATE_SCHEMA: u32 = 1;

    /// The state after the first event.
    ///
    /// # Errors
    /// [`Inapplicable`] if a history cannot begin with this event.
    fn create(event: &Self::Event) -> Result<Self, Inapplicable>;

    /// Changes the state by one more event. The rules of the domain belong into commands, not here:
    /// the event has already happened.
    ///
    /// # Errors
    /// [`Inapplicable`] if the event cannot follow; the state must then stay as it was.
    fn apply(&mut self, event: &Self::Event) -> Result<(), Inapplicable>;
}

/// An event that the state of an aggregate cannot take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct Inapplicable {
    /// The reason, for people.
    pub reason: Cow<'static, str>,
}

impl Inapplicable {
    /// An inapplicable event, with a reason such as "installed twice".
    #[must_use]
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}
