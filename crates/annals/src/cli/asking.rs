//! Owns how questions that go beyond the present state of one item are typed.

use std::str::FromStr;

use clap::Args;
use shared_kernel::{AsOf, StreamVersion};
use work_tracking::ItemRef;

use crate::moment::{InvalidMoment, Moment};

#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// The item at the top: its number, for example WORK-001, or its id; all items where none is
    /// named
    pub(crate) item: Option<ItemRef>,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The item: its number, for example WORK-001, or its id
    pub(crate) item: ItemRef,
    /// The one moment: after so many of its events, or 2026-01-09, 2026-01-09T10:00,
    /// 2026-01-09T10:00:00Z
    #[arg(long, value_name = "VERSION|TIME")]
    pub(crate) from: Moment,
    /// The other moment, in the same words, or `now`
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
    /// The moment; the end of a history lies past any of its versions.
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
