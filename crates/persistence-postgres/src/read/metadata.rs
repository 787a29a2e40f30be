//! Metadata from its JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use shared_kernel::event::{ActorKind, ActorName, CausationId, CorrelationId, MetadataKey};
use shared_kernel::text::InvalidText;
use shared_kernel::{Actor, Metadata};

/// The JSON of [`Metadata`]. Its texts are borrowed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<'m> {
    #[serde(borrow)]
    correlation: Option<Text<'m>>,
    #[serde(borrow)]
    causation: Option<Text<'m>>,
    #[serde(borrow)]
    actor: Option<StoredActor<'m>>,
    #[serde(default)]
    pairs: BTreeMap<MetadataKey, String>,
}

#[derive(Deserialize)]
struct StoredActor<'m> {
    kind: ActorKind,
    #[serde(borrow)]
    name: Text<'m>,
}

#[derive(Deserialize)]
struct Text<'m>(#[serde(borrow)] Cow<'m, str>);

/// Reads metadata. A name of an actor that equals that of `last`, the metadata of the event before,
/// shares its memory.
pub(crate) fn read(
    json: &[u8],
    last: Option<&Metadata>,
) -> Result<Metadata, Box<dyn std::error::Error>> {
    let stored: Stored<'_> = serde_json::from_slice(json)?;
    let last = last.and_then(|last| last.actor.as_ref());
    let name = |name: &str| match last {
        Some(last) if last.name.as_str() == name => Ok(last.name.clone()),
        _ => ActorName::new(name),
    };
    let actor = |actor: StoredActor<'_>| {
        Ok::<_, InvalidText>(Actor {
            kind: actor.kind,
            name: name(&actor.name.0)?,
        })
    };
    Ok(Metadata {
        correlation: stored
            .correlation
            .map(|id| CorrelationId::new(id.0))
            .transpose()?,
        causation: stored
            .causation
            .map(|id| CausationId::new(id.0))
            .transpose()?,
        actor: stored.actor.map(actor).transpose()?,
        pairs: stored.pairs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Metadata {
        let key = MetadataKey::new("branch").unwrap();
        Metadata::new()
            .with_correlation(CorrelationId::new("a \"quoted\" id").unwrap())
            .with_causation(CausationId::new("c-1").unwrap())
            .with_actor(Actor::new(ActorKind::Agent, "planner ü\\").unwrap())
            .with_pair(key, "line one\nline two")
    }

    #[test]
    fn metadata_come_back_from_their_json() {
        for metadata in [Metadata::new(), whole()] {
            let json = serde_json::to_vec(&metadata).unwrap();
            assert_eq!(read(&json, None).unwrap(), metadata);
            assert_eq!(read(&json, Some(&whole())).unwrap(), metadata);
        }
    }

    #[test]
    fn an_equal_name_of_an_actor_is_shared() {
        let last = whole();
        let json = serde_json::to_vec(&last).unwrap();
        let read = read(&json, Some(&last)).unwrap();
        let [one, two] = [&read, &last].map(|it| it.actor.as_ref().unwrap().name.as_str());
        assert!(std::ptr::eq(one, two));
    }

    #[test]
    fn json_that_is_no_metadata_is_refused() {
        for json in [
            r#"{"correlation":""}"#,
            r#"{"actor":{"kind":"agent","name":"a\u0000b"}}"#,
            r#"{"actor":{"kind":"robot","name":"a"}}"#,
            r#"{"causation":7}"#,
            r#"{"user":"ada"}"#,
            "[]",
            "{",
        ] {
            assert!(read(json.as_bytes(), None).is_err(), "{json}");
        }
    }
}
