//! Measures event stores in turns, and prints their ratios to hand-written rusqlite.
//!
//! Each store runs in a separate process. All have a write-ahead log with `synchronous=FULL` in the
//! same folder. With `--server` it measures stores on a PostgreSQL server, and their ratios to
//! hand-written sqlx. The command `growth` measures our store by the length of its log instead.

mod annals;
mod column;
mod document;
mod growth;
mod machine;
mod plot;
mod process;
mod raw;
mod report;
mod rounds;
mod server;
mod snapshots;
mod table;
mod tails;
mod tally;
mod umadb;

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use subject::{Outcome, Shape, serve};
use tempfile::TempDir;

use crate::annals::Annals;
use crate::column::Column;
use crate::process::{IN_FILES, Name, ON_A_SERVER};
use crate::raw::{MAPPED, Raw};
use crate::rounds::{Plan, measure};
use crate::tails::{Size, print_first_read};
use crate::umadb::Umadb;

/// Measures event stores in turns and prints their ratios to hand-written rusqlite.
#[derive(Parser)]
struct Arguments {
    /// The folder for a temporary folder with the files; it should be on a real disk.
    #[arg(long, default_value_os_t = machine::disk())]
    folder: PathBuf,
    /// The approximate time of each column of each subject in each round.
    #[arg(long, default_value_t = 0.5)]
    seconds: f64,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measure stores on a PostgreSQL server, which this program starts.
    #[arg(long)]
    server: bool,
    /// The columns to measure.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Column>,
    /// The subjects to measure; the first is the yardstick for the others.
    #[arg(long, value_enum, value_delimiter = ',')]
    subjects: Vec<Name>,
    /// The number of streams of 200 events in the data set of the reading columns.
    #[arg(long, default_value_t = 500)]
    streams: usize,
    /// The number of appends of which a report tells the longest.
    #[arg(long, default_value_t = 100_000)]
    tail_appends: usize,
    /// Where all figures are written to as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// The folder of documents: measures snapshots too, writes the section on stores to
    /// `benchmarks.md` and the plots beside it.
    #[arg(long)]
    report: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs one subject, which takes requests from standard input.
    #[command(hide = true)]
    Serve { name: Name, folder: PathBuf },
    /// Measures the longest of many appends and the first read after `kill -9` of the writer.
    Tails(TailsArguments),
    /// Opens the store of a killed process and prints the time of the first read.
    #[command(hide = true)]
    FirstRead { name: Name, folder: PathBuf },
    /// Measures how cost grows with the log.
    Growth(growth::Arguments),
    /// Scans one log and prints the peak memory.
    #[command(hide = true)]
    Scan { path: PathBuf },
}

#[derive(Args, Clone, Copy)]
struct TailsArguments {
    /// The number of appends. The longest one is reported.
    #[arg(long, default_value_t = 100_000)]
    appends: usize,
    /// The number of events that the killed writer leaves.
    #[arg(long, default_value_t = 20_000)]
    killed: usize,
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

impl From<TailsArguments> for Size {
    fn from(arguments: TailsArguments) -> Self {
        Self {
            appends: arguments.appends,
            killed: arguments.killed,
            rounds: arguments.rounds,
        }
    }
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Serve { name, folder }) => match name {
            Name::Raw => serve::<Raw<0>>(&folder),
            Name::RawMmap => serve::<Raw<MAPPED>>(&folder),
            Name::Annals => serve::<Annals>(&folder),
            Name::Umadb => serve::<Umadb>(&folder),
            Name::Sqlx => serve::<server::Sqlx>(&folder),
            Name::AnnalsPostgres => serve::<server::Annals>(&folder),
            Name::Eventcore | Name::SqliteEs | Name::EventcorePostgres | Name::PostgresEs => {
                Err("it is in the other program".into())
            }
        },
        Some(Command::FirstRead { name, folder }) => match name {
            Name::Raw => print_first_read::<Raw<0>>(&folder),
            Name::Annals => print_first_read::<Annals>(&folder),
            _ => Err("it is not measured".into()),
        },
        Some(Command::Tails(size)) => {
            let folder = new_folder(&arguments.folder)?;
            let size = Size::from(size);
            let measured = tails::measure(folder.path(), size)?;
            print!("{}", tails::table(size, &measured));
            Ok(())
        }
        Some(Command::Growth(arguments)) => growth::run(&arguments),
        Some(Command::Scan { path }) => growth::print_peak_of_scan(&path),
        None => drive(arguments),
    }
}

fn new_folder(folder: &Path) -> Outcome<TempDir> {
    Ok(tempfile::Builder::new()
        .prefix("stores-")
        .tempdir_in(folder)?)
}

fn drive(arguments: Arguments) -> Outcome<()> {
    let columns = match (arguments.server, &arguments.report) {
        _ if !arguments.only.is_empty() => arguments.only,
        (true, _) => Column::ON_A_SERVER.to_vec(),
        (false, Some(_)) => Column::REPORTED.to_vec(),
        (false, None) => Column::COMPARED.to_vec(),
    };
    let subjects = match arguments.server {
        _ if !arguments.subjects.is_empty() => arguments.subjects,
        true => ON_A_SERVER.to_vec(),
        false => IN_FILES.to_vec(),
    };
    let plan = Plan {
        subjects,
        columns,
        rounds: arguments.rounds,
        seconds: arguments.seconds,
        shape: Shape {
            streams: arguments.streams,
            length: 200,
        },
    };
    let folder = new_folder(&arguments.folder)?;
    let measured = measure(&plan, folder.path(), |round, measured| {
        print!("{}", table::round(&plan.columns, measured, round));
    })?;
    println!("\nmedians\n\n{}", table::medians(&plan.columns, &measured));
    println!("{}", table::percentiles(&plan.columns, &measured));
    for subject in &measured {
        println!("{}: {}", subject.subject, subject.filled.description);
    }
    if let Some(path) = arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(&measured)?)?;
    }
    if let Some(documents) = arguments.report {
        let machine = machine::sentence(folder.path())?;
        if arguments.server {
            return report::write_servers(&documents, &machine, &plan, &measured);
        }
        let loads = snapshots::measure(folder.path(), plan.rounds, plan.seconds / 5.0)?;
        let size = Size {
            appends: arguments.tail_appends,
            killed: arguments.tail_appends / 5,
            rounds: 3,
        };
        let tails = tails::measure(folder.path(), size)?;
        let tails = tails::table(size, &tails);
        report::write(&documents, &machine, &plan, &measured, (&loads, &tails))?;
    }
    Ok(())
}
