//! The command `stats`: throughput, burn-up, cycle times, and test runs that missed their gate.

use std::fmt::Write as _;

use comfy_table::CellAlignment;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use work_tracking::{self, CycleTimes, ListProgress, PeriodStats, StatsQuery};

use crate::cli::Stats;
use crate::overview::error::OverviewError;
use crate::overview::picture;
use crate::overview::window::Window;
use crate::print::{cell, printable, table, whole_seconds, zone_name};
use crate::progress::Progress;
use crate::read_model::overview::Rows;
use crate::run_error::RunError;
use crate::session::Session;

/// The answer of `stats`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct StatsView {
    /// `day` or `week`.
    by: &'static str,
    periods: Vec<PeriodView>,
    /// `null` without a completion.
    cycle_time_seconds: Option<CycleTimeView>,
    test_runs: TestRunsView,
    /// The file with the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    plot: Option<String>,
}

/// The counts of a period, from `from` on, and before `before`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct PeriodView {
    #[schemars(with = "String")]
    from: Timestamp,
    #[schemars(with = "String")]
    before: Timestamp,
    created: u64,
    completed: u64,
    reopened: u64,
    cancelled: u64,
    /// The items at the end that are not cancelled.
    scope: u64,
    /// The items at the end that are done.
    done: u64,
}

#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct CycleTimeView {
    completions: u64,
    p50: f64,
    p85: f64,
    p95: f64,
}

#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct TestRunsView {
    recorded: u64,
    gate_not_met: u64,
    /// The requirements that they did not meet, the most frequent first.
    reasons: Vec<ReasonView>,
}

#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ReasonView {
    /// The kind of a hindrance, such as `no_negative_tests`.
    kind: String,
    count: u64,
}

pub(crate) async fn run(arguments: Stats, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    if arguments.plot.is_some() && session.read_only {
        return Err(OverviewError::PictureUnderReadOnly.into());
    }
    let now = session.environment.clock.now();
    let since = arguments
        .since
        .map(|time| time.beginning(now))
        .transpose()?;
    let until = arguments.until.map(|time| time.end(now)).transpose()?;
    let window = Window::new(arguments.by, since, until, now, TimeZone::system())?;
    let mut rows = Rows::of(session).await?;
    let stats = match rows.stats(&window.query, session).await {
        Some(stats) => stats,
        None => fold(&window.query, session).await?,
    };
    if let Some(path) = &arguments.plot {
        picture::write(path, &stats, &window)?;
    }
    let plot = arguments.plot.map(|path| path.display().to_string());
    let view = view(&stats, &window, plot);
    let width = session.environment.width;
    session.answer(&view, || {
        for_people(&stats, &window, view.plot.as_deref(), width)
    })
}

/// The statistics by a replay of the log.
async fn fold(
    query: &StatsQuery,
    session: &mut Session<'_, '_>,
) -> Result<work_tracking::Stats, RunError> {
    let mut progress = Progress::begin("reading the log", session.environment);
    let update = |done: ListProgress| progress.update(done.read.get(), done.end.get());
    Ok(session.tracker.stats(query, update).await?)
}

fn view(stats: &work_tracking::Stats, window: &Window, plot: Option<String>) -> StatsView {
    let spans = window.query.bounds.windows(2);
    let periods = stats.periods.iter().zip(spans);
    let period = |(period, span): (&PeriodStats, &[Timestamp])| PeriodView {
        from: span[0],
        before: span[1],
        created: period.created,
        completed: period.completed,
        reopened: period.reopened,
        cancelled: period.cancelled,
        scope: period.scope,
        done: period.done,
    };
    let cycle_time = |times: &CycleTimes| CycleTimeView {
        completions: times.count,
        p50: times.p50.as_secs_f64(),
        p85: times.p85.as_secs_f64(),
        p95: times.p95.as_secs_f64(),
    };
    let reasons = stats.reasons.iter().map(|reason| ReasonView {
        kind: reason.kind.clone(),
        count: reason.count,
    });
    StatsView {
        by: window.by.as_str(),
        periods: periods.map(period).collect(),
        cycle_time_seconds: stats.cycle_times.as_ref().map(cycle_time),
        test_runs: TestRunsView {
            recorded: stats.test_runs,
            gate_not_met: stats.gate_not_met,
            reasons: reasons.collect(),
        },
        plot,
    }
}

fn for_people(
    stats: &work_tracking::Stats,
    window: &Window,
    plot: Option<&str>,
    width: Option<u16>,
) -> String {
    let day = format!("{} ({})", window.by.as_str(), zone_name());
    let headings = [
        &day,
        "created",
        "completed",
        "reopened",
        "cancelled",
        "scope",
        "done",
    ];
    let mut table = table(&headings, width);
    for (day, period) in window.days().zip(&stats.periods) {
        let counts = [
            period.created,
            period.completed,
            period.reopened,
            period.cancelled,
            period.scope,
            period.done,
        ];
        let counts = counts.map(|count| cell(count).set_alignment(CellAlignment::Right));
        table.add_row([cell(day)].into_iter().chain(counts));
    }
    let mut text = table.trim_fmt();
    text.push_str("\n\n");
    text.push_str(&match &stats.cycle_times {
        None => "no item was completed".to_owned(),
        Some(CycleTimes {
            count,
            p50,
            p85,
            p95,
        }) => {
            let [p50, p85, p95] = [p50, p85, p95].map(|time| seconds(*time));
            format!("cycle time of {count} completion(s): p50 {p50}, p85 {p85}, p95 {p95}")
        }
    });
    let _ = match (stats.test_runs, stats.gate_not_met) {
        (0, _) => write!(text, "\nno test run was recorded"),
        (runs, unmet) => write!(
            text,
            "\n{runs} test run(s), {unmet} of them did not meet the gate"
        ),
    };
    for reason in &stats.reasons {
        let _ = write!(text, "\n  - {}: {}", words(&reason.kind), reason.count);
    }
    if let Some(plot) = plot {
        let _ = write!(text, "\npicture: {}", printable(plot));
    }
    text
}

fn seconds(duration: SignedDuration) -> String {
    format!("{:#}", whole_seconds(duration))
}

/// A kind of a requirement in words.
fn words(kind: &str) -> String {
    match kind {
        "coverage" => "coverage too low or not recorded".to_owned(),
        "coverage_claimed" => "coverage only claimed".to_owned(),
        "tests_claimed" => "tests only claimed".to_owned(),
        other => other.replace('_', " "),
    }
}
