//! The arguments of the commands that edit an item.

use clap::Args;
use work_item::{DependencyKind, Description, Note, Priority, Title};
use work_tracking::ItemRef;

use super::target::Target;

#[derive(Debug, Args)]
pub(crate) struct Depend {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The item that it depends on
    #[arg(long, value_name = "ITEM")]
    pub(crate) on: ItemRef,
    /// `blocks`: it cannot be done before the other item; `relates`: the items are only related
    #[arg(long, default_value_t = DependencyKind::Blocks)]
    pub(crate) kind: DependencyKind,
}

#[derive(Debug, Args)]
pub(crate) struct Undepend {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The item that it no longer depends on
    #[arg(long, value_name = "ITEM")]
    pub(crate) on: ItemRef,
}

#[derive(Debug, Args)]
pub(crate) struct TakeNote {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The note: at most 10,000 characters
    pub(crate) text: Note,
}

#[derive(Debug, Args)]
pub(crate) struct Retitle {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The new title: one line of at most 200 characters
    pub(crate) title: Title,
}

#[derive(Debug, Args)]
pub(crate) struct Describe {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The new description: at most 20,000 characters
    #[arg(required_unless_present = "none")]
    pub(crate) text: Option<Description>,
    /// Remove the description
    #[arg(long, conflicts_with = "text")]
    pub(crate) none: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Prioritise {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The new priority: critical, high, medium or low
    pub(crate) priority: Priority,
}
