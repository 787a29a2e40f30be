//! Owns how metadata is read back from the text that is kept of it.
//!
//! Nearly all of it was written by this crate, without free pairs and without a character that JSON
//! has to escape. Such a text is read straight on; whatever looks different is left to the parser,
//! which has the last word on what is metadata at all.

use shared_kernel::{Actor, ActorKind, CausationId, CorrelationId, Metadata};

/// # Errors
/// Where the text is no metadata.
pub(crate) fn metadata(text: &[u8]) -> Result<Metadata, serde_json::Error> {
    match plain(text) {
        Some(metadata) => Ok(metadata),
        None => serde_json::from_slice(text),
    }
}

/// Metadata as it is written, member after member; `None` for anything else.
fn plain(text: &[u8]) -> Option<Metadata> {
    let text = std::str::from_utf8(text).ok()?;
    let mut rest = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut metadata = Metadata::new();
    if let Some(after) = rest.strip_prefix("\"correlation\":\"") {
        let (id, after) = string(after)?;
        metadata.correlation = Some(CorrelationId::new(id).ok()?);
        rest = next_member(after)?;
    }
    if let Some(after) = rest.strip_prefix("\"causation\":\"") {
        let (id, after) = string(after)?;
        metadata.causation = Some(CausationId::new(id).ok()?);
        rest = next_member(after)?;
    }
    if let Some(after) = rest.strip_prefix("\"actor\":{\"kind\":\"") {
        let (kind, after) = string(after)?;
        let kind = match kind {
            "person" => ActorKind::Person,
            "agent" => ActorKind::Agent,
            "system" => ActorKind::System,
            _ => return None,
        };
        let (name, after) = string(after.strip_prefix(",\"name\":\"")?)?;
        metadata.actor = Some(Actor::new(kind, name).ok()?);
        rest = next_member(after.strip_prefix('}')?)?;
    }
    rest.is_empty().then_some(metadata)
}

/// A string without escapes whose first quote is behind us, and what comes after its last one.
fn string(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| matches!(byte, b'"' | b'\\'))?;
    let (string, rest) = text.split_at_checked(end)?;
    Some((string, rest.strip_prefix('"')?))
}

/// What comes after a member: nothing, or a comma and another member.
fn next_member(text: &str) -> Option<&str> {
    match text.strip_prefix(',') {
        Some(next) if !next.is_empty() => Some(next),
        Some(_) => None,
        None => text.is_empty().then_some(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;
    use shared_kernel::MetadataKey;

    use super::*;

    fn name() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z0-9-]{1,12}", "\\PC{1,12}"]
    }

    fn kind() -> impl Strategy<Value = ActorKind> {
        prop_oneof![
            Just(ActorKind::Person),
            Just(ActorKind::Agent),
            Just(ActorKind::System)
        ]
    }

    prop_compose! {
        fn any_metadata()(
            correlation in option::of(name()),
            causation in option::of(name()),
            actor in option::of((kind(), name())),
            pair in option::weighted(0.2, (name(), ".{0,12}")),
        ) -> Metadata {
            let mut metadata = Metadata::new();
            metadata.correlation = correlation.map(|id| CorrelationId::new(id).unwrap());
            metadata.causation = causation.map(|id| CausationId::new(id).unwrap());
            metadata.actor = actor.map(|(kind, name)| Actor::new(kind, name).unwrap());
            match pair {
                Some((key, value)) => metadata.with_pair(MetadataKey::new(key).unwrap(), value),
                None => metadata,
            }
        }
    }

    proptest! {
        #[test]
        fn metadata_comes_back_from_its_text(metadata in any_metadata()) {
            let text = serde_json::to_vec(&metadata).unwrap();
            prop_assert_eq!(super::metadata(&text).unwrap(), metadata);
        }

        /// Texts that are nearly right: what is read straight on is what the parser reads.
        #[test]
        fn what_is_read_straight_on_is_what_the_parser_reads(
            metadata in any_metadata(),
            at in any::<prop::sample::Index>(),
            with in prop_oneof![Just(""), Just(","), Just("\""), Just("}"), Just("{"), Just(" "), Just("\\")],
            cut in 0_usize..3,
        ) {
            let mut text = serde_json::to_vec(&metadata).unwrap();
            let at = at.index(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, with.bytes());
            let parsed = serde_json::from_slice::<Metadata>(&text).ok();
            prop_assert_eq!(super::metadata(&text).ok(), parsed.clone());
            if let Some(read) = plain(&text) {
                prop_assert_eq!(Some(read), parsed);
            }
        }
    }

    #[test]
    fn what_is_written_without_pairs_and_escapes_is_read_straight_on() {
        for text in [
            r#"{}"#,
            r#"{"correlation":"c"}"#,
            r#"{"causation":"d","actor":{"kind":"system","name":"é"}}"#,
            r#"{"correlation":"c","causation":"d","actor":{"kind":"agent","name":"a"}}"#,
        ] {
            let read = plain(text.as_bytes()).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_metadata_is_refused() {
        for text in [
            "",
            "{",
            "{\"correlation\":\"c\",}",
            "{\"correlation\":\"c\"\"causation\":\"d\"}",
            "{\"correlation\":\"\"}",
            "{\"correlation\":\"a\nb\"}",
            "{\"causation\":\"d\",\"correlation\":\"c\",\"causation\":\"d\"}",
            "{\"actor\":{\"kind\":\"robot\",\"name\":\"r\"}}",
            "{\"other\":1}",
        ] {
            assert!(super::metadata(text.as_bytes()).is_err(), "{text}");
        }
    }
}
