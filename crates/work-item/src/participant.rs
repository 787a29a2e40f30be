//! The assignees and approvers of a work item: people, agents and the system.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use shared_kernel::Actor;
use shared_kernel::event::{ActorKind, ActorName};
use shared_kernel::text::InvalidText;

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
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    type Err = InvalidText;

    /// Reads a name with or without a prefix. White space around them is removed; a name without a
    /// prefix has no kind.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let with = |(prefix, kind): (&str, ActorKind)| Some((text.strip_prefix(prefix)?, kind));
        let (name, kind) = match PREFIXES.into_iter().find_map(with) {
            Some((name, kind)) => (name, Some(kind)),
            None => (text, None),
        };
        Ok(Self {
            name: ActorName::new(name.trim())?,
            kind,
        })
    }
}

impl fmt::Display for Participant {
    /// Writes `person:` only before a name that begins with a prefix itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_str();
        let prefix = match self.kind {
            Some(ActorKind::Agent) => "agent:",
            Some(ActorKind::System) => "system:",
            _ if PREFIXES.iter().any(|(prefix, _)| name.starts_with(prefix)) => "person:",
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
        assert_eq!(
            parse("person:agent:x"),
            who("agent:x", Some(ActorKind::Person))
        );
        assert_eq!(parse("a:b"), who("a:b", None));
        for text in ["", " ", "agent:", "agent: ", "a\nb"] {
            assert!(text.parse::<Participant>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_participant_is_parsed_from_its_own_text() {
        for (text, kind) in [
            ("ada", Some(ActorKind::Person)),
            ("builder", Some(ActorKind::Agent)),
            ("agent:x", Some(ActorKind::Person)),
            ("system:x", Some(ActorKind::System)),
            ("agent:x", None),
        ] {
            let known = who(text, kind);
            let parsed: Participant = known.to_string().parse().unwrap();
            assert!(parsed.matches(&known), "{known}");
        }
        assert_eq!(who("agent:x", None).to_string(), "person:agent:x");
    }

    #[test]
    fn an_unknown_kind_matches_every_kind() {
        let agent = who("ada", Some(ActorKind::Agent));
        assert!(agent.matches(&who("ada", None)) && who("ada", None).matches(&agent));
        assert!(!agent.matches(&who("ada", Some(ActorKind::Person))));
        assert!(!agent.matches(&who("ben", None)));
    }
}
