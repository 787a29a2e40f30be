//! Measures event stores in turns, each in a process of its own, all with a write-ahead log and
//! `synchronous=FULL` in the same folder, and prints the ratios to rusqlite by hand.

mod annals;
mod column;
mod process;
mod raw;
mod rounds;
mod table;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use subject::{Outcome, Shape, serve};

use crate::annals::Annals;
use crate::column::Column;
use crate::process::Name;
use crate::raw::Raw;
use crate::rounds::{Plan, measure};

/// Measures event stores in turns and prints their ratios to rusqlite by hand.
#[derive(Parser)]
struct Arguments {
    /// Where the files go, on a real disk; a new folder in here is removed afterwards.
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
    /// How long each column of each subject takes in each round, about.
    #[arg(long, default_value_t = 0.5)]
    seconds: f64,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Which columns; all where none is named.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Column>,
    /// Which subjects; the first is what the others are compared with.
    #[arg(long, value_enum, value_delimiter = ',')]
    subjects: Vec<Name>,
    /// How many streams of 200 events the data set of the reading columns has.
    #[arg(long, default_value_t = 500)]
    streams: usize,
    /// Where all figures are written to as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Is one subject, driven by its standard input.
    #[command(hide = true)]
    Serve { name: Name, folder: PathBuf },
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Serve { name, folder }) => match name {
            Name::Raw => serve::<Raw>(&folder),
            Name::Annals => serve::<Annals>(&folder),
            Name::Eventcore | Name::SqliteEs => Err("it is in the other program".into()),
        },
        None => drive(arguments),
    }
}

fn drive(arguments: Arguments) -> Outcome<()> {
    let plan = Plan {
        subjects: or_all(arguments.subjects),
        columns: or_all(arguments.only),
        rounds: arguments.rounds,
        seconds: arguments.seconds,
        shape: Shape {
            streams: arguments.streams,
            length: 200,
        },
    };
    let folder = tempfile::Builder::new()
        .prefix("stores-")
        .tempdir_in(&arguments.folder)?;
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
    Ok(())
}

/// What was named, or all there is.
fn or_all<T: ValueEnum + Clone>(named: Vec<T>) -> Vec<T> {
    if named.is_empty() {
        T::value_variants().to_vec()
    } else {
        named
    }
}
