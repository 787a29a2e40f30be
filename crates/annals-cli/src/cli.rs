//! The command line: commands, options and their help texts.

mod adding;
mod asking;
mod claiming;
mod context;
mod editing;
mod evidence;
mod init;
mod listing;
mod log;
mod mcp;
mod overview;
mod rows;
mod target;
mod text;
mod toon;
mod upkeep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use work_tracking::ItemRef;

pub(crate) use self::adding::{Add, Assign, Done};
pub(crate) use self::asking::{Diff, Tree, Until};
pub(crate) use self::claiming::{Claim, KeepText, Next, Ready};
pub(crate) use self::context::{Context, Prime, SchemaOf};
pub(crate) use self::editing::{Depend, Describe, Prioritise, Retitle, TakeNote, Undepend};
pub(crate) use self::evidence::TestRunArguments;
pub(crate) use self::init::{Init, RoleName};
pub(crate) use self::listing::{List, ModelName, Search, Views, ViewsCommand};
pub(crate) use self::log::{Events, Streams};
pub(crate) use self::mcp::Mcp;
pub(crate) use self::overview::{Board, PeriodLength, Stats};
pub(crate) use self::rows::Rows;
pub(crate) use self::target::{Guard, Item, Target, Targets, TargetsAndReason};
use self::text::place;
pub(crate) use self::text::{Several, TextArgument, TextFile, is_address, one_line};
pub(crate) use self::toon::{Decode, Direction, Encode, Toon};
pub(crate) use self::upkeep::{Backup, Export, Freeze, Import, Restore, Unfreeze};
use crate::actor::ActorArgument;
use crate::environment::Purpose;
use crate::moment::Moment;

// The help texts have one line for each paragraph: clap wraps them to the width of the terminal.
// Lines of examples have at most 80 columns.

/// The heading of the options that all commands have.
const GLOBAL: &str = "Global options";

const EXAMPLES: &str = "\
Examples:
  annals tour                            a guided example on a temporary store
  annals init                            a store for this directory
  annals init --store postgres://ada@db/work   a store in a database
  annals add \"Write the report\"          prints the number of the new item
  annals start WORK-001
  annals test-run WORK-001 --positive 6 --negative 3 --edge 1
  annals done WORK-001
  annals show WORK-001 --as-of 2         the item after its second event
  annals show 1 --as-of \"2h ago\"         1 is short for WORK-001
  annals next --claim                    takes the best ready item
  annals why WORK-001                    the events that led to its status
  annals diff WORK-001 --from 2          the changes since its second event
  annals events --follow --format json   all events, then new ones, in lines of JSON
  annals search report --limit 5         the best five items with that word
  annals board --watch                   the items by status, after each change
  annals stats --by week                 throughput, burn-up, cycle times
  annals context WORK-001 --budget 500   text for a prompt, at most 500 tokens
  annals export log.jsonl                all events, for a move to another store
  annals toon encode data.json           any JSON document as TOON

Exit codes:
  0  done
  2  wrong usage
  3  refused by a rule of work items
  4  conflict with another writer
  5  the store failed";

/// A work tracker with a complete history: every change is an event in one durable file
#[derive(Debug, Parser)]
#[command(name = "annals", version, after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The store: one file, or a database such as postgres://ada@db.example/work [environment:
    /// ANNALS_STORE, an absolute path or an address; default: the nearest .annals/work.annals in
    /// this directory or above it, else annals/work.annals in your data directory]
    #[arg(long, global = true, value_name = "PATH|ADDRESS", value_parser = place(), help_heading = GLOBAL)]
    pub(crate) store: Option<PathBuf>,
    /// Refuse commands that change the store, and create and change no file
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) read_only: bool,
    /// The format of answers and errors
    #[arg(long, global = true, value_enum, default_value_t = Format::Human, help_heading = GLOBAL)]
    pub(crate) format: Format,
    /// Your name in the history; `agent:NAME` for a program [environment: ANNALS_ACTOR; default:
    /// your user name]
    #[arg(long, global = true, value_name = "NAME", help_heading = GLOBAL)]
    pub(crate) actor: Option<ActorArgument>,
    /// Leave nulls and empty lists out of JSON and TOON
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) omit_empty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: tables and sentences
    Human,
    /// For programs: JSON with field names that never change; in one line, except on a terminal
    Json,
    /// For language models: TOON with the same names and fewer tokens; events are tables
    Toon,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create the folder `.annals` for the store of this directory and those below it, or the store
    /// in a database on a server
    Init(Init),
    #[command(flatten)]
    Change(Change),
    /// Show the effect of a command that changes the store, without it: nothing is written
    WhatIf(WhatIf),
    /// List work items
    List(List),
    /// List the items that are ready to be worked on, the best first
    Ready(Ready),
    /// Show the best ready item, or claim it
    Next(Next),
    /// Search titles, descriptions and notes for words
    Search(Search),
    /// Show the items by status, side by side, now or in the past; or watch them change
    Board(Board),
    /// Show statistics: throughput, burn-up, cycle times, and test runs that missed their gate
    Stats(Stats),
    /// Show an item as it is now, or as it was in the past
    Show(Show),
    /// Show all events of an item, with the present titles of items
    History(Item),
    /// Show an item with all items that it contains, or all items as trees
    Tree(Tree),
    /// Show the events that led to an item's status, and the hindrances to its completion
    Why(Item),
    /// Show the changes of an item between two versions or times
    Diff(Diff),
    /// Describe an item for a language model, within a budget of tokens
    #[command(long_about = context::CONTEXT)]
    Context(Context),
    /// Tell an agent in few words how to work with this store, and list the items that it holds
    Prime(Prime),
    /// Print the JSON Schema of the answers of all commands, or of one
    Schema(SchemaOf),
    /// List the streams of the store, with the present titles of items
    Streams(Streams),
    /// Show the events of all items with their present titles, or follow them as they come
    Events(Events),
    /// Check the store for damage; it changes nothing
    Check,
    /// Show the read model that lists, searches, boards and statistics use, build it again, or
    /// prove it
    Views(Views),
    /// Copy the store into a new file; others may use it meanwhile
    Backup(Backup),
    /// Put a backup in the place of the store; the old file is set aside
    Restore(Restore),
    /// Write the log as lines of JSON, for a move to another store or for an archive
    Export(Export),
    /// Read an export into the store; a repetition goes on where it ended
    Import(Import),
    /// Freeze the store for a move: it takes no changes any more, and names the new store
    Freeze(Freeze),
    /// Call a move off: let a frozen store take changes again
    Unfreeze(Unfreeze),
    /// Serve the work items to language models, over the Model Context Protocol
    #[command(long_about = mcp::LONG)]
    Mcp(Mcp),
    /// See the program at work: a guided example on a temporary store
    Tour,
    /// Convert JSON to TOON, or TOON to JSON; needs no store
    Toon(Toon),
    /// Print the completion script of a shell
    Completions(Completions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// Add a work item
    Add(Add),
    /// Start pending items; an agent also claims them, for 15 minutes
    Start(Targets),
    /// Claim an item: it is assigned to you, and agents leave it alone until the claim ends
    Claim(Claim),
    /// Give items back: their claims and assignments end, and work in progress becomes pending
    Release(Targets),
    /// Block items in progress: they must wait
    Block(TargetsAndReason),
    /// Continue blocked items
    Unblock(Targets),
    /// Finish items; all but spikes must pass the quality gate of their risk tier
    Done(Done),
    /// Give up items for good
    Cancel(TargetsAndReason),
    /// Continue items that were done; they need new test runs then
    Reopen(TargetsAndReason),
    /// Assign an item to a person or an agent, or remove the assignee
    Assign(Assign),
    /// Record the results of a test run, given as numbers or read from files
    TestRun(TestRunArguments),
    /// Approve the completion of items; those of tier T4 need it
    Approve(Targets),
    /// Add a dependency: items wait for another one, or are related to it
    Depend(Depend),
    /// Remove a dependency
    Undepend(Undepend),
    /// Add a note to an item, also if it is done or cancelled
    Note(TakeNote),
    /// Change the title of an item
    Retitle(Retitle),
    /// Change or remove the description of an item
    Describe(Describe),
    /// Change the priority of items
    #[command(visible_alias = "prioritize")]
    Prioritise(Prioritise),
}

#[derive(Debug, Args)]
pub(crate) struct WhatIf {
    #[command(subcommand)]
    pub(crate) change: Change,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The item: its number, for example WORK-001 or 1, or its id
    #[arg(allow_negative_numbers = true)]
    pub(crate) item: ItemRef,
    /// The item at this version, such as 2 for its state after two events; or at this time, such as
    /// `2h ago`, yesterday, 14:00, 2026-01-09 or 2026-01-09T10:00Z; a day means its end, and a time
    /// without a zone is local
    #[arg(long, value_name = "VERSION|TIME", allow_hyphen_values = true)]
    pub(crate) as_of: Option<Moment>,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(required_unless_present = "items")]
    pub(crate) shell: Option<Shell>,
    /// Print the numbers and titles of all items; the scripts use it
    #[arg(long, hide = true)]
    pub(crate) items: bool,
}

impl Command {
    /// The purpose for which the command opens the store. Only `add` creates one, because all
    /// others need existing items.
    pub(crate) fn purpose(&self) -> Purpose {
        match self {
            Self::Change(Change::Add(_)) => Purpose::Create,
            Self::Change(_) | Self::Freeze(_) | Self::Unfreeze(_) => Purpose::Change,
            Self::Next(next) if next.claim => Purpose::Change,
            _ => Purpose::Read,
        }
    }
}
