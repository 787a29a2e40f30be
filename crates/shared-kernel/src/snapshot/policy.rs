//! Snapshot policies: they decide after a save whether a snapshot is taken
//! ([law 27](crate::laws#law-27)).
//!
//! A policy never changes the result of a load, only the number of events that the next load
//! replays. Policies combine with `and`, `or` and `not`.
//!
//! ```
//! use std::num::NonZeroU64;
//! use std::time::Duration;
//! use shared_kernel::snapshot::policy::{EveryEvents, OlderThan, OnRequest, SnapshotPolicy, When};
//! use shared_kernel::Aggregate;
//!
//! trait Closable {
//!     fn is_closed(&self) -> bool;
//! }
//!
//! fn policy<A: Aggregate + Closable>() -> impl SnapshotPolicy<A> {
//!     const FIFTY: NonZeroU64 = NonZeroU64::new(50).unwrap();
//!     EveryEvents::new(FIFTY)
//!         .and(OlderThan(Duration::from_secs(60)))
//!         .or(When(A::is_closed))
//!         .or(OnRequest)
//! }
//! # let _ = policy::<Door>;
//! # #[derive(shared_kernel::DomainEvent)]
//! # struct Opened;
//! # struct Door;
//! # impl Closable for Door {
//! #     fn is_closed(&self) -> bool { false }
//! # }
//! # impl Aggregate for Door {
//! #     type Event = Opened;
//! #     const TYPE: &'static str = "door";
//! #     fn create(_: &Opened) -> Result<Self, shared_kernel::Inapplicable> { Ok(Self) }
//! #     fn apply(&mut self, _: &Opened) -> Result<(), shared_kernel::Inapplicable> { Ok(()) }
//! # }
//! # use shared_kernel::codec::{EncodeError, FormatError, StateCodec};
//! # use bytes::Bytes;
//! # use shared_kernel::snapshot::policy::SaveContext;
//! # use shared_kernel::StreamVersion;
//! # struct Codec;
//! # impl StateCodec<Door> for Codec {
//! #     fn encode(&self, _: &Door) -> Result<Bytes, EncodeError> { Ok(Bytes::new()) }
//! #     fn decode(&self, _: &[u8]) -> Result<Door, FormatError> { Ok(Door) }
//! # }
//! # let now = jiff::Timestamp::UNIX_EPOCH;
//! # let save = |from: u32, to: u32| SaveContext::new(&Door, from.into(), to.into(), now, &Codec);
//!
//! // A save from version 48 to 51 passes the 50th event.
//! assert!(policy().is_due(&save(48, 51)));
//! assert!(!policy().is_due(&save(46, 49)));
//! assert!(policy().is_due(&save(46, 49).with_request()));
//! ```

mod combined;
mod every_events;
mod never;
mod older_than;
mod on_request;
mod replay_longer_than;
mod save_context;
mod state_larger_than;
mod when;

use std::sync::Arc;

use crate::Aggregate;

pub use combined::{And, Awaited, Not, Or};
pub use every_events::EveryEvents;
pub use never::Never;
pub use older_than::OlderThan;
pub use on_request::OnRequest;
pub use replay_longer_than::ReplayLongerThan;
pub use save_context::{SaveContext, SnapshotInfo};
pub use state_larger_than::StateLargerThan;
pub use when::When;

/// Decides after each save whether a snapshot is taken.
pub trait SnapshotPolicy<A: Aggregate>: Send + Sync {
    /// Whether a snapshot is due after this save.
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool;

    /// Whether the save waits until a due snapshot is in the store, even if the repository saves
    /// snapshots [in the background](crate::EventSourcedRepository::with_snapshots_in_background).
    /// It is called only if a snapshot is due.
    ///
    /// The default is `false`: a lost snapshot costs only a longer replay.
    fn is_awaited(&self, save: &SaveContext<'_, A>) -> bool {
        let _ = save;
        false
    }

    /// Due if both are due; awaited if one of them is awaited.
    fn and<P>(self, other: P) -> And<A, Self, P>
    where
        Self: Sized,
        P: SnapshotPolicy<A>,
    {
        And::new(self, other)
    }

    /// Due if one is due; awaited if one is due and awaited.
    fn or<P>(self, other: P) -> Or<A, Self, P>
    where
        Self: Sized,
        P: SnapshotPolicy<A>,
    {
        Or::new(self, other)
    }

    /// Due if this one is not due; never awaited.
    fn not(self) -> Not<A, Self>
    where
        Self: Sized,
    {
        Not::new(self)
    }

    /// Due if this one is due; always awaited.
    fn awaited(self) -> Awaited<A, Self>
    where
        Self: Sized,
    {
        Awaited::new(self)
    }
}

impl<A: Aggregate, P: SnapshotPolicy<A> + ?Sized> SnapshotPolicy<A> for Box<P> {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        (**self).is_due(save)
    }

    fn is_awaited(&self, save: &SaveContext<'_, A>) -> bool {
        (**self).is_awaited(save)
    }
}

impl<A: Aggregate, P: SnapshotPolicy<A> + ?Sized> SnapshotPolicy<A> for Arc<P> {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        (**self).is_due(save)
    }

    fn is_awaited(&self, save: &SaveContext<'_, A>) -> bool {
        (**self).is_awaited(save)
    }
}
