//! The arguments of `claim`, `next` and `ready`.

use clap::Args;
use work_item::ClaimLength;
use work_tracking::ItemRef;

use super::rows::with;
use super::target::Targets;
use super::text::{Several, names, whole_number};
use crate::command_key::CommandKey;
use crate::view::READY_FIELDS;

#[derive(Debug, Args)]
pub(crate) struct Claim {
    #[command(flatten)]
    pub(crate) target: Targets,
    #[command(flatten)]
    pub(crate) length: Length,
}

#[derive(Debug, Args)]
pub(crate) struct Length {
    /// The length of the claim, such as 30m, 2h or 1h30m: at most a week; each of your commands
    /// that changes or shows the item renews it [default: 15m for an agent; until its release for a
    /// person]
    #[arg(long = "for", value_name = "DURATION", allow_hyphen_values = true)]
    pub(crate) length: Option<ClaimLength>,
}

#[derive(Debug, Args)]
pub(crate) struct Next {
    /// Claim the item, too: of several callers at once, no two get the same one
    #[arg(long)]
    pub(crate) claim: bool,
    /// The length of the claim, such as 30m, 2h or 1h30m [default: as with `annals claim`]
    #[arg(
        long = "for",
        value_name = "DURATION",
        allow_hyphen_values = true,
        requires = "claim"
    )]
    pub(crate) length: Option<ClaimLength>,
    /// Make the claim repeatable: with the same key, it is the same item, and the same answer
    #[arg(long, requires = "claim")]
    pub(crate) key: Option<CommandKey>,
}

/// The names that `--fields` of `ready` takes.
const READY_NAMES: [&str; READY_FIELDS.len() + 1] = with("all", READY_FIELDS);

#[derive(Debug, Args)]
pub(crate) struct Ready {
    /// Show whether this item is ready, and all reasons why it is not
    #[arg(
        long,
        value_name = "ITEM",
        allow_negative_numbers = true,
        conflicts_with = "limit"
    )]
    pub(crate) explain: Option<ItemRef>,
    /// The largest number of items
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<usize>, allow_negative_numbers = true)]
    pub(crate) limit: Option<usize>,
    /// Only these fields, with commas between them, in the order of the list; `all` is all of them
    #[arg(long, value_name = "FIELDS", value_parser = names(&READY_NAMES), conflicts_with = "explain")]
    pub(crate) fields: Vec<Several<&'static str>>,
    /// Only the numbers of the items
    #[arg(long, conflicts_with_all = ["fields", "explain"])]
    pub(crate) ids: bool,
}

/// The choice of a claimant that may have lost the item.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct KeepText {
    /// Keep the text as a note if the command is refused because another actor has the item, or has
    /// closed it
    #[arg(long)]
    pub(crate) keep_text: bool,
}
