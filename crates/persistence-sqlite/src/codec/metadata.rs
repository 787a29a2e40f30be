//! Metadata as a JSON array: `[correlation, causation, actor kind, actor name, {pairs}]`, without
//! the nulls at its end. For example `["c-1",null,"agent","planner"]`, or `[]` for empty metadata.

use std::borrow::Cow;

use shared_kernel::event::{ActorKind, CausationId, CorrelationId};
use shared_kernel::{Actor, Metadata};
use sqlx::error::BoxDynError;

use super::text::{Text, push_string};

/// The names of the kinds of actors.
const KINDS: [(ActorKind, &str); 3] = [
    (ActorKind::Person, "person"),
    (ActorKind::Agent, "agent"),
    (ActorKind::System, "system"),
];

/// Writes metadata at the end of `out`.
///
/// # Errors
/// Never for metadata; serde_json reports values that it cannot write.
pub(super) fn write(out: &mut String, metadata: &Metadata) -> Result<(), serde_json::Error> {
    let actor = metadata.actor.as_ref();
    let kind = actor.and_then(|actor| KINDS.iter().find(|(kind, _)| *kind == actor.kind));
    let texts = [
        metadata.correlation.as_ref().map(CorrelationId::as_str),
        metadata.causation.as_ref().map(CausationId::as_str),
        kind.map(|(_, name)| *name),
        actor.map(|actor| actor.name.as_str()),
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

/// Reads metadata. Names that equal those of `last`, the metadata of the event before, share its
/// memory.
///
/// # Errors
/// A text that is not metadata.
pub(super) fn read(text: &mut Text<'_>, last: Option<&Metadata>) -> Result<Metadata, BoxDynError> {
    let mut metadata = Metadata::new();
    let mut names = [const { None }; 4];
    text.expect("[")?;
    let mut is_end = text.accept("]");
    for name in &mut names {
        if is_end {
            break;
        }
        if !text.accept("null") {
            *name = Some(text.string()?);
        }
        is_end = text.accept("]");
        if !is_end {
            text.expect(",")?;
        }
    }
    if !is_end {
        metadata.pairs = text.value()?;
        text.expect("]")?;
    }
    let [correlation, causation, kind, name] = names;
    metadata.correlation = shared(correlation, last.and_then(|last| last.correlation.as_ref()))?;
    metadata.causation = shared(causation, last.and_then(|last| last.causation.as_ref()))?;
    let last_actor = last.and_then(|last| last.actor.as_ref());
    let name = shared(name, last_actor.map(|actor| &actor.name))?;
    let known = KINDS
        .iter()
        .find(|(_, known)| kind.as_deref() == Some(known));
    metadata.actor = match (known, name) {
        (None, None) if kind.is_none() => None,
        (Some((kind, _)), Some(name)) => Some(Actor { kind: *kind, name }),
        (_, name) => return Err(format!("its actor is {kind:?}, {name:?}").into()),
    };
    Ok(metadata)
}

/// The name of a text: a clone of `last` where it is the same one.
fn shared<N>(text: Option<Cow<'_, str>>, last: Option<&N>) -> Result<Option<N>, BoxDynError>
where
    N: AsRef<str> + Clone + for<'t> TryFrom<&'t str>,
{
    let Some(text) = text else { return Ok(None) };
    match last {
        Some(last) if last.as_ref() == text => Ok(Some(last.clone())),
        _ => match N::try_from(text.as_ref()) {
            Ok(name) => Ok(Some(name)),
            Err(_) => Err(format!("`{text}` in its metadata is not a name").into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option;
    use proptest::prelude::*;
    use shared_kernel::event::MetadataKey;

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
            let mut followed = Text::new(&followed);
            prop_assert_eq!(read(&mut followed, None).unwrap(), metadata);
            prop_assert_eq!(followed.rest(), format!(",{rest}"));
        }

        /// Sharing names with the last metadata changes nothing. Each name is one of two, so that
        /// it often equals the last one.
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
            prop_assert_eq!(read(&mut Text::new(&text), Some(&last)).unwrap(), next);
        }
    }

    #[test]
    fn a_text_that_is_not_metadata_is_refused() {
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
            assert!(read(&mut Text::new(text), None).is_err(), "{text}");
        }
    }
}
