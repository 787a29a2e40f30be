//! The arguments that name an item.

use clap::Args;
use work_item::Reason;
use work_tracking::ItemRef;

use super::claiming::KeepText;
use super::text::{TextArgument, whole_number};
use crate::command_key::CommandKey;
use crate::handle::Handle;

/// The place of `--expect` in the help: after the options of the command itself.
const AFTER_OWN: usize = 100;

/// The conditions of a command, and the key that makes it repeatable.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Guard {
    /// Change the item only if it still has this version; otherwise fail with a conflict
    #[arg(
        long,
        value_name = "VERSION",
        value_parser = whole_number::<u64>,
        allow_negative_numbers = true,
        display_order = AFTER_OWN
    )]
    pub(crate) expect: Option<u64>,
    /// Change the items only if they have not changed since this handle, for example @57, which
    /// `annals context` shows; otherwise fail with a conflict that lists the changes
    #[arg(long, value_name = "HANDLE", conflicts_with = "expect", display_order = AFTER_OWN)]
    pub(crate) seen: Option<Handle>,
    /// Make the command repeatable: with the same key, it is done once, and has the same answer
    #[arg(long, display_order = AFTER_OWN)]
    pub(crate) key: Option<CommandKey>,
}

/// The item that a command changes.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The item: its number, for example WORK-001 or 1, or its id
    #[arg(allow_negative_numbers = true)]
    pub(crate) item: ItemRef,
    #[command(flatten)]
    pub(crate) guard: Guard,
}

/// The items that a command changes: all of them, or none.
#[derive(Debug, Args)]
pub(crate) struct Targets {
    /// The items: their numbers, for example WORK-001 or 1, or their ids. If one of them refuses
    /// the command, none is changed
    #[arg(required = true, allow_negative_numbers = true)]
    pub(crate) item: Vec<ItemRef>,
    #[command(flatten)]
    pub(crate) guard: Guard,
}

/// The item that a command changes, and others. It is for a command whose last argument is no item.
#[derive(Debug, Args)]
pub(crate) struct TargetAndOthers {
    #[command(flatten)]
    pub(crate) target: Target,
    /// More items that are changed in the same way, with commas between them. If one of the items
    /// refuses the command, none is changed
    #[arg(
        long,
        value_name = "ITEM",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub(crate) also: Vec<ItemRef>,
}

impl TargetAndOthers {
    /// All of the items.
    pub(crate) fn all(self) -> Targets {
        let Self { target, also } = self;
        let first = [target.item].into_iter();
        Targets {
            item: first.chain(also).collect(),
            guard: target.guard,
        }
    }
}

/// The items that a command changes, and the reason.
#[derive(Debug, Args)]
pub(crate) struct TargetsAndReason {
    #[command(flatten)]
    pub(crate) target: Targets,
    /// The reason; `-` reads standard input
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) reason: TextArgument<Reason>,
    #[command(flatten)]
    pub(crate) keep: KeepText,
}

/// The item that a command shows.
#[derive(Debug, Args)]
pub(crate) struct Item {
    /// The item: its number, for example WORK-001 or 1, or its id
    #[arg(allow_negative_numbers = true)]
    pub(crate) item: ItemRef,
}
