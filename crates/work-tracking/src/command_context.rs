//! The context of a command: its metadata and the version that the caller has seen.

use shared_kernel::{Metadata, StreamVersion};
use work_item::Participant;

/// The metadata of a command, and the version of the item that the caller has seen.
///
/// For example, Ada gives a command on the basis of version 3:
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
    /// The metadata of the recorded events. The command gets a fresh id for a missing correlation
    /// or causation.
    pub metadata: Metadata,
    /// The version of the item that the caller has seen. For example, `Some(3)` is a conflict if
    /// the item has version 4. With `None`, the item decides at its current version.
    pub expected: Option<StreamVersion>,
}

impl CommandContext {
    /// A context without metadata and without a version.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The actor of the command.
    pub(crate) fn actor(&self) -> Option<Participant> {
        self.metadata.actor.clone().map(Participant::from)
    }

    /// The same, for exactly this version of the item.
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
