//! The metadata columns that a view can show.

/// A column of metadata. The position, the type and the payload of an event are always shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The stream: its number in the document, or its name if it has a single event.
    Stream,
    /// The version: the position in the stream.
    Version,
    /// The time of recording, in whole seconds after the first event of the document.
    Time,
    /// The actor.
    Actor,
    /// The event id.
    Id,
    /// The schema version of the payload.
    SchemaVersion,
    /// The correlation id: the conversation of the event.
    Correlation,
    /// The causation id: the direct cause of the event.
    Causation,
    /// The free pairs of the metadata.
    Pairs,
}

impl Column {
    /// The name of the column in a document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Version => "version",
            Self::Time => "t",
            Self::Actor => "actor",
            Self::Id => "id",
            Self::SchemaVersion => "schema_version",
            Self::Correlation => "correlation",
            Self::Causation => "causation",
            Self::Pairs => "pairs",
        }
    }
}
