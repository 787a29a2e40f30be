//! The arguments of `list`, `search` and `views`.

use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use shared_kernel::EventId;
use shared_kernel::repository::AsOf;
use work_item::{Priority, Reason, RiskTier, Status, WorkItemType};
use work_tracking::{ItemOrder, ItemRef};

use super::rows::with;
use super::text::{Several, names, whole_number, words};
use crate::actor::ActorArgument;
use crate::moment::{InvalidMoment, Moment};
use crate::view::{FOUND_FIELDS, ITEM_FIELDS};

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only items with this status; can be given several times, or with commas
    #[arg(
        long,
        value_parser = words(Status::ALL, Status::as_str),
        ignore_case = true
    )]
    pub(crate) status: Vec<Several<Status>>,
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
    /// Only items with this priority; can be given several times, or with commas
    #[arg(
        long,
        value_parser = words(Priority::ALL, Priority::as_str),
        ignore_case = true
    )]
    pub(crate) priority: Vec<Several<Priority>>,
    /// Only items of this risk tier; can be given several times, or with commas
    #[arg(
        long,
        value_name = "TIER",
        value_parser = words(RiskTier::ALL, RiskTier::as_str),
        ignore_case = true
    )]
    pub(crate) risk: Vec<Several<RiskTier>>,
    /// Only items that are ready for you, as with `annals ready`
    #[arg(long)]
    pub(crate) ready: bool,
    /// Only the items directly in this item
    #[arg(long, value_name = "ITEM", allow_negative_numbers = true)]
    pub(crate) parent: Option<ItemRef>,
    /// Only items with this text in the title or the description, in upper or lower case
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Only items last changed at or after this time, such as `2h ago`, yesterday, 14:00 or
    /// 2026-01-09; a day means its beginning
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<PointInTime>,
    /// Only items last changed at or before this time; a day means its end
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<PointInTime>,
    /// The order; items that are equal in it are ordered by number
    #[arg(long, value_enum, default_value_t = Sort::Number)]
    pub(crate) sort: Sort,
    /// The largest number of items
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<usize>, allow_negative_numbers = true)]
    pub(crate) limit: Option<usize>,
    /// Only these fields, with commas between them, in the order of the list; `all` is all of them
    #[arg(long, value_name = "FIELDS", value_parser = names(&LISTED))]
    pub(crate) fields: Vec<Several<&'static str>>,
    /// Only the numbers of the items
    #[arg(long, conflicts_with = "fields")]
    pub(crate) ids: bool,
}

/// The names for the fields of a list.
const LISTED: [&str; ITEM_FIELDS.len() + 1] = with("all", ITEM_FIELDS);
/// The names for the fields of a search.
const FOUND: [&str; FOUND_FIELDS.len() + 1] = with("all", FOUND_FIELDS);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// The oldest item first
    Number,
    /// The latest change first
    Updated,
    /// The most urgent item first
    Priority,
}

impl From<Sort> for ItemOrder {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Number => Self::Number,
            Sort::Updated => Self::Updated,
            Sort::Priority => Self::Priority,
        }
    }
}

/// A time, and no version of an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PointInTime(Moment);

impl FromStr for PointInTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(Moment::Version(_)) => Err(
                "it must be a time, such as `2h ago`, yesterday, 14:00 or 2026-01-09".to_owned(),
            ),
            Ok(moment) => Ok(Self(moment)),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl PointInTime {
    /// The end of the day, or of the second.
    pub(crate) fn end(self, now: Timestamp) -> Result<Timestamp, InvalidMoment> {
        match self.0.resolve(now)? {
            AsOf::Time(time) => Ok(time),
            _ => Err(InvalidMoment::Unknown),
        }
    }

    /// The beginning of the day, or of the second.
    pub(crate) fn beginning(self, now: Timestamp) -> Result<Timestamp, InvalidMoment> {
        self.0.beginning(now)?.ok_or(InvalidMoment::Unknown)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// The words: each must begin a word of the title, of the description or of a note
    #[arg(required = true, value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// The largest number of items
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = whole_number::<u32>, allow_negative_numbers = true)]
    pub(crate) limit: u32,
    /// Only these fields, with commas between them, in the order of the list; `all` is all of them
    #[arg(long, value_name = "FIELDS", value_parser = names(&FOUND))]
    pub(crate) fields: Vec<Several<&'static str>>,
    /// Only the numbers of the items
    #[arg(long, conflicts_with = "fields")]
    pub(crate) ids: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Views {
    #[command(subcommand)]
    pub(crate) command: Option<ViewsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ViewsCommand {
    /// Show the read models and their positions; the default
    Status,
    /// Build a read model again from the log, and switch to the new rows
    Rebuild {
        /// The read model
        name: ModelName,
    },
    /// Prove that a read model has missed no event: compare its rows with a fresh build
    Prove {
        /// The read model
        name: ModelName,
    },
    /// List the events that could not be applied, and those behind them
    Parked,
    /// Apply the events that are put aside again
    Retry,
    /// Pass over an event that is put aside, for good
    Skip {
        /// The id of the event
        event: EventId,
        /// The reason; it is kept with the rows
        #[arg(long)]
        reason: Reason,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModelName {
    /// The work items, their texts and states
    Items,
}

impl ModelName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Items => "items",
        }
    }
}
