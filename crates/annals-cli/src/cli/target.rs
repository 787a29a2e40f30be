//! The arguments that name an item.

use clap::Args;
use work_item::Reason;
use work_tracking::ItemRef;

use super::claiming::KeepText;
use super::text::{TextArgument, whole_number};

/// The place of `--expect` in the help: after the options of the command itself.
const AFTER_OWN: usize = 100;

/// The item that a command changes, with the version that the user expects.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The item: its number, for example WORK-001 or 1, or its id
    #[arg(allow_negative_numbers = true)]
    pub(crate) item: ItemRef,
    /// Change the item only if it still has this version; otherwise fail with a conflict
    #[arg(
        long,
        value_name = "VERSION",
        value_parser = whole_number::<u64>,
        allow_negative_numbers = true,
        display_order = AFTER_OWN
    )]
    pub(crate) expect: Option<u64>,
}

/// The item that a command changes, and the reason.
#[derive(Debug, Args)]
pub(crate) struct TargetAndReason {
    #[command(flatten)]
    pub(crate) target: Target,
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
