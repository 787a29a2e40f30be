//! Owns how changes to what is said of an item, and to what it depends on, are typed.

use clap::Args;
use work_item::{DependencyKind, Description, Note, Priority, Title};
use work_tracking::ItemRef;

use super::Target;

#[derive(Debug, Args)]
pub(crate) struct Depend {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The item that it depends on
    #[arg(long, value_name = "ITEM")]
    pub(crate) on: ItemRef,
    /// How: `blocks`, it cannot be finished before the other one; or `relates`, it has to do with it
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
    /// What is worth remembering: at most 10,000 characters
    pub(crate) text: Note,
}

#[derive(Debug, Args)]
pub(crate) struct Retitle {
    #[command(flatten)]
    pub(crate) target: Target,
    /// What it is called from now on: one line of at most 200 characters
    pub(crate) title: Title,
}

#[derive(Debug, Args)]
pub(crate) struct Describe {
    #[command(flatten)]
    pub(crate) target: Target,
    /// What it is about
    #[arg(required_unless_present = "none")]
    pub(crate) text: Option<Description>,
    /// Take its description away
    #[arg(long, conflicts_with = "text")]
    pub(crate) none: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Prioritise {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How urgent it is from now on: critical, high, medium or low
    pub(crate) priority: Priority,
}
