//! The arguments of `tree` and `diff`.

use std::str::FromStr;

use clap::Args;
use shared_kernel::StreamVersion;
use shared_kernel::repository::AsOf;
use work_tracking::ItemRef;

use crate::moment::{InvalidMoment, Moment};

#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// The item at the top: its number, for example WORK-001, or its id; all items by default
    pub(crate) item: Option<ItemRef>,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The item: its number, for example WORK-001, or its id
    pub(crate) item: ItemRef,
    /// The first state: a version, such as 2 for the state after two events; or a time: 2026-01-09,
    /// 2026-01-09T10:00 or 2026-01-09T10:00:00Z
    #[arg(long, value_name = "VERSION|TIME")]
    pub(crate) from: Moment,
    /// The second state: a version, a time or `now`
    #[arg(long, value_name = "VERSION|TIME|now", default_value = "now")]
    pub(crate) to: Until,
}

/// A moment of a history, or its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    Moment(Moment),
    Now,
}

impl Until {
    /// The moment to load; `now` is the largest possible version.
    pub(crate) fn as_of(self) -> AsOf {
        match self {
            Self::Moment(moment) => moment.0,
            Self::Now => AsOf::Version(StreamVersion::MAX),
        }
    }
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
