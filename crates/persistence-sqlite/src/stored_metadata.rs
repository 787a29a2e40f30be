//! Owns how metadata is read back from the text that is kept of it.
//!
//! Nearly all of it was written by this crate, without free pairs and without a character that JSON
//! has to escape. Such a text is read straight on; whatever looks different is left to the parser,
//! which has the last word on what is metadata at all.

use shared_kernel::{
    Actor, ActorKind, ActorName, CausationId, CorrelationId, InvalidText, Metadata,
};

/// The metadata in `text`; what it has in common with the `last` one is shared with that.
///
/// # Errors
/// Where the text is no metadata.
pub(crate) fn metadata(
    text: &[u8],
    last: Option<&Metadata>,
) -> Result<Metadata, serde_json::Error> {
    match plain(text, last) {
        Some(metadata) => Ok(metadata),
        None => serde_json::from_slice(text),
    }
}

/// Metadata as it is written, member after member; `None` for anything else.
fn plain(text: &[u8], last: Option<&Metadata>) -> Option<Metadata> {
    let text = std::str::from_utf8(text).ok()?;
    let mut rest = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut metadata = Metadata::new();
    if let Some(after) = rest.strip_prefix("\"correlation\":\"") {
        let (id, after) = string(after)?;
        let last = last.and_then(|last| last.correlation.as_ref());
        metadata.correlation = Some(shared_or(last, id, CorrelationId::new)?);
        rest = next_member(after)?;
    }
    if let Some(after) = rest.strip_prefix("\"causation\":\"") {
        let (id, after) = string(after)?;
        let last = last.and_then(|last| last.causation.as_ref());
        metadata.causation = Some(shared_or(last, id, CausationId::new)?);
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
        let last = last.and_then(|last| last.actor.as_ref());
        let name = shared_or(last.map(|last| &last.name), name, ActorName::new)?;
        metadata.actor = Some(Actor { kind, name });
        rest = next_member(after.strip_prefix('}')?)?;
    }
    rest.is_empty().then_some(metadata)
}

/// The last name where it is the same one, and else a new one.
fn shared_or<'t, N: AsRef<str> + Clone>(
    last: Option<&N>,
    text: &'t str,
    new: impl FnOnce(&'t str) -> Result<N, InvalidText>,
) -> Option<N> {
    match last {
        Some(last) if last.as_ref() == text => Some(last.clone()),
        _ => new(text).ok(),
    }
}

/// A string without escapes whose first quote is behind us, and what comes after its last one.
fn string(text: &str) -> Option<(&str, &str)> {
    let end = memchr::memchr2(b'"', b'\\', text.as_bytes())?;
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
            prop_assert_eq!(super::metadata(&text, None).unwrap(), metadata);
        }

        /// What is shared with the last metadata is what would have been read: of two short names, each
        /// differs from the last one's or does not.
        #[test]
        fn metadata_comes_back_whatever_the_last_one_was(
            last in [option::of(0..2), option::of(0..2), option::of(0..2)],
            next in [option::of(0..2), option::of(0..2), option::of(0..2)],
            kinds in [kind(), kind()],
        ) {
            let metadata = |[correlation, causation, actor]: [Option<i32>; 3], kind| Metadata {
                correlation: correlation.map(|n| CorrelationId::new(n.to_string()).unwrap()),
                causation: causation.map(|n| CausationId::new(n.to_string()).unwrap()),
                actor: actor.map(|n| Actor::new(kind, n.to_string()).unwrap()),
                ..Metadata::new()
            };
            let [last_kind, kind] = kinds;
            let (last, next) = (metadata(last, last_kind), metadata(next, kind));
            let text = serde_json::to_vec(&next).unwrap();
            prop_assert_eq!(super::metadata(&text, Some(&last)).unwrap(), next);
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
            prop_assert_eq!(super::metadata(&text, None).ok(), parsed.clone());
            if let Some(read) = plain(&text, None) {
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
            let read = plain(text.as_bytes(), None).unwrap();
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
            assert!(super::metadata(text.as_bytes(), None).is_err(), "{text}");
        }
    }
}
