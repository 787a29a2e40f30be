//! The arguments that name an item.

use clap::Args;
use work_item::Reason;
use work_tracking::ItemRef;

/// The item that a command changes, with the version that the user expects.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The item: its number, for example WORK-001, or its id
    pub(crate) item: ItemRef,
    /// Change the item only if it still has this version; otherwise fail with a conflict
    #[arg(long, value_name = "VERSION")]
    pub(crate) expect: Option<u64>,
}

/// The item that a command changes, and the reason.
#[derive(Debug, Args)]
pub(crate) struct TargetAndReason {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The reason
    #[arg(long, short)]
    pub(crate) reason: Reason,
}

/// The item that a command shows.
#[derive(Debug, Args)]
pub(crate) struct Item {
    /// The item: its number, for example WORK-001, or its id
    pub(crate) item: ItemRef,
}
