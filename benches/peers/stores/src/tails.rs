//! The two worst moments of a store, beside rusqlite by hand: the longest of many appends, and the
//! first read after the writer was killed.
//!
//! Only stores on a plain file of SQLite are measured, ours and `raw`: the others would take
//! minutes.

use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use subject::{Outcome, Request, Response, Store, stream};

use crate::process::{Name, Process};
use crate::table::middle;

const SUBJECTS: [Name; 2] = [Name::Raw, Name::Annals];
const TASKS: usize = 64;

/// The size of the measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// The number of appends. The longest one is reported.
    pub(crate) appends: usize,
    /// The number of events that a killed writer leaves.
    pub(crate) killed: usize,
    pub(crate) rounds: usize,
}

/// The figures of one subject, in milliseconds, by round.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tails {
    pub(crate) subject: &'static str,
    /// The longest append.
    pub(crate) longest: Vec<f64>,
    /// Open and load one stream, after the writer was killed.
    pub(crate) first_read: Vec<f64>,
}

/// Measures both subjects in turn, in files in `folder`.
pub(crate) fn measure(folder: &Path, size: Size) -> Outcome<Vec<Tails>> {
    let mut measured: Vec<Tails> = SUBJECTS
        .iter()
        .map(|name| Tails {
            subject: name.word(),
            longest: Vec::new(),
            first_read: Vec::new(),
        })
        .collect();
    for round in 0..size.rounds {
        for (name, tails) in SUBJECTS.iter().zip(&mut measured) {
            let folder = folder.join(format!("tails-{}-{round}", name.word()));
            for kind in ["longest", "killed"] {
                std::fs::create_dir_all(folder.join(kind))?;
            }
            tails
                .longest
                .push(longest(*name, &folder.join("longest"), size.appends)?);
            tails
                .first_read
                .push(first_read(*name, &folder.join("killed"), size.killed)?);
            std::fs::remove_dir_all(&folder)?;
        }
    }
    Ok(measured)
}

/// A table in Markdown: the medians over the rounds.
pub(crate) fn table(size: Size, measured: &[Tails]) -> String {
    let (appends, killed) = (
        crate::column::thousands(size.appends as f64),
        crate::column::thousands(size.killed as f64),
    );
    let mut text = format!(
        "| ms, median of {} rounds | longest of {appends} appends, {TASKS} tasks | first read after \
         `kill -9` of the writer of {killed} events |\n|---|---|---|\n",
        size.rounds
    );
    let raw = measured.first();
    for tails in measured {
        let cell = |of: fn(&Tails) -> &Vec<f64>| {
            let own = middle(of(tails).clone());
            let raw = raw.map_or(f64::NAN, |raw| middle(of(raw).clone()));
            format!("{own:.1} ({:.2} × raw)", own / raw)
        };
        text.push_str(&format!(
            "| {} | {} | {} |\n",
            tails.subject,
            cell(|tails| &tails.longest),
            cell(|tails| &tails.first_read)
        ));
    }
    text
}

/// The longest of `appends` appends by 64 tasks, in milliseconds.
fn longest(name: Name, folder: &Path, appends: usize) -> Outcome<f64> {
    let mut process = Process::start(name, folder)?;
    Ok(append_all(&mut process, appends)? / 1e3)
}

/// Has a process write, kills it, and times the first read of another process, in milliseconds.
fn first_read(name: Name, folder: &Path, events: usize) -> Outcome<f64> {
    let mut process = Process::start(name, folder)?;
    append_all(&mut process, events)?;
    process.kill()?;
    let output = name.first_read(folder)?.output()?;
    if !output.status.success() {
        let problem = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} cannot read: {problem}", name.word()).into());
    }
    let micros: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(micros / 1e3)
}

/// Returns the longest of the appends, in microseconds.
fn append_all(process: &mut Process, appends: usize) -> Outcome<f64> {
    let request = Request::AppendAll {
        tasks: TASKS,
        appends: appends.div_ceil(TASKS),
    };
    match process.ask(&request)? {
        Response::Measured(figures) => Ok(figures.longest),
        _ => Err("figures were asked for, and something else came".into()),
    }
}

/// Opens a store that a killed process has left, loads the first stream, and prints the time of
/// both in microseconds.
pub(crate) fn print_first_read<S: Store>(folder: &Path) -> Outcome<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let stream = stream(&format!("append_{TASKS}_1"), 0);
    runtime.block_on(async {
        let started = Instant::now();
        let store = S::open(&folder.join("appended")).await?;
        let events = store.load(&stream).await?;
        let taken = started.elapsed();
        if events == 0 {
            return Err(format!("{stream} has no events").into());
        }
        println!("{}", taken.as_secs_f64() * 1e6);
        store.close().await
    })
}
