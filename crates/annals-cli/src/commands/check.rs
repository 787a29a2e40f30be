//! The command `check`: searching the store's file for damage.

use persistence_sqlite::{FarAhead, Problem};
use serde_json::json;

use crate::print::{GOOD, printable, time};
use crate::progress::Progress;
use crate::run_error::RunError;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let file = session
        .store
        .file
        .clone()
        .ok_or(RunError::StoreIsNoFile { action: "check" })?;
    let mut progress = Progress::begin("checking the file", session.environment);
    let report = file
        .check(|done| progress.update(done.read, done.total))
        .await;
    drop(progress);
    let report = report?;
    let problems: Vec<String> = report.problems.iter().map(sentence).collect();
    let (events, streams) = (report.events, report.streams);
    let far_ahead: Vec<_> = report.far_ahead.iter().map(view).collect();
    let view = json!({
        "store": session.path.display().to_string(),
        "clean": report.is_clean(),
        "events": events,
        "streams": streams,
        "problems": problems,
        "far_ahead": far_ahead,
    });
    session.answer(&view, || {
        if report.is_clean() {
            let notes: String = report.far_ahead.iter().map(note).collect();
            format!(
                "{GOOD}clean{GOOD:#}: {events} events in {streams} streams, no version or position \
                 is missing{notes}"
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

/// The events of a clock far ahead, for programs.
fn view(far: &FarAhead) -> serde_json::Value {
    json!({
        "first": far.first,
        "last": far.last,
        "recorded_at": far.recorded_at,
        "next": far.next,
    })
}

/// The same for people. They are no damage, and later events are recorded by their own clocks.
fn note(far: &FarAhead) -> String {
    let FarAhead {
        first,
        last,
        recorded_at,
        next,
        ..
    } = far;
    format!(
        "\npositions {first} to {last} were recorded by a clock far ahead: at {}, and it was {} \
         after them",
        time(*recorded_at),
        time(*next),
    )
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
            format!("the time of the event at position {position} cannot follow those before it")
        }
        Problem::LeapDiffers { position } => {
            format!("the leap at position {position} does not follow from the times before it")
        }
        Problem::TimeMarkMisleads { position } => {
            format!("the time mark at position {position} has another time than its events")
        }
        Problem::Unreadable { message } => format!("an event cannot be read: {message}"),
        other => format!("{other:?}"),
    }
}
