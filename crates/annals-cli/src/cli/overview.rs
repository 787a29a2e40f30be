//! The arguments of `board` and `stats`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use work_item::WorkItemType;
use work_tracking::ItemRef;

use super::listing::PointInTime;
use super::text::{Several, one_line, words};
use crate::actor::ActorArgument;
use crate::moment::Moment;

#[derive(Debug, Args)]
pub(crate) struct Board {
    /// Only items assigned to this person or agent; `agent:NAME` leaves out people of that name
    #[arg(long, value_name = "NAME")]
    pub(crate) assignee: Option<ActorArgument>,
    /// Only items of this kind; can be given several times, or with commas
    #[arg(
        long = "type",
        value_name = "TYPE",
        value_parser = words(WorkItemType::ALL, WorkItemType::as_str),
        ignore_case = true
    )]
    pub(crate) item_type: Vec<Several<WorkItemType>>,
    /// Only the items directly in this item
    #[arg(long, value_name = "ITEM", allow_negative_numbers = true)]
    pub(crate) parent: Option<ItemRef>,
    /// The board after the event at this position of the log, which `annals events` shows; or at
    /// this time, such as `2h ago`, yesterday, 14:00, 2026-01-09 or 2026-01-09T10:00Z; a day means
    /// its end, and a time without a zone is local
    #[arg(
        long,
        value_name = "POSITION|TIME",
        allow_hyphen_values = true,
        conflicts_with = "watch"
    )]
    pub(crate) as_of: Option<Moment>,
    /// Wait for new events and draw the board again after each change, until interrupted with
    /// Ctrl-C. Without a terminal, each changed board is written below the last one; as JSON it is
    /// one line
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// The length of a period; a week begins on Monday
    #[arg(long, value_enum, default_value_t = PeriodLength::Day)]
    pub(crate) by: PeriodLength,
    /// Only events recorded at or after this time, such as `2 weeks ago`, yesterday or 2026-01-09;
    /// a day means its beginning [default: 14 days or 12 weeks in all]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<PointInTime>,
    /// Only events recorded at or before this time; a day means its end [default: the end of this
    /// day or week]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<PointInTime>,
    /// Draw the statistics into this new file, which must not exist yet; its name ends with .svg
    #[arg(long, value_name = "FILE", value_parser = svg_file)]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeriodLength {
    /// From midnight to midnight, in your time zone
    Day,
    /// From Monday to Sunday
    Week,
}

impl PeriodLength {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
        }
    }
}

fn svg_file(name: &str) -> Result<PathBuf, String> {
    let path = one_line(PathBuf::from(name))?;
    let ending = path.extension();
    match ending.is_some_and(|ending| ending.eq_ignore_ascii_case("svg")) {
        true => Ok(path),
        false => Err("the picture is an SVG: its name must end with .svg".to_owned()),
    }
}
