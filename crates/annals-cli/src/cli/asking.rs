//! The arguments of `tree` and `diff`.

use std::str::FromStr;

use clap::Args;
use work_tracking::ItemRef;

use crate::moment::{InvalidMoment, Moment};

#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// The item at the top: its number, for example WORK-001 or 1, or its id; all items by default
    #[arg(allow_negative_numbers = true)]
    pub(crate) item: Option<ItemRef>,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The item: its number, for example WORK-001 or 1, or its id
    #[arg(allow_negative_numbers = true)]
    pub(crate) item: ItemRef,
    /// The first state: a version, such as 2 for the state after two events; or a time, such as
    /// `2h ago`, yesterday, 14:00, 2026-01-09 or 2026-01-09T10:00Z; a day means its end, and a time
    /// without a zone is local
    #[arg(long, value_name = "VERSION|TIME", allow_hyphen_values = true)]
    pub(crate) from: Moment,
    /// The second state: a version, a time or `now`
    #[arg(
        long,
        value_name = "VERSION|TIME|now",
        default_value = "now",
        allow_hyphen_values = true
    )]
    pub(crate) to: Until,
}

/// A moment of a history, or its end: the largest possible version.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    Moment(Moment),
    Now,
}

impl FromStr for Until {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        match text {
            "now" => Ok(Self::Now),
            _ => text.parse().map(Self::Moment),
        }
    }
}
