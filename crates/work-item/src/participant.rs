//! The assignees and approvers of a work item: people, agents and the system.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use shared_kernel::Actor;
use shared_kernel::event::{ActorKind, ActorName};
use shared_kernel::text::InvalidText;
use thiserror::Error;

use crate::first_hidden;

/// A person, an agent or the system, by name. As a text it has a prefix unless it is a person:
/// `ada`, `agent:builder`, `system:import`.
///
/// ```
/// use shared_kernel::event::ActorKind;
/// use work_item::Participant;
///
/// let builder: Participant = "agent:builder".parse()?;
/// assert_eq!(builder.name.as_str(), "builder");
/// assert_eq!(builder.kind, Some(ActorKind::Agent));
/// assert_eq!(builder.to_string(), "agent:builder");
/// # Ok::<(), work_item::ParticipantInvalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Participant {
    /// The name.
    pub name: ActorName,
    /// The kind; `None` if it was not recorded, as in old events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ActorKind>,
}

const PREFIXES: [(&str, ActorKind); 3] = [
    ("person:", ActorKind::Person),
    ("agent:", ActorKind::Agent),
    ("system:", ActorKind::System),
];

/// The text is not a participant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParticipantInvalid {
    /// The name is invalid.
    #[error(transparent)]
    Name(#[from] InvalidText),
    /// The name begins with a prefix, too: `agent:person:ada`.
    #[error("the name `{name}` begins with the kind of an actor")]
    SecondPrefix {
        /// The name found.
        name: String,
    },
    /// The word before a colon is no kind, as in `agnet:builder`. Taken for a name, a misspelt kind
    /// would count as another approver.
    #[error(
        "`{word}` is no kind of an actor (they are agent, person and system); write person:{name} for \
         a person whose name has a colon"
    )]
    UnknownKind {
        /// The word found.
        word: String,
        /// The whole name.
        name: ActorName,
    },
    /// The name has a [hidden](crate::mark_hidden) character, so it could look like another one.
    #[error("the name has the hidden character U+{:04X} at byte {at}", u32::from(*.found))]
    Hidden {
        /// The character found.
        found: char,
        /// Its offset in bytes.
        at: usize,
    },
}

/// The kind that a prefix in upper or lower case names, and the text after it.
fn split_prefix(text: &str) -> Option<(ActorKind, &str)> {
    PREFIXES.into_iter().find_map(|(prefix, kind)| {
        let head = text.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix)
            .then(|| (kind, text[prefix.len()..].trim()))
    })
}

/// The key under which names are compared: `Ada`, ` ada` and `agent:Ada` have the key `ada`.
pub(crate) fn name_key(name: &ActorName) -> String {
    let mut text = name.as_str().trim();
    while let Some((_, rest)) = split_prefix(text) {
        text = rest;
    }
    text.to_lowercase()
}

impl Participant {
    /// Whether the names are equal and the kinds do not differ. An unknown kind differs from none:
    /// `ada` without a kind matches the person and the agent `ada`.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        let same_kind = self.kind.is_none() || other.kind.is_none() || self.kind == other.kind;
        self.name == other.name && same_kind
    }

    /// The actor; a person if the kind is unknown.
    #[must_use]
    pub fn into_actor(self) -> Actor {
        Actor {
            kind: self.kind.unwrap_or(ActorKind::Person),
            name: self.name,
        }
    }
}

impl From<Actor> for Participant {
    fn from(actor: Actor) -> Self {
        Self {
            name: actor.name,
            kind: Some(actor.kind),
        }
    }
}

impl FromStr for Participant {
    type Err = ParticipantInvalid;

    /// Reads a name with or without a prefix, which may be in upper case. White space around them
    /// is removed; a name without a prefix has no kind, and no colon. Names with hidden characters
    /// are refused; old events may have them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, name) = match split_prefix(text.trim()) {
            Some((kind, name)) => (Some(kind), name),
            None => (None, text.trim()),
        };
        if kind.is_some() && split_prefix(name).is_some() {
            let name = name.to_owned();
            return Err(ParticipantInvalid::SecondPrefix { name });
        }
        let name = ActorName::new(name)?;
        if let Some((at, found)) = first_hidden(name.as_str()) {
            return Err(ParticipantInvalid::Hidden { found, at });
        }
        match name.as_str().split_once(':') {
            Some((word, _)) if kind.is_none() => Err(ParticipantInvalid::UnknownKind {
                word: word.to_owned(),
                name,
            }),
            _ => Ok(Self { name, kind }),
        }
    }
}

impl fmt::Display for Participant {
    /// Writes `person:` only before a name with a colon.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_str();
        let prefix = match self.kind {
            Some(ActorKind::Agent) => "agent:",
            Some(ActorKind::System) => "system:",
            _ if name.contains(':') => "person:",
            _ => "",
        };
        f.pad(&format!("{prefix}{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str, kind: Option<ActorKind>) -> Participant {
        let name = ActorName::new(name).unwrap();
        Participant { name, kind }
    }

    #[test]
    fn a_prefix_gives_the_kind() {
        let parse = |text: &str| text.parse::<Participant>().unwrap();
        assert_eq!(parse("ada"), who("ada", None));
        assert_eq!(
            parse(" agent: builder "),
            who("builder", Some(ActorKind::Agent))
        );
        assert_eq!(
            parse("system:import"),
            who("import", Some(ActorKind::System))
        );
        assert_eq!(parse("Agent:X"), who("X", Some(ActorKind::Agent)));
        assert_eq!(parse("person:a:b"), who("a:b", Some(ActorKind::Person)));
        for text in ["", " ", "agent:", "agent: ", "a\nb"] {
            let refused = text.parse::<Participant>();
            assert!(
                matches!(refused, Err(ParticipantInvalid::Name(_))),
                "{text:?}"
            );
        }
        let hidden = ParticipantInvalid::Hidden {
            found: '\u{200b}',
            at: 2,
        };
        assert_eq!("agent:ad\u{200b}a".parse::<Participant>(), Err(hidden));
        let stored: Participant = serde_json::from_str("{\"name\":\"ad\u{200b}a\"}").unwrap();
        assert_eq!(stored.name.as_str(), "ad\u{200b}a");
        for text in ["person:agent:x", "agent: Person:x", "AGENT:agent:"] {
            let refused = text.parse::<Participant>();
            let is_second = matches!(refused, Err(ParticipantInvalid::SecondPrefix { .. }));
            assert!(is_second, "{text:?}");
        }
    }

    #[test]
    fn a_misspelt_kind_is_refused_with_its_word() {
        for text in ["human:ada", "agnet:builder", "a:b", ":ada"] {
            let refused = text.parse::<Participant>().unwrap_err();
            let is_unknown = matches!(refused, ParticipantInvalid::UnknownKind { .. });
            assert!(is_unknown, "{text:?}");
        }
        let word = "human".to_owned();
        let name = ActorName::new("human:ada").unwrap();
        let refused = ParticipantInvalid::UnknownKind { word, name };
        assert_eq!("human:ada".parse::<Participant>(), Err(refused));
    }

    #[test]
    fn a_participant_is_parsed_from_its_own_text() {
        for (text, kind) in [
            ("ada", Some(ActorKind::Person)),
            ("builder", Some(ActorKind::Agent)),
            ("import", Some(ActorKind::System)),
            ("ben", None),
            ("corp:ben", Some(ActorKind::Person)),
        ] {
            let known = who(text, kind);
            let parsed: Participant = known.to_string().parse().unwrap();
            assert!(parsed.matches(&known), "{known}");
        }
        // Old events may have such a name.
        assert_eq!(who("agent:x", None).to_string(), "person:agent:x");
    }

    #[test]
    fn names_are_compared_without_prefixes_and_case() {
        for name in ["Ada", " ada ", "agent:ADA", "Person: agent:ada"] {
            assert_eq!(name_key(&ActorName::new(name).unwrap()), "ada", "{name}");
        }
        assert_eq!(name_key(&ActorName::new("adam").unwrap()), "adam");
    }

    #[test]
    fn an_unknown_kind_matches_every_kind() {
        let agent = who("ada", Some(ActorKind::Agent));
        assert!(agent.matches(&who("ada", None)) && who("ada", None).matches(&agent));
        assert!(!agent.matches(&who("ada", Some(ActorKind::Person))));
        assert!(!agent.matches(&who("ben", None)));
    }
}
