//! Projections of decoded events.

use async_trait::async_trait;
use shared_kernel::codec::EventCodec;
use shared_kernel::event::domain_event::DomainEvent;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::{EventEnvelope, RecordedEvent};

use crate::{ApplyError, Projection, Selection, schemas_of};

/// Makes the rows of a read model from decoded events.
///
/// With a codec it is a [`Projection`]: [`Typed`] decodes each record and applies its events. The
/// schemas of the events are a part of the definition of the rows, so a new schema needs a new
/// version.
///
/// ```
/// use persistence_memory::{MemoryEventStore, MemoryReadModels};
/// use read_side::{ApplyError, Projector, Rows, Typed, TypedProjection, async_trait};
/// use serde::{Deserialize, Serialize};
/// use serialization::JsonEventCodec;
/// use shared_kernel::{DomainEvent, EventEnvelope};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// enum LampEvent {
///     LampInstalled { room: String },
///     LampMoved { to: String },
/// }
///
/// /// The room of each lamp.
/// struct Places;
///
/// #[async_trait]
/// impl<Tx: Rows> TypedProjection<Tx> for Places {
///     type Event = LampEvent;
///     const NAME: &'static str = "places";
///     const VERSION: u32 = 1;
///
///     async fn apply(
///         &self,
///         lamp: &EventEnvelope<LampEvent>,
///         tx: &mut Tx,
///     ) -> Result<(), ApplyError> {
///         use LampEvent::{LampInstalled, LampMoved};
///         let (LampInstalled { room } | LampMoved { to: room }) = &lamp.event;
///         tx.put("places", lamp.stream.as_str(), room.clone().into());
///         Ok(())
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (log, models) = (MemoryEventStore::new(), MemoryReadModels::new());
/// let places = Projector::new(Typed::new(Places, JsonEventCodec::new()?), log, models)?;
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait TypedProjection<Tx>: Send + Sync {
    /// The events that it takes. An event of another type cannot be applied, so a log with other
    /// events needs a [`selection`](Self::selection).
    type Event: DomainEvent + Send + Sync;

    /// The name of the read model; see [`Projection::NAME`].
    const NAME: &'static str;

    /// The version of its rows; see [`Projection::VERSION`].
    const VERSION: u32;

    /// The events that it takes; all by default.
    fn selection(&self) -> Selection {
        Selection::all()
    }

    /// Creates the tables in an empty build.
    ///
    /// # Errors
    /// Any error.
    async fn create(&self, tx: &mut Tx) -> Result<(), ApplyError> {
        let _ = tx;
        Ok(())
    }

    /// Writes the rows of one event. A record can decode to several events: they are applied one
    /// after the other, in one transaction.
    ///
    /// # Errors
    /// As [`Projection::apply`].
    async fn apply(
        &self,
        event: &EventEnvelope<Self::Event>,
        tx: &mut Tx,
    ) -> Result<(), ApplyError>;
}

/// A [`TypedProjection`] with the codec of its events.
#[derive(Debug, Clone)]
pub struct Typed<P, C> {
    projection: P,
    codec: C,
}

impl<P, C> Typed<P, C> {
    /// A projection that decodes its events with `codec`.
    pub fn new(projection: P, codec: C) -> Self {
        Self { projection, codec }
    }
}

#[async_trait]
impl<Tx, P, C> Projection<Tx> for Typed<P, C>
where
    Tx: Send,
    P: TypedProjection<Tx>,
    C: EventCodec<P::Event>,
{
    const NAME: &'static str = P::NAME;
    const VERSION: u32 = P::VERSION;

    fn selection(&self) -> Selection {
        self.projection.selection()
    }

    fn schemas(&self) -> Vec<(EventType, SchemaVersion)> {
        schemas_of::<P::Event>()
    }

    async fn create(&self, tx: &mut Tx) -> Result<(), ApplyError> {
        self.projection.create(tx).await
    }

    async fn apply(&self, record: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
        let events = self.codec.decode(record)?.into_envelopes(record.clone());
        for event in &events {
            self.projection.apply(event, tx).await?;
        }
        Ok(())
    }
}
