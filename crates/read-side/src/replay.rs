//! Rows as they were: a replay into a temporary place.

use shared_kernel::{EventStore, GlobalPosition};

use crate::{Build, Options, Projection, ProjectionError, Projector, ReadModelStore};

/// Makes the rows of a projection as of a position, from the beginning of the log, in a temporary
/// store of read models. The kept rows do not change.
///
/// The same definition serves for kept rows and for rows on demand. For the rows as of a time, take
/// the position from [`EventStore::position_at`].
///
/// ```
/// use persistence_memory::{MemoryEventStore, MemoryReadModels};
/// use read_side::{ApplyError, Projection, Rows, replay};
/// # use async_trait::async_trait;
/// # use shared_kernel::event::EventType;
/// # use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId};
/// # struct Last;
/// # #[async_trait]
/// # impl<Tx: Rows> Projection<Tx> for Last {
/// #     const NAME: &'static str = "last";
/// #     const VERSION: u32 = 1;
/// #     async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
/// #         tx.put("last", "event", event.payload.clone());
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let log = MemoryEventStore::new();
/// for text in ["one", "two", "three"] {
///     let said = NewEvent::with_fresh_id(EventType::new("Said")?, text)?;
///     log.append_to(StreamId::new("talk-1")?, ExpectedVersion::Any, vec![said]).await?;
/// }
/// let rows = MemoryReadModels::new();
/// let build = replay(Last, &log, rows.clone(), 2).await?;
/// assert_eq!(rows.get(&build, "last", "event")?.unwrap(), "two");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ProjectionError::Stopped`] if an event cannot be applied.
pub async fn replay<P, S, M>(
    projection: P,
    log: S,
    temporary: M,
    to: impl Into<GlobalPosition>,
) -> Result<Build, ProjectionError>
where
    M: ReadModelStore,
    P: Projection<M::Tx>,
    S: EventStore,
{
    let projector = Projector::with_options(projection, log, temporary, Options::default())?;
    projector.build_up_to(to.into()).await
}
