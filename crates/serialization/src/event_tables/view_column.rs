//! The metadata columns that a view can show.

/// Something known of an event beside its place in the log, its type and its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The stream, by a number of the document where several events are in it.
    Stream,
    /// The place in the stream.
    Version,
    /// When it was recorded, in whole seconds after the first event of the document.
    Time,
    /// Who caused it.
    Actor,
    /// The event id.
    Id,
    /// The schema of the payload.
    SchemaVersion,
    /// The conversation that it belongs to.
    Correlation,
    /// What caused it directly.
    Causation,
    /// The free pairs.
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
