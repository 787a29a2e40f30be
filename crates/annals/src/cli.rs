//! Owns what can be typed: commands, options and their help.

mod asking;
mod editing;
mod evidence;

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serialization::toon::{Delimiter, Indent};
use shared_kernel::{Category, EventType};
use work_item::{Description, Priority, Reason, RiskTier, Status, Title, WorkItemType};
use work_tracking::ItemRef;

pub(crate) use self::asking::{Diff, Tree, Until};
pub(crate) use self::editing::{Depend, Describe, Prioritise, Retitle, TakeNote, Undepend};
pub(crate) use self::evidence::TestRunArguments;
use crate::actor::ActorArgument;
use crate::moment::Moment;

const EXAMPLES: &str = "\
Examples:
  annals tour                                 see what a history can do, in a minute
  annals add \"Write the report\"               prints the number of the new item, WORK-001
  annals start WORK-001
  annals test-run WORK-001 --positive 6 --negative 3 --edge 1
  annals done WORK-001
  annals show WORK-001 --as-of 2              the item as it was after its second event
  annals show WORK-001 --as-of 2026-01-09     ... or at a moment
  annals why WORK-001                         why it stands where it does
  annals diff WORK-001 --from 2               what changed since
  annals events --follow --format json        what happens, as it happens, one JSON per line
  annals context WORK-001 --budget 500        what to paste into a prompt, in at most 500 tokens
  annals toon encode data.json                any JSON as TOON

Exit codes: 0 done, 2 wrong usage, 3 refused by the domain, 4 conflict with another writer,
5 the store failed";

const CONTEXT: &str = "\
Tell a language model about an item: what one would paste into a prompt.

The answer is TOON: the item, its state field by field, what keeps it from being completed, the
items that it depends on, and what changed, newest last. Each row has the version of the item that
it rests on, so that a model can cite its sources; a row about another item has that item's number
and version.

The answer never has more tokens than the budget, counted by o200k_base with the line end after it.
What does not fit is dropped in this order: the oldest changes, until ten are left; what is past the
first 80 characters of long texts, marked by …; dependencies, the closed ones and the mere relations
first; the other changes; fields of the state, all but the status; what keeps the item from being
completed; the stream and the time; most of the title; and at last all but the number and the
version. A line `dropped` says what was dropped.";

const ENCODING: &str = "\
Keys stay in their order. A key that stands twice in an object is refused. A number keeps its value:
integers of up to 128 bits and all that fits a 64-bit float are written exactly, and a number that
would lose digits is refused. -0 is written as 0, as TOON has no other.";

const DECODING: &str = "\
Keys stay in their order. A number keeps its value: integers of up to 128 bits and all that fits a
64-bit float are written exactly, and a number that would lose digits is refused. An empty document
is an empty object.";

/// A work tracker that forgets nothing: every change is an event in one durable file.
#[derive(Debug, Parser)]
#[command(name = "annals", version, after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The file that holds the history [environment: ANNALS_STORE; default: work.annals in your
    /// data directory]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) store: Option<PathBuf>,
    /// How answers are written
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Who does it: a name, or `agent:NAME` for a program [environment: ANNALS_ACTOR; default: your
    /// user name]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) actor: Option<ActorArgument>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: tables and sentences
    Human,
    /// For programs: JSON with stable field names
    Json,
    /// For language models: the same names in TOON, which takes fewer tokens; events as tables
    Toon,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Change(Change),
    /// List work items
    List(List),
    /// Show an item as it is, or as it was
    Show(Show),
    /// Show all that happened to an item
    History(Item),
    /// Show which items lie in an item, or in all items
    Tree(Tree),
    /// Show why an item stands where it does, and what keeps it from being done
    Why(Item),
    /// Show what changed in an item between two versions or times
    Diff(Diff),
    /// Tell a language model about an item, within a budget of tokens
    #[command(long_about = CONTEXT)]
    Context(Context),
    /// List the streams of the store
    Streams(Streams),
    /// Show the events of the whole store, or wait for them
    Events(Events),
    /// Examine the store: the file, every count and every event
    Check,
    /// Copy the store into a new file, also while it is in use
    Backup(Backup),
    /// See what a history can do: a guided minute on a temporary store
    Tour,
    /// Turn JSON into TOON, or TOON into JSON; needs no store
    #[command(subcommand)]
    Toon(Toon),
    /// Print a completion script for a shell
    Completions(Completions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Toon {
    /// Read JSON and write TOON
    #[command(after_help = ENCODING)]
    Encode(Encode),
    /// Read TOON and write JSON
    #[command(after_help = DECODING)]
    Decode(Decode),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// Add a work item
    Add(Add),
    /// Start work on an item
    Start(Target),
    /// Say that an item cannot go on
    Block(TargetAndReason),
    /// Let a blocked item go on
    Unblock(Target),
    /// Finish an item; all but spikes must pass the quality gate of their risk tier
    Done(Done),
    /// Give an item up for good
    Cancel(TargetAndReason),
    /// Take up an item again that was done; it will need a new test run
    Reopen(TargetAndReason),
    /// Give an item to somebody, or to nobody
    Assign(Assign),
    /// Record what a run of the tests showed
    TestRun(TestRunArguments),
    /// Approve that an item may be finished; items of tier T4 need it
    Approve(Target),
    /// Make an item depend on another one
    Depend(Depend),
    /// Make an item depend on another one no more
    Undepend(Undepend),
    /// Write something down about an item, wherever it stands
    Note(TakeNote),
    /// Call an item something else
    Retitle(Retitle),
    /// Say what an item is about, or take that away
    Describe(Describe),
    /// Make an item more or less urgent
    #[command(visible_alias = "prioritize")]
    Prioritise(Prioritise),
}

/// The item that a command changes, and what its giver has seen of it.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The item: its number, for example WORK-001, or its id
    pub(crate) item: ItemRef,
    /// Change the item only if it is still at this version; otherwise it is a conflict
    #[arg(long, value_name = "VERSION")]
    pub(crate) expect: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Item {
    /// The item: its number, for example WORK-001, or its id
    pub(crate) item: ItemRef,
}

#[derive(Debug, Args)]
pub(crate) struct TargetAndReason {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Why
    #[arg(long, short)]
    pub(crate) reason: Reason,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What it is called: one line of at most 200 characters
    pub(crate) title: Title,
    /// What kind of work it is: epic, story, task, subtask, bug or spike
    #[arg(long = "type", value_name = "TYPE", default_value_t = WorkItemType::Task)]
    pub(crate) item_type: WorkItemType,
    /// How urgent it is: critical, high, medium or low
    #[arg(long, default_value_t = Priority::Medium)]
    pub(crate) priority: Priority,
    /// How much harm it can do: T1 (low) to T4 (critical)
    #[arg(long, value_name = "TIER", default_value_t = RiskTier::T1)]
    pub(crate) risk: RiskTier,
    /// What it is about
    #[arg(long)]
    pub(crate) description: Option<Description>,
    /// The item that it lies in: an epic for a story, a story for a task, a task for a subtask
    #[arg(long, value_name = "ITEM")]
    pub(crate) parent: Option<ItemRef>,
}

#[derive(Debug, Args)]
pub(crate) struct Done {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How it was resolved
    #[arg(long)]
    pub(crate) resolution: Option<Reason>,
}

#[derive(Debug, Args)]
pub(crate) struct Assign {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Who has it from now on
    #[arg(required_unless_present = "nobody")]
    pub(crate) who: Option<ActorArgument>,
    /// Take it from whoever has it
    #[arg(long, conflicts_with = "who")]
    pub(crate) nobody: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only items that stand there: pending, in_progress, blocked, done or cancelled
    #[arg(long)]
    pub(crate) status: Vec<Status>,
    /// Only items that somebody has
    #[arg(long, value_name = "NAME")]
    pub(crate) assignee: Option<ActorArgument>,
    /// Only items of a kind
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) item_type: Vec<WorkItemType>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The item: its number, for example WORK-001, or its id
    pub(crate) item: ItemRef,
    /// As it was after so many of its events, or at a moment: 2026-01-09, 2026-01-09T10:00,
    /// 2026-01-09T10:00:00Z
    #[arg(long, value_name = "VERSION|TIME")]
    pub(crate) as_of: Option<Moment>,
}

#[derive(Debug, Args)]
pub(crate) struct Context {
    /// The item: its number, for example WORK-001, or its id
    pub(crate) item: ItemRef,
    /// As it was after so many of its events, or at a moment: 2026-01-09, 2026-01-09T10:00,
    /// 2026-01-09T10:00:00Z; the items that it depends on are shown as they were then, too
    #[arg(long, value_name = "VERSION|TIME")]
    pub(crate) as_of: Option<Moment>,
    /// At most so many tokens of o200k_base, 50 or more
    #[arg(long, value_name = "TOKENS", default_value_t = 2000,
        value_parser = RangedU64ValueParser::<usize>::new().range(50..))]
    pub(crate) budget: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Encode {
    /// The file to read; what is piped in where there is none
    pub(crate) file: Option<PathBuf>,
    /// What stands between the values of a row
    #[arg(long, value_enum, default_value_t = DelimiterArgument::Comma)]
    pub(crate) delimiter: DelimiterArgument,
    /// How many spaces a level is indented by, 1 to 64
    #[arg(long, value_name = "SPACES", default_value = "2", value_parser = indent)]
    pub(crate) indent: Indent,
}

#[derive(Debug, Args)]
pub(crate) struct Decode {
    /// The file to read; what is piped in where there is none
    pub(crate) file: Option<PathBuf>,
    /// Read on where a length does not match, a key stands twice (the last one counts), or lines
    /// are indented unevenly
    #[arg(long)]
    pub(crate) lenient: bool,
    /// How many spaces a level of the document is indented by, 1 to 64
    #[arg(long, value_name = "SPACES", default_value = "2", value_parser = indent)]
    pub(crate) indent: Indent,
    /// Write the JSON over several lines
    #[arg(long)]
    pub(crate) pretty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DelimiterArgument {
    Comma,
    Tab,
    Pipe,
}

impl From<DelimiterArgument> for Delimiter {
    fn from(argument: DelimiterArgument) -> Self {
        match argument {
            DelimiterArgument::Comma => Self::Comma,
            DelimiterArgument::Tab => Self::Tab,
            DelimiterArgument::Pipe => Self::Pipe,
        }
    }
}

fn indent(text: &str) -> Result<Indent, String> {
    let spaces = text.parse::<usize>().map_err(|error| error.to_string())?;
    Indent::new(spaces).map_err(|error| error.to_string())
}

#[derive(Debug, Args)]
pub(crate) struct Streams {
    /// Only streams of a category: the part of their names before the first dash
    #[arg(long)]
    pub(crate) category: Option<CategoryArgument>,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Go on and show events as they come, until interrupted
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only events after this position
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    pub(crate) after: u64,
    /// Only events of streams of a category
    #[arg(long)]
    pub(crate) category: Vec<CategoryArgument>,
    /// Only events of a type
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) event_type: Vec<EventType>,
    /// At most so many events
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The new file; there must be none yet
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

/// A category as it is typed.
#[derive(Debug, Clone)]
pub(crate) struct CategoryArgument(pub(crate) Category);

impl std::str::FromStr for CategoryArgument {
    type Err = shared_kernel::InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Category::new(text).map(Self)
    }
}

impl Command {
    /// Whether the command makes a store where there is none; all others need something that is
    /// there already.
    pub(crate) fn makes_store(&self) -> bool {
        matches!(self, Self::Change(Change::Add(_)))
    }
}
