//! Owns the examination of the store's file.

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
        .ok_or(RunError::StoreIsNoFile { what: "check" })?;
    let progress = Progress::begin("checking the file", session.environment.draws_progress);
    let report = file
        .check(|done| progress.tell(done.read, done.total))
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
                "{GOOD}clean{GOOD:#}: {events} events in {streams} streams, every version and \
                 position in its place"
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
        Problem::Integrity { message } => format!("SQLite says: {message}"),
        Problem::LayoutChanged { name } => {
            format!("`{name}` of the file's layout is missing, or not as it was made")
        }
        Problem::PositionGap { missing } => format!("position {missing} is missing"),
        Problem::VersionGap {
            stream,
            events,
            first,
            last,
        } => {
            format!("stream {stream} has {events} events with versions {first} to {last}")
        }
        Problem::StreamMisleads { stream } => {
            format!("reading stream {stream} does not give the events that the log has of it")
        }
        Problem::IdMisleads { position } => match position {
            Some(position) => format!("an event id leads to position {position}, where it is not"),
            None => "event ids are missing or too many".to_owned(),
        },
        Problem::EmptyStream { stream } => format!("stream {stream} is listed without events"),
        Problem::TimeWentBack { position } => {
            format!("the event at position {position} was recorded before the one that precedes it")
        }
        Problem::Unreadable { message } => format!("an event cannot be read: {message}"),
        other => format!("{other:?}"),
    }
}
