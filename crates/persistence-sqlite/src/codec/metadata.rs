//! Metadata as a JSON array: `[correlation, causation, actor kind, actor name, {pairs}]`, without
//! the nulls at its end. For example `["c-1",null,"agent","planner"]`, or `[]` for empty metadata.
//!
//! Nearly all metadata has no pairs and needs no escapes. [`read`] scans such text itself, because
//! every event of a scan has some; serde_json parses everything else.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared_kernel::event::{ActorKind, ActorName, CausationId, CorrelationId, MetadataKey};
use shared_kernel::{Actor, Metadata};

use super::batch::push_string;

/// Writes metadata at the end of `out`.
///
/// # Errors
/// Never for metadata; serde_json reports what it cannot write.
pub(super) fn write(out: &mut String, metadata: &Metadata) -> Result<(), serde_json::Error> {
    let kind = metadata.actor.as_ref().map(|actor| match actor.kind {
        ActorKind::Person => "person",
        ActorKind::Agent => "agent",
        ActorKind::System => "system",
    });
    let texts = [
        metadata.correlation.as_ref().map(CorrelationId::as_str),
        metadata.causation.as_ref().map(CausationId::as_str),
        kind,
        metadata.actor.as_ref().map(|actor| actor.name.as_str()),
    ];
    let count = match texts.iter().rposition(Option::is_some) {
        _ if !metadata.pairs.is_empty() => texts.len(),
        last => last.map_or(0, |last| last + 1),
    };
    out.push('[');
    for (index, text) in texts.into_iter().take(count).enumerate() {
        if index > 0 {
            out.push(',');
        }
        match text {
            Some(text) => push_string(out, text)?,
            None => out.push_str("null"),
        }
    }
    if !metadata.pairs.is_empty() {
        out.push(',');
        out.push_str(&serde_json::to_string(&metadata.pairs)?);
    }
    out.push(']');
    Ok(())
}

/// The array as serde reads it.
#[derive(Deserialize)]
struct Stored(
    #[serde(default)] Option<CorrelationId>,
    #[serde(default)] Option<CausationId>,
    #[serde(default)] Option<ActorKind>,
    #[serde(default)] Option<ActorName>,
    #[serde(default)] BTreeMap<MetadataKey, String>,
);

/// The metadata at the beginning of `text`, and the rest of the text. Values that equal those of
/// `last`, the metadata of the event before, are shared with it instead of allocated.
///
/// # Errors
/// A text that is not metadata.
pub(super) fn read<'t>(
    text: &'t [u8],
    last: Option<&Metadata>,
) -> Result<(Metadata, &'t [u8]), String> {
    match plain(text, last) {
        Some(read) => Ok(read),
        None => parsed(text),
    }
}

fn parsed(text: &[u8]) -> Result<(Metadata, &[u8]), String> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Stored>();
    let stored = values.next().ok_or("its metadata is missing")?;
    let Stored(correlation, causation, kind, name, pairs) = stored.map_err(|e| e.to_string())?;
    let actor = match (kind, name) {
        (Some(kind), Some(name)) => Some(Actor { kind, name }),
        (None, None) => None,
        _ => return Err("its actor has a kind or a name alone".to_owned()),
    };
    let metadata = Metadata {
        correlation,
        causation,
        actor,
        pairs,
    };
    Ok((metadata, &text[values.byte_offset()..]))
}

/// Scans metadata without pairs and escapes; `None` for any other text.
fn plain<'t>(text: &'t [u8], last: Option<&Metadata>) -> Option<(Metadata, &'t [u8])> {
    let mut rest = text.strip_prefix(b"[")?;
    let mut metadata = Metadata::new();
    if let Some(rest) = rest.strip_prefix(b"]") {
        return Some((metadata, rest));
    }
    let mut is_last;
    let id;
    (id, is_last, rest) = element(rest)?;
    let last_id = last.and_then(|last| last.correlation.as_ref());
    metadata.correlation = shared_or(last_id, id)?;
    if !is_last {
        let id;
        (id, is_last, rest) = element(rest)?;
        let last_id = last.and_then(|last| last.causation.as_ref());
        metadata.causation = shared_or(last_id, id)?;
    }
    if !is_last {
        let (kind, name);
        (kind, is_last, rest) = element(rest)?;
        if is_last {
            return None;
        }
        let kind = match kind? {
            b"person" => ActorKind::Person,
            b"agent" => ActorKind::Agent,
            b"system" => ActorKind::System,
            _ => return None,
        };
        (name, is_last, rest) = element(rest)?;
        let last_name = last.and_then(|last| last.actor.as_ref());
        let name = shared_or(last_name.map(|last| &last.name), name)?;
        metadata.actor = Some(Actor { kind, name: name? });
    }
    is_last.then_some((metadata, rest))
}

/// The last name where the text equals it, and a new one otherwise; `Some(None)` for a `null`.
fn shared_or<N>(last: Option<&N>, text: Option<&[u8]>) -> Option<Option<N>>
where
    N: AsRef<str> + Clone + for<'t> TryFrom<&'t str>,
{
    match (last, text) {
        (_, None) => Some(None),
        (Some(last), Some(text)) if last.as_ref().as_bytes() == text => Some(Some(last.clone())),
        (_, Some(text)) => N::try_from(str::from_utf8(text).ok()?).ok().map(Some),
    }
}

/// A text or nothing, whether it is the last one of the array, and what comes after it.
type Element<'t> = (Option<&'t [u8]>, bool, &'t [u8]);

/// The string or `null` at the beginning of `text`; `None` for anything else, or an escape.
fn element(text: &[u8]) -> Option<Element<'_>> {
    let (element, rest) = match text.strip_prefix(b"\"") {
        Some(text) => {
            let end = memchr::memchr2(b'"', b'\\', text)?;
            let (element, rest) = text.split_at_checked(end)?;
            (Some(element), rest.strip_prefix(b"\"")?)
        }
        None => (None, text.strip_prefix(b"null")?),
    };
    match rest {
        [b',', rest @ ..] => Some((element, false, rest)),
        [b']', rest @ ..] => Some((element, true, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option;
    use proptest::prelude::*;

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

    fn text(metadata: &Metadata) -> String {
        let mut text = String::new();
        write(&mut text, metadata).unwrap();
        text
    }

    proptest! {
        #[test]
        fn metadata_comes_back_from_its_text(metadata in any_metadata(), rest in "[],\\[ ]{0,3}") {
            let text = text(&metadata);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
            let followed = format!("{text},{rest}");
            let (read, after) = read(followed.as_bytes(), None).unwrap();
            prop_assert_eq!(read, metadata);
            prop_assert_eq!(after, &followed.as_bytes()[text.len()..]);
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
            let text = text(&next);
            prop_assert_eq!(read(text.as_bytes(), Some(&last)).unwrap().0, next);
        }

        /// Texts that are nearly right: what is read straight on is what the parser reads.
        #[test]
        fn what_is_read_straight_on_is_what_the_parser_reads(
            metadata in any_metadata(),
            at in any::<prop::sample::Index>(),
            with in prop_oneof![
                Just(""), Just(","), Just("\""), Just("]"), Just("["), Just(" "), Just("\\"), Just("null"),
            ],
            cut in 0_usize..5,
        ) {
            let mut text = text(&metadata).into_bytes();
            let at = at.index(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, with.bytes());
            let read = read(&text, None).ok();
            prop_assert_eq!(read.clone(), parsed(&text).ok());
            if let Some(plain) = plain(&text, None) {
                prop_assert_eq!(Some(plain), read);
            }
        }
    }

    #[test]
    fn what_is_written_without_pairs_and_escapes_is_read_straight_on() {
        for text in [
            r#"[]"#,
            r#"["c"]"#,
            r#"[null,"d","system","é"]"#,
            r#"["c","d","agent","a"]"#,
            r#"[null,null,"person","p"]"#,
        ] {
            let (read, rest) = plain(text.as_bytes(), None).unwrap();
            assert_eq!(super::tests::text(&read), text);
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn what_is_no_metadata_is_refused() {
        for text in [
            "",
            "[",
            "{}",
            "[\"c\",]",
            "[\"c\"\"d\"]",
            "[\"\"]",
            "[\"a\nb\"]",
            "[1]",
            "[null,null,\"agent\"]",
            "[null,null,null,\"name\"]",
            "[null,null,\"robot\",\"r\"]",
            "[null,null,null,null,{\"\":\"v\"}]",
            "[null,null,null,null,{},1]",
        ] {
            assert!(read(text.as_bytes(), None).is_err(), "{text}");
        }
    }
}
