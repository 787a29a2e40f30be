//! The command `views`: the state of the read model, and its upkeep.

use std::collections::BTreeSet;

use read_side::{BuildState, Parked, ProjectionError, Proof, ReadModelStore};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::{EventId, GlobalPosition};
use work_views::{ItemProjector, ViewError};

use crate::cli::{ModelName, Views, ViewsCommand};
use crate::place::StorePlace;
use crate::print::{GOOD, cell, printable, table};
use crate::read_model::Beside;
use crate::run_error::RunError;
use crate::session::Session;

/// The answer of `views status`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct StatusView<'a> {
    folder: &'a str,
    /// The last position of the log.
    last_position: u64,
    #[schemars(with = "Vec<BuildView>")]
    views: &'a [BuildView],
}

/// The answer of `views rebuild`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct RebuildView {
    name: &'static str,
    through: u64,
}

/// The answer of `views prove`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ProofView {
    name: &'static str,
    holds: bool,
    /// The first position that was compared.
    first: u64,
    through: u64,
    last_position: u64,
    /// The ids of events.
    skipped: Vec<String>,
    /// The ids of events.
    parked: Vec<String>,
}

/// The answer of `views retry`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct RetryView<'a> {
    applied: usize,
    parked: usize,
    #[schemars(with = "Vec<String>")]
    failures: &'a [String],
}

/// The answer of `views skip`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct SkipView<'a> {
    /// The id of the event.
    skipped: String,
    reason: &'a str,
    parked: usize,
}

/// A build of a read model.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct BuildView {
    name: String,
    version: u32,
    build: u32,
    /// `live`, `earlier` or `aside`.
    state: &'static str,
    /// `never run`, `building`, `live` or `stopped: …`.
    status: String,
    /// Every event up to this position was considered.
    through: u64,
    parked: usize,
    skipped: usize,
}

/// An event that was put aside.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ParkedView<'a> {
    position: u64,
    stream: &'a str,
    version: u64,
    event_id: String,
    event_type: &'a str,
    reason: &'a str,
}

pub(crate) async fn run(arguments: Views, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let no_place = match session.place {
        StorePlace::Server(_) => RunError::NoCache,
        StorePlace::File(_) => RunError::StoreIsNoFile {
            action: "keep a read model of",
        },
    };
    let beside = Beside::of(session).await?.ok_or(no_place)?;
    let projector = beside.views.projector();
    let command = arguments.command.unwrap_or(ViewsCommand::Status);
    if session.read_only && !matches!(command, ViewsCommand::Status | ViewsCommand::Parked) {
        return Err(RunError::OnlyReads);
    }
    if !matches!(command, ViewsCommand::Status | ViewsCommand::Rebuild { .. }) {
        beside.refresh(session).await?;
    }
    match command {
        ViewsCommand::Status => {
            status(&beside.folder.display().to_string(), projector, session).await
        }
        ViewsCommand::Rebuild { name } => rebuild(name, &beside, session).await,
        ViewsCommand::Prove { name } => prove(name, &beside, session).await,
        ViewsCommand::Parked => parked(projector, session).await,
        ViewsCommand::Retry => retry(projector, session).await,
        ViewsCommand::Skip { event, reason } => {
            skip(event, reason.as_str(), projector, session).await
        }
    }
}

async fn status(
    folder: &str,
    projector: &ItemProjector,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let head = session.store.events.head().await?;
    let head = head.unwrap_or(GlobalPosition::START).get();
    let models = projector.models();
    let builds = models.builds(projector.model()).await;
    let mut views = Vec::new();
    for record in builds.map_err(ViewError::from)? {
        let build = &record.build;
        let progress = models.progress(build).await.map_err(ViewError::from)?;
        let Some(progress) = progress.first() else {
            continue;
        };
        views.push(BuildView {
            name: build.model.to_string(),
            version: build.version,
            build: build.number,
            state: match record.state {
                BuildState::Live => "live",
                BuildState::Earlier => "earlier",
                BuildState::Aside => "aside",
            },
            status: progress.status.to_string(),
            through: progress.through.get(),
            parked: models.parked(build).await.map_err(ViewError::from)?.len(),
            skipped: models.skipped(build).await.map_err(ViewError::from)?.len(),
        });
    }
    views.sort_by_key(|view| (view.version, view.build));
    let width = session.environment.width;
    let answer = StatusView {
        folder,
        last_position: head,
        views: &views,
    };
    session.answer(&answer, || {
        if views.is_empty() {
            return "no read model is built yet; `annals search` builds it".to_owned();
        }
        let headings = ["view", "build", "state", "through", "parked", "skipped"];
        let mut table = table(&headings, width);
        for view in &views {
            table.add_row([
                cell(&view.name),
                cell(format!("{}.{}", view.version, view.build)),
                cell(view.state),
                cell(format!("{} of {head}", view.through)),
                cell(view.parked),
                cell(view.skipped),
            ]);
        }
        format!("{}\n{}", table.trim_fmt(), printable(folder))
    })
}

async fn rebuild(
    name: ModelName,
    beside: &Beside,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let work = beside.views.projector().rebuild();
    let through = beside.watch("building", work, session).await?.get();
    let name = name.as_str();
    session.answer(&RebuildView { name, through }, || {
        format!("{name} is built again, up to position {through}")
    })
}

async fn prove(
    name: ModelName,
    beside: &Beside,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let work = beside.views.projector().prove();
    let proof: Proof = beside.watch("comparing", work, session).await?;
    let parked = proof
        .parked
        .iter()
        .map(|it| it.failure.event_id.to_string());
    let skipped = proof
        .skipped
        .iter()
        .map(|it| it.failure.event_id.to_string());
    let answer = ProofView {
        name: name.as_str(),
        holds: proof.holds(),
        first: proof.start.get() + 1,
        through: proof.through.get(),
        last_position: proof.head.get(),
        skipped: skipped.collect(),
        parked: parked.collect(),
    };
    session.answer(&answer, || match proof.holds() {
        true => format!("{GOOD}proven{GOOD:#}: {proof}"),
        false => proof.to_string(),
    })?;
    match proof.holds() {
        true => Ok(()),
        false => Err(RunError::ViewsDiffer {
            model: name.as_str(),
        }),
    }
}

async fn parked(projector: &ItemProjector, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let parked = projector.parked().await.map_err(ViewError::from)?;
    let views: Vec<_> = parked.iter().map(ParkedView::new).collect();
    let width = session.environment.width;
    session.answer(&views, || {
        if views.is_empty() {
            return "no event is put aside".to_owned();
        }
        let headings = ["position", "stream", "version", "event", "type", "reason"];
        let mut table = table(&headings, width);
        for view in &views {
            table.add_row([
                cell(view.position),
                cell(view.stream),
                cell(view.version),
                cell(&view.event_id),
                cell(view.event_type),
                cell(view.reason),
            ]);
        }
        table.trim_fmt()
    })
}

impl<'a> ParkedView<'a> {
    fn new(parked: &'a Parked) -> Self {
        let failure = &parked.failure;
        Self {
            position: failure.position.get(),
            stream: failure.stream.as_str(),
            version: failure.version.get(),
            event_id: failure.event_id.to_string(),
            event_type: failure.event_type.as_str(),
            reason: &failure.reason,
        }
    }
}

/// Retries the events of each stream, in the order of the streams' names.
async fn retry(projector: &ItemProjector, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let parked = projector.parked().await.map_err(ViewError::from)?;
    let streams: BTreeSet<_> = parked.into_iter().map(|it| it.failure.stream).collect();
    let (mut applied, mut failures) = (0, Vec::new());
    for stream in &streams {
        match projector.retry(stream).await {
            Ok(events) => applied += events,
            Err(ProjectionError::Stopped(failure)) => failures.push(failure.to_string()),
            Err(error) => return Err(ViewError::from(error).into()),
        }
    }
    let still = projector.parked().await.map_err(ViewError::from)?.len();
    let answer = RetryView {
        applied,
        parked: still,
        failures: &failures,
    };
    session.answer(&answer, || {
        let mut text = format!("{applied} event(s) applied, {still} still put aside");
        for failure in &failures {
            text.push_str(&format!("\n{}", printable(failure)));
        }
        text
    })
}

async fn skip(
    event: EventId,
    reason: &str,
    projector: &ItemProjector,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    projector
        .skip(event, reason)
        .await
        .map_err(ViewError::from)?;
    let left = projector.parked().await.map_err(ViewError::from)?.len();
    let answer = SkipView {
        skipped: event.to_string(),
        reason,
        parked: left,
    };
    session.answer(&answer, || match left {
        0 => format!("event {event} is passed over"),
        _ => format!(
            "event {event} is passed over; {left} event(s) are still put aside: `annals views \
             retry` applies them"
        ),
    })
}
