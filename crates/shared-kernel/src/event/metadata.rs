//! The metadata of an event: correlation id, causation id, actor, and pairs of your own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::validated_text;
use crate::{Actor, EventId};

validated_text! {
    /// The id of a request, the same for all its events, over streams and systems; 1 to 255 bytes.
    CorrelationId, "correlation id", max 255
}

validated_text! {
    /// The id of the direct cause of an event: a command, a message or an event; 1 to 255 bytes.
    CausationId, "causation id", max 255
}

validated_text! {
    /// The key of a metadata pair, for example `branch`; 1 to 255 bytes.
    MetadataKey, "metadata key", max 255
}

impl From<EventId> for CorrelationId {
    fn from(id: EventId) -> Self {
        Self(id.to_string().into())
    }
}

impl From<EventId> for CausationId {
    fn from(id: EventId) -> Self {
        Self(id.to_string().into())
    }
}

/// Data about an event besides its payload.
///
/// The value of a pair is any text. All texts together have at most
/// [`MAX_BYTES`](Self::MAX_BYTES).
///
/// ```
/// use shared_kernel::event::{ActorKind, CorrelationId, MetadataKey};
/// use shared_kernel::{Actor, Metadata};
///
/// let metadata = Metadata::new()
///     .with_correlation(CorrelationId::new("request-17")?)
///     .with_actor(Actor::new(ActorKind::Person, "ada")?)
///     .with_pair(MetadataKey::new("branch")?, "main");
/// assert_eq!(metadata.pair("branch"), Some("main"));
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The request to which the event belongs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<CorrelationId>,
    /// The direct cause of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<CausationId>,
    /// The person or program that caused the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// Pairs of your own, sorted by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pairs: BTreeMap<MetadataKey, String>,
}

impl Metadata {
    /// The limit of the texts of one event's metadata: 64 KiB.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Empty metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with a correlation id.
    #[must_use]
    pub fn with_correlation(self, correlation: impl Into<CorrelationId>) -> Self {
        Self {
            correlation: Some(correlation.into()),
            ..self
        }
    }

    /// The same, with a causation id.
    #[must_use]
    pub fn with_causation(self, causation: impl Into<CausationId>) -> Self {
        Self {
            causation: Some(causation.into()),
            ..self
        }
    }

    /// The same, with an actor.
    #[must_use]
    pub fn with_actor(self, actor: Actor) -> Self {
        Self {
            actor: Some(actor),
            ..self
        }
    }

    /// The same, with a pair. It replaces an earlier value of the key.
    #[must_use]
    pub fn with_pair(mut self, key: MetadataKey, value: impl Into<String>) -> Self {
        self.pairs.insert(key, value.into());
        self
    }

    /// The value of a pair.
    #[must_use]
    pub fn pair(&self, key: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(k, _)| k.as_str() == key);
        found.map(|(_, value)| value.as_str())
    }

    /// The total length of all texts, as [`MAX_BYTES`](Self::MAX_BYTES) counts them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let texts = [
            self.correlation.as_ref().map(CorrelationId::as_str),
            self.causation.as_ref().map(CausationId::as_str),
            self.actor.as_ref().map(|actor| actor.name.as_str()),
        ];
        let fixed: usize = texts.into_iter().flatten().map(str::len).sum();
        let pairs: usize = self
            .pairs
            .iter()
            .map(|(k, v)| k.as_str().len() + v.len())
            .sum();
        fixed + pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ActorKind;

    #[test]
    fn json_has_only_the_fields_that_are_set_and_round_trips() {
        assert_eq!(serde_json::to_string(&Metadata::new()).unwrap(), "{}");
        let metadata = Metadata::new()
            .with_correlation(CorrelationId::new("c").unwrap())
            .with_causation(CausationId::new("d").unwrap())
            .with_actor(Actor::new(ActorKind::Agent, "a").unwrap())
            .with_pair(MetadataKey::new("k").unwrap(), "any\ntext");
        let json = serde_json::to_string(&metadata).unwrap();
        assert_eq!(
            json,
            r#"{"correlation":"c","causation":"d","actor":{"kind":"agent","name":"a"},"pairs":{"k":"any\ntext"}}"#
        );
        assert_eq!(serde_json::from_str::<Metadata>(&json).unwrap(), metadata);
        assert_eq!(metadata.bytes(), 1 + 1 + 1 + 1 + 8);
    }

    #[test]
    fn a_later_value_of_a_key_wins() {
        let key = || MetadataKey::new("k").unwrap();
        let metadata = Metadata::new().with_pair(key(), "1").with_pair(key(), "2");
        assert_eq!(metadata.pair("k"), Some("2"));
        assert_eq!(metadata.pair("other"), None);
    }
}
