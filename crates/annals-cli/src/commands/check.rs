//! The command `check`: searching the store's file for damage.

use persistence_sqlite::Problem;
use serde_json::json;

use crate::print::{GOOD, printable};
use crate::progress::Progress;
use crate::run_error::RunError;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let file = session
        .store
        .file
        .clone()
        .ok_or(RunError::StoreIsNoFile { action: "check" })?;
    let progress = Progress::begin("checking the file", session.environment.draws_progress);
    let report = file
        .check(|done| progress.update(done.read, done.total))
        .await;
    drop(progress);
    let report = report?;
    let problems: Vec<String> = report.problems.iter().map(sentence).collect();
    let (events, streams) = (report.events, report.streams);
    let view = json!({
        "store": session.path.display().to_string(),
        "clean": report.is_clean(),
        "events": events,
        "streams": streams,
        "problems": problems,
    });
    session.answer(&view, || {
        if report.is_clean() {
            format!(
                "{GOOD}clean{GOOD:#}: {events} events in {streams} streams, no version or position \
                 is missing"
            )
        } else {
            printable(&problems.join("\n"))
        }
    })?;
    if report.is_clean() {
        return Ok(());
    }
    Err(RunError::Damaged {
        path: session.path.clone(),
        problems: problems.len(),
    })
}

fn sentence(problem: &Problem) -> String {
    match problem {
        Problem::Integrity { message } => format!("SQLite reports: {message}"),
        Problem::LayoutChanged { name } => {
            format!("`{name}` of the database schema is missing or was changed")
        }
        Problem::PositionGap { missing } => format!("position {missing} is missing"),
        Problem::VersionGap {
            stream,
            events,
            first,
            last,
        } => {
            format!("stream {stream} has {events} events, but their versions are {first} to {last}")
        }
        Problem::StreamMisleads { stream } => {
            format!("reading stream {stream} does not return the events that the log has for it")
        }
        Problem::IdMisleads { position } => match position {
            Some(position) => {
                format!("the index of event ids leads to position {position}, which has another id")
            }
            None => "the index of event ids has missing or extra entries".to_owned(),
        },
        Problem::EmptyStream { stream } => format!("stream {stream} is listed but has no events"),
        Problem::TimeWentBack { position } => {
            format!("the time of the event at position {position} is before the previous event's")
        }
        Problem::Unreadable { message } => format!("an event cannot be read: {message}"),
        other => format!("{other:?}"),
    }
}
