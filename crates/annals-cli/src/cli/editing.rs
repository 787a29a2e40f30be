//! The arguments of the commands that edit an item.

use clap::Args;
use work_item::{DependencyKind, Description, Note, Priority, Title};
use work_tracking::ItemRef;

use super::target::{Target, TargetAndOthers, Targets};
use super::text::{TextArgument, TextFile, word};

#[derive(Debug, Args)]
pub(crate) struct Depend {
    #[command(flatten)]
    pub(crate) target: Targets,
    /// The item that it depends on
    #[arg(long, value_name = "ITEM", allow_negative_numbers = true)]
    pub(crate) on: ItemRef,
    /// `blocks`: it cannot be done before the other item; `relates`: the items are only related
    #[arg(
        long,
        default_value_t = DependencyKind::Blocks,
        value_parser = word(DependencyKind::ALL, DependencyKind::as_str),
        ignore_case = true
    )]
    pub(crate) kind: DependencyKind,
}

#[derive(Debug, Args)]
pub(crate) struct Undepend {
    #[command(flatten)]
    pub(crate) target: Targets,
    /// The item that it no longer depends on
    #[arg(long, value_name = "ITEM", allow_negative_numbers = true)]
    pub(crate) on: ItemRef,
}

#[derive(Debug, Args)]
pub(crate) struct TakeNote {
    #[command(flatten)]
    pub(crate) target: TargetAndOthers,
    /// The note: at most 10,000 characters; `-` reads standard input. On a terminal, your editor
    /// opens if there is no text
    #[arg(conflicts_with = "file")]
    pub(crate) text: Option<TextArgument<Note>>,
    #[command(flatten)]
    pub(crate) source: TextFile,
}

#[derive(Debug, Args)]
pub(crate) struct Retitle {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The new title: one line of at most 200 characters; `-` reads standard input
    pub(crate) title: TextArgument<Title>,
}

#[derive(Debug, Args)]
pub(crate) struct Describe {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The new description: at most 20,000 characters; `-` reads standard input. On a terminal,
    /// your editor opens with the present description if there is no text
    #[arg(conflicts_with = "file")]
    pub(crate) text: Option<TextArgument<Description>>,
    #[command(flatten)]
    pub(crate) source: TextFile,
    /// Remove the description
    #[arg(long, conflicts_with_all = ["text", "file"])]
    pub(crate) none: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Prioritise {
    #[command(flatten)]
    pub(crate) target: Targets,
    /// The new priority
    #[arg(value_parser = word(Priority::ALL, Priority::as_str), ignore_case = true)]
    pub(crate) priority: Priority,
}
