//! The actor of an event: a person, an agent or the system itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::InvalidText;
use crate::text::validated_text;

validated_text! {
    /// The name of an actor, 1 to 255 bytes without control characters.
    ActorName, "actor name", max 255
}

/// The kind of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A human being.
    Person,
    /// A program that decides for itself, for example a coding agent.
    Agent,
    /// The system: a timer, an import, a process manager.
    System,
}

/// The person or program that caused an event.
///
/// ```
/// use shared_kernel::event::ActorKind;
/// use shared_kernel::Actor;
///
/// let actor = Actor::new(ActorKind::Agent, "builder-2")?;
/// assert_eq!(actor.to_string(), "builder-2 (agent)");
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The kind of actor.
    pub kind: ActorKind,
    /// Its name.
    pub name: ActorName,
}

impl Actor {
    /// An actor of a kind, by name.
    ///
    /// # Errors
    /// [`InvalidText`] if the name is empty, too long, or has a control character.
    pub fn new(kind: ActorKind, name: impl AsRef<str>) -> Result<Self, InvalidText> {
        Ok(Self {
            kind,
            name: ActorName::new(name)?,
        })
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Person => "person",
            Self::Agent => "agent",
            Self::System => "system",
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextProblem;

    #[test]
    fn a_kind_has_the_same_name_displayed_and_serialized() {
        for (kind, name) in [
            (ActorKind::Person, "person"),
            (ActorKind::Agent, "agent"),
            (ActorKind::System, "system"),
        ] {
            assert_eq!(kind.to_string(), name);
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{name}\""));
        }
        assert!(serde_json::from_str::<ActorKind>("\"robot\"").is_err());
        assert_eq!(format!("{:<8}|", ActorKind::Agent), "agent   |");
    }

    #[test]
    fn an_actor_name_obeys_the_rule_for_names() {
        let refused = Actor::new(ActorKind::Person, "").unwrap_err();
        assert_eq!(
            (refused.what, refused.problem),
            ("actor name", TextProblem::Empty)
        );
        assert!(Actor::new(ActorKind::Person, "x".repeat(255)).is_ok());
        assert!(Actor::new(ActorKind::Person, "x".repeat(256)).is_err());
        let json = r#"{"kind":"person","name":""}"#;
        assert!(serde_json::from_str::<Actor>(json).is_err());
    }
}
