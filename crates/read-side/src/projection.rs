//! The port of a projection: a user's code that makes rows of events.

use std::fmt::Write as _;

use async_trait::async_trait;
use shared_kernel::RecordedEvent;
use shared_kernel::codec::FormatError;
use shared_kernel::event::domain_event::DomainEvent;
use shared_kernel::event::{EventType, SchemaVersion};

use crate::Selection;

/// An event could not be applied. Any error is one.
pub type ApplyError = FormatError;

/// Makes the rows of a read model from events.
///
/// `Tx` is the transaction of the store that keeps the rows. A projection for every store says
/// `Tx: Rows`:
///
/// ```
/// use async_trait::async_trait;
/// use read_side::{ApplyError, Projection, Rows};
/// use shared_kernel::RecordedEvent;
///
/// /// The number of events of each stream.
/// struct Counts;
///
/// #[async_trait]
/// impl<Tx: Rows> Projection<Tx> for Counts {
///     const NAME: &'static str = "counts";
///     const VERSION: u32 = 1;
///
///     async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
///         let key = event.stream.as_str();
///         let count = match tx.get("streams", key).await? {
///             Some(count) => std::str::from_utf8(&count)?.parse::<u64>()? + 1,
///             None => 1,
///         };
///         tx.put("streams", key, count.to_string().into());
///         Ok(())
///     }
/// }
/// ```
///
/// `apply` has no effect but its rows, and depends on nothing but the event and the rows: an event
/// can be applied again in a transaction that replaces the first, and a rebuild applies all events
/// again.
#[async_trait]
pub trait Projection<Tx>: Send + Sync {
    /// The name of the read model; see [`ModelName`](crate::ModelName).
    const NAME: &'static str;

    /// The version of its rows. Count it up whenever the same events would give other rows: then a
    /// new build is filled aside, and readers of the old version keep the old rows.
    const VERSION: u32;

    /// The events that it takes; all by default.
    fn selection(&self) -> Selection {
        Selection::all()
    }

    /// The schemas of the events that it decodes, such as [`schemas_of`] an enum of events. A
    /// changed schema needs a new version.
    fn schemas(&self) -> Vec<(EventType, SchemaVersion)> {
        Vec::new()
    }

    /// Creates the tables in an empty build.
    ///
    /// # Errors
    /// Any error.
    async fn create(&self, tx: &mut Tx) -> Result<(), ApplyError> {
        let _ = tx;
        Ok(())
    }

    /// Writes the rows of one event.
    ///
    /// # Errors
    /// Any error. A [`ReadModelError`](crate::ReadModelError) is a failure of the store, and the
    /// event is tried again later; every other error is one of the event.
    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError>;
}

/// The event types of `E` with their schemas, for [`Projection::schemas`].
///
/// ```
/// use read_side::schemas_of;
/// use shared_kernel::DomainEvent;
///
/// #[derive(DomainEvent)]
/// #[event(schema = 2)]
/// struct LampDimmed { percent: u8 }
///
/// let schemas = schemas_of::<LampDimmed>();
/// assert_eq!((schemas[0].0.as_str(), schemas[0].1.get()), ("LampDimmed", 2));
/// ```
#[must_use]
pub fn schemas_of<E: DomainEvent>() -> Vec<(EventType, SchemaVersion)> {
    // A codec refuses a name or a schema that is invalid, so no such event is recorded.
    let valid = E::TYPES.iter().filter_map(|info| {
        let event_type = EventType::new(info.name).ok()?;
        Some((event_type, SchemaVersion::new(info.schema_version).ok()?))
    });
    valid.collect()
}

/// The definition of the rows of a projection, as text. If it changes, the version must change.
pub(crate) fn fingerprint<Tx, P: Projection<Tx>>(projection: &P) -> String {
    let selection = projection.selection();
    let categories = selection.filter.categories.iter().map(|c| c.as_str());
    let types = selection.filter.event_types.iter().map(|t| t.as_str());
    let schemas: Vec<_> = projection
        .schemas()
        .iter()
        .map(|(event_type, schema)| format!("{event_type} {schema}"))
        .collect();
    let mut text = format!("version: {}", P::VERSION);
    list(&mut text, "categories", categories);
    list(&mut text, "event types", types);
    list(
        &mut text,
        "stream",
        selection.stream.iter().map(|s| s.as_str()),
    );
    list(&mut text, "schemas", schemas.iter().map(String::as_str));
    text
}

fn list<'t>(text: &mut String, name: &str, values: impl Iterator<Item = &'t str>) {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values.dedup();
    let _ = write!(text, "\n{name}: {values:?}");
}

#[cfg(test)]
mod tests {
    use shared_kernel::StreamId;
    use shared_kernel::stream::Category;

    use super::*;

    struct Some(Selection, Vec<(EventType, SchemaVersion)>);

    #[async_trait]
    impl Projection<()> for Some {
        const NAME: &'static str = "some";
        const VERSION: u32 = 3;

        fn selection(&self) -> Selection {
            self.0.clone()
        }

        fn schemas(&self) -> Vec<(EventType, SchemaVersion)> {
            self.1.clone()
        }

        async fn apply(&self, _: &RecordedEvent, (): &mut ()) -> Result<(), ApplyError> {
            Ok(())
        }
    }

    fn category(name: &str) -> Category {
        Category::new(name).unwrap()
    }

    #[test]
    fn the_order_of_a_selection_does_not_matter() {
        let one = Selection::all()
            .category(category("a"))
            .category(category("b"));
        let two = Selection::all()
            .category(category("b"))
            .category(category("a"));
        let of = |selection| fingerprint(&Some(selection, Vec::new()));
        assert_eq!(of(one), of(two));
    }

    #[test]
    fn everything_that_changes_the_rows_is_in_the_fingerprint() {
        let lit = EventType::new("Lit").unwrap();
        let schema = |version| vec![(lit.clone(), SchemaVersion::new(version).unwrap())];
        let texts = [
            fingerprint(&Some(Selection::all(), Vec::new())),
            fingerprint(&Some(Selection::all().category(category("a")), Vec::new())),
            fingerprint(&Some(Selection::all().event_type(lit.clone()), Vec::new())),
            fingerprint(&Some(
                Selection::all().stream(StreamId::new("a-1").unwrap()),
                Vec::new(),
            )),
            fingerprint(&Some(Selection::all(), schema(1))),
            fingerprint(&Some(Selection::all(), schema(2))),
        ];
        for (i, text) in texts.iter().enumerate() {
            assert!(text.starts_with("version: 3"));
            assert!(texts[i + 1..].iter().all(|other| other != text), "{text}");
        }
    }
}
