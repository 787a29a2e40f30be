//! The arguments of `context`, `prime` and `schema`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use work_tracking::ItemRef;

use super::text::path;
use crate::moment::Moment;
use crate::schema::NAMES;

pub(super) const CONTEXT: &str = "\
Describe an item for a language model, within a budget of tokens

The answer is a TOON document for a prompt. It has the item, its parent, its state field by field, \
the hindrances to its completion, the items that it depends on, those that wait for it, its changes, \
newest last, and the next commands. Each row has the version of the item from which it comes, so the \
model can cite its sources: [WORK-007@12]. A row about another item has the number and version of \
that item. `annals context --verify FILE` checks the citations of a text.

The handle, for example @57, is the position of the log at which the answer was read. A command \
with `--seen @57` is refused if its item has changed since.

The answer never has more tokens than the budget. They are counted with o200k_base, and the line \
break at the end counts too. If not everything fits, the program drops, in this order:

  1. the oldest changes, until ten are left
  2. the end of texts longer than 80 characters; `…` marks the cut
  3. the items that wait for it
  4. the dependencies: closed items and related items first
  5. the other changes
  6. the fields of the state, except the status
  7. the hindrances
  8. the parent, the next commands, the stream, the time and the handle
  9. most of the title
 10. everything except the number and the version

The line `dropped` lists everything that is missing.";

#[derive(Debug, Args)]
pub(crate) struct Context {
    /// The item: its number, for example WORK-001 or 1, or its id
    #[arg(allow_negative_numbers = true, required_unless_present = "verify")]
    pub(crate) item: Option<ItemRef>,
    /// The item at this version, such as 2 for its state after two events; or at this time, such as
    /// `2h ago`, yesterday, 14:00, 2026-01-09 or 2026-01-09T10:00Z; a day means its end, and a time
    /// without a zone is local. The items that it depends on are shown as they were then
    #[arg(long, value_name = "VERSION|TIME", allow_hyphen_values = true)]
    pub(crate) as_of: Option<Moment>,
    /// The largest number of tokens, counted with o200k_base; at least 50
    #[arg(long, value_name = "TOKENS", default_value_t = 2000, value_parser = budget, allow_negative_numbers = true)]
    pub(crate) budget: usize,
    /// Check each citation in this text, such as [WORK-007@12], against the store; `-` reads
    /// standard input
    #[arg(long, value_name = "FILE", value_parser = path(), conflicts_with_all = ["item", "as_of"])]
    pub(crate) verify: Option<PathBuf>,
}

/// The smallest budget, in tokens.
const LEAST_BUDGET: usize = 50;

fn budget(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(budget) if budget >= LEAST_BUDGET => Ok(budget),
        Ok(_) => Err(format!("the smallest budget is {LEAST_BUDGET} tokens")),
        Err(_) => Err(format!(
            "a budget is a number of tokens, at least {LEAST_BUDGET}"
        )),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Prime {
    /// Write the text into this file, between two marks, and leave the rest of the file as it is
    #[arg(long, value_name = "FILE", value_parser = path(), num_args = 0..=1, default_missing_value = "AGENTS.md")]
    pub(crate) install: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaOf {
    /// The command; `error` is the schema of errors. `--fields` and `--omit-empty` leave fields out
    #[arg(value_parser = PossibleValuesParser::new(NAMES), hide_possible_values = true)]
    pub(crate) command: Option<String>,
}
