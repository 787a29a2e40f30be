//! The port of stores that take over the log of another one, and that can be frozen for a move.

use std::sync::Arc;

use async_trait::async_trait;

use crate::store::{EventStore, ImportError, LogPart};
use crate::text::validated_text;
use crate::{GlobalPosition, StoreError};

validated_text! {
    /// The new place of a log that has moved, for example `postgres://db.example/work`; 1 to 1,024
    /// bytes. Each refused writer reads it, so it must not have a password.
    Destination, "destination", max 1024
}

/// A store that can take over the log of another store, and can be frozen.
///
/// A move of a log keeps everything that [`EventStore`] returns: the store id, positions, versions,
/// event ids, recorded times and bytes. Snapshots and leases are no part of it. The crate
/// `log-transfer` makes files of logs, and imports them through this port.
#[async_trait]
pub trait LogTransfer: EventStore {
    /// Writes the events of a part behind the end of the log, all of them or none.
    ///
    /// - **Fidelity** ([law 70](crate::laws#law-70)): positions, versions, ids and times stay as
    ///   they are. The next append gets the time that the source would have given to it.
    /// - **Store id** ([law 70](crate::laws#law-70)): a store without events takes over the id of
    ///   the part, if the part begins the log.
    /// - **Order** ([law 71](crate::laws#law-71)): the log must end with the event before the part,
    ///   and must have the id of the part. The write itself compares both, so another writer or
    ///   a second import leaves no mixture.
    ///
    /// # Errors
    /// [`ImportError`]. A store that is frozen returns [`StoreError::Moved`].
    async fn import(&self, part: LogPart) -> Result<(), ImportError>;

    /// Refuses all later appends with [`StoreError::Moved`], and returns the position of the last
    /// event.
    ///
    /// - **Finality** ([law 72](crate::laws#law-72)): once position 57 is returned, no event 58
    ///   ever appears, also from other processes, until [`unfreeze`](Self::unfreeze).
    /// - **Scope** ([law 72](crate::laws#law-72)): reads and waits go on, and so do repetitions of
    ///   recorded appends, snapshots and leases.
    /// - **Idempotence**: to freeze a store again for the same destination changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Moved`] if the store is frozen for another destination.
    async fn freeze(&self, destination: &Destination)
    -> Result<Option<GlobalPosition>, StoreError>;

    /// Lets the store take appends again. If the destination has new events by then, the two logs
    /// go different ways from there, and nothing can join them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn unfreeze(&self) -> Result<(), StoreError>;

    /// The destination for which the store is frozen; `None` if it takes appends.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn frozen_for(&self) -> Result<Option<Destination>, StoreError>;
}

#[async_trait]
impl<S: LogTransfer + ?Sized> LogTransfer for Arc<S> {
    async fn import(&self, part: LogPart) -> Result<(), ImportError> {
        (**self).import(part).await
    }

    async fn freeze(
        &self,
        destination: &Destination,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        (**self).freeze(destination).await
    }

    async fn unfreeze(&self) -> Result<(), StoreError> {
        (**self).unfreeze().await
    }

    async fn frozen_for(&self) -> Result<Option<Destination>, StoreError> {
        (**self).frozen_for().await
    }
}
