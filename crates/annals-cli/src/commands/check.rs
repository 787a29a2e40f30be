//! The command `check`: searching the store for damage.

use persistence_sqlite::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::time::FarAhead;

use crate::print::{GOOD, printable, time};
use crate::progress::Progress;
use crate::run_error::RunError;
use crate::session::Session;

/// The answer of `check`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct CheckView<'a> {
    store: String,
    clean: bool,
    events: u64,
    streams: u64,
    #[schemars(with = "Vec<String>")]
    problems: &'a [String],
    #[schemars(with = "Vec<crate::schema::FarAhead>")]
    far_ahead: &'a [FarAhead],
}

/// The findings in a file or in a database.
struct Findings {
    events: u64,
    streams: u64,
    problems: Vec<String>,
    far_ahead: Vec<FarAhead>,
}

pub(crate) async fn run(session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let Findings {
        events,
        streams,
        problems,
        far_ahead,
    } = examine(session).await?;
    let is_clean = problems.is_empty();
    let view = CheckView {
        store: session.place.to_string(),
        clean: is_clean,
        events,
        streams,
        problems: &problems,
        far_ahead: &far_ahead,
    };
    session.answer(&view, || {
        if is_clean {
            let notes: String = far_ahead.iter().map(note).collect();
            format!(
                "{GOOD}clean{GOOD:#}: {events} events in {streams} streams, no version or position \
                 is missing{notes}"
            )
        } else {
            printable(&problems.join("\n"))
        }
    })?;
    if is_clean {
        return Ok(());
    }
    Err(RunError::Damaged {
        place: session.place.clone(),
        problems: problems.len(),
    })
}

async fn examine(session: &mut Session<'_, '_>) -> Result<Findings, RunError> {
    if let Some(server) = session.store.server.clone() {
        let mut progress = Progress::begin("checking the store", session.environment);
        let report = server.check(|done| progress.update(done.read, done.total));
        let report = report.await?;
        return Ok(Findings {
            events: report.events,
            streams: report.streams,
            problems: report.problems.iter().map(ToString::to_string).collect(),
            far_ahead: report.far_ahead,
        });
    }
    let file = session.store.file.clone();
    let file = file.ok_or(RunError::StoreIsNoFile { action: "check" })?;
    let mut progress = Progress::begin("checking the file", session.environment);
    let report = file.check(|done| progress.update(done.read, done.total));
    let report = report.await?;
    Ok(Findings {
        events: report.events,
        streams: report.streams,
        problems: report.problems.iter().map(sentence).collect(),
        far_ahead: report.far_ahead,
    })
}

/// The events of a clock far ahead, for people.
fn note(far: &FarAhead) -> String {
    let FarAhead {
        first,
        last,
        recorded_at,
        next,
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
