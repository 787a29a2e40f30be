//! The arguments of `add`, `done` and `assign`.

use clap::Args;
use work_item::{Description, Priority, Reason, RiskTier, Title, WorkItemType};
use work_tracking::ItemRef;

use super::claiming::KeepText;
use super::target::{TargetAndOthers, Targets};
use super::text::{TextArgument, TextFile, word};
use crate::actor::ActorArgument;
use crate::command_key::CommandKey;

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The title: one line of at most 200 characters. `-` reads a text from standard input: its
    /// first line is the title, the other lines are the description. On a terminal, your editor
    /// opens if there is no title
    #[arg(conflicts_with = "file")]
    pub(crate) title: Option<TextArgument<Title>>,
    /// The kind of work
    #[arg(
        long = "type",
        value_name = "TYPE",
        default_value_t = WorkItemType::Task,
        value_parser = word(WorkItemType::ALL, WorkItemType::as_str),
        ignore_case = true
    )]
    pub(crate) item_type: WorkItemType,
    /// The item that contains it: an epic for a story, a story for a task, a task for a subtask
    #[arg(long, value_name = "ITEM", allow_negative_numbers = true)]
    pub(crate) parent: Option<ItemRef>,
    /// The priority
    #[arg(
        long,
        default_value_t = Priority::Medium,
        value_parser = word(Priority::ALL, Priority::as_str),
        ignore_case = true
    )]
    pub(crate) priority: Priority,
    /// The harm that a mistake can do, from low (T1) to critical (T4)
    #[arg(
        long,
        value_name = "TIER",
        default_value_t = RiskTier::T1,
        value_parser = word(RiskTier::ALL, RiskTier::as_str),
        ignore_case = true
    )]
    pub(crate) risk: RiskTier,
    /// The description: at most 20,000 characters; `-` reads standard input
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) description: Option<TextArgument<Description>>,
    #[command(flatten)]
    pub(crate) text: TextFile,
    /// The items that it waits for, with commas between them
    #[arg(
        long,
        value_name = "ITEM",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub(crate) on: Vec<ItemRef>,
    /// The assignee: a name, or `agent:NAME` for a program
    #[arg(long, value_name = "NAME")]
    pub(crate) assignee: Option<ActorArgument>,
    /// Make the command repeatable: with the same key, it is done once, and has the same answer
    #[arg(long)]
    pub(crate) key: Option<CommandKey>,
}

#[derive(Debug, Args)]
pub(crate) struct Done {
    #[command(flatten)]
    pub(crate) target: Targets,
    /// The resolution, for example "all figures agree"; `-` reads standard input
    #[arg(long, value_name = "TEXT")]
    pub(crate) resolution: Option<TextArgument<Reason>>,
    #[command(flatten)]
    pub(crate) keep: KeepText,
}

#[derive(Debug, Args)]
pub(crate) struct Assign {
    #[command(flatten)]
    pub(crate) target: TargetAndOthers,
    /// The new assignee: a name, or `agent:NAME` for a program
    #[arg(required_unless_present = "nobody", value_name = "NAME")]
    pub(crate) who: Option<ActorArgument>,
    /// Remove the assignee
    #[arg(long, conflicts_with = "who")]
    pub(crate) nobody: bool,
}
