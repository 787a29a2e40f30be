//! Owns what comes with a command beside the command itself.

use shared_kernel::{Metadata, StreamVersion};

/// Who gives a command, and what they have seen of the item.
///
/// ```
/// use shared_kernel::event::ActorKind;
/// use shared_kernel::{Actor, Metadata, StreamVersion};
/// use work_tracking::CommandContext;
///
/// let ada = Metadata::new().with_actor(Actor::new(ActorKind::Person, "ada")?);
/// let context = CommandContext::from(ada).at_version(StreamVersion::from(3));
/// assert_eq!(context.expected, Some(StreamVersion::from(3)));
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandContext {
    /// What is written beside the events. Where it has no correlation or no causation, the command
    /// is given a fresh id in their place.
    pub metadata: Metadata,
    /// The version of the item that the command was decided on. At any other version it is a
    /// conflict; with `None`, the item decides on what it finds.
    pub expected: Option<StreamVersion>,
}

impl CommandContext {
    /// A command of which nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, for the item at a version and no other.
    #[must_use]
    pub fn at_version(self, expected: StreamVersion) -> Self {
        Self {
            expected: Some(expected),
            ..self
        }
    }
}

impl From<Metadata> for CommandContext {
    fn from(metadata: Metadata) -> Self {
        Self {
            metadata,
            expected: None,
        }
    }
}
