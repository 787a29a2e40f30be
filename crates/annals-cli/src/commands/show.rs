//! The command `show`: one item as it is now, or as it was in the past.

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::repository::AsOf;
use shared_kernel::{EventEnvelope, StreamVersion};
use work_item::{GateFailure, Note, Participant, WorkItem, WorkItemId, Workers};
use work_tracking::{ItemRef, TrackedItem, WorkTracker};

use crate::claims::{Claims, renew_by_look};
use crate::cli::Show;
use crate::print::{FAINT, STRONG, indented, printable, time};
use crate::run_error::RunError;
use crate::session::{Session, note};
use crate::view::{ItemView, NoteView};
use crate::wording;

/// The answer of `show`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ShowView<'a> {
    #[serde(flatten)]
    item: ItemView<'a>,
    /// The approvals of actors that worked on it themselves.
    approvals_that_do_not_count: Vec<ObjectionView>,
    /// The notes, oldest first.
    note_texts: Vec<NoteView<'a>>,
}

/// The fields of `show` beside those of an item.
pub(super) const MORE_SHOW_FIELDS: [&str; 2] = ["approvals_that_do_not_count", "note_texts"];

/// An approval that does not count.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ObjectionView {
    approver: String,
    /// The work of the approver; `null` if the actor of the work is unknown.
    work: Option<&'static str>,
    /// The version of the item after that work.
    version: u64,
}

pub(crate) async fn run(arguments: Show, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let tracked = match arguments.as_of {
        None => session.tracker.show(arguments.item).await?,
        Some(moment) => {
            let item = arguments.item;
            let moment = session.resolve(moment)?;
            let tracked = session.tracker.show_as_of(item, moment).await;
            let tracked = tracked.map_err(|error| RunError::at_moment(error, moment))?;
            check_reached(item, moment, tracked.version)?;
            tracked
        }
    };
    if let ItemRef::Number(number) = arguments.item {
        for former in session.tracker.formerly(number).await? {
            let now = former.item.id();
            let text = format!("{now} was {number} before a merge");
            note(session.environment, session.format, &text);
        }
    }
    let claims = match arguments.as_of {
        None => {
            renew_by_look(&tracked.item, session).await;
            Claims::of([&tracked.item], session).await?
        }
        Some(_) => Claims::default(),
    };
    let about = About::of(&tracked, &session.tracker).await?;
    let view = about.view(&tracked, &claims);
    let width = session.environment.width;
    session.answer(&view, || {
        let card = card(&tracked, &about.workers, &claims, width);
        with_notes(card, &view.note_texts, width)
    })
}

/// What the events of an item say about it beside its state.
pub(super) struct About {
    notes: Vec<EventEnvelope<Note>>,
    workers: Workers,
}

impl About {
    pub(super) async fn of(tracked: &TrackedItem, tracker: &WorkTracker) -> Result<Self, RunError> {
        let id = tracked.item.id();
        let notes = match tracked.item.notes() {
            0 => Vec::new(),
            _ => {
                let then = AsOf::Version(tracked.version);
                tracker.notes_as_of(id, then).await?
            }
        };
        let workers = match tracked.item.approvers().next() {
            None => Workers::new(),
            Some(_) => tracker.workers_of(tracked).await?,
        };
        Ok(Self { notes, workers })
    }

    /// The item with all of its fields.
    pub(super) fn view<'a>(&'a self, tracked: &'a TrackedItem, claims: &Claims) -> ShowView<'a> {
        let item = &tracked.item;
        ShowView {
            item: ItemView::new(item, tracked.version).with_claim(claims.view(item)),
            approvals_that_do_not_count: objections(item, &self.workers),
            note_texts: self.notes.iter().map(NoteView::from).collect(),
        }
    }
}

fn objections(item: &WorkItem, workers: &Workers) -> Vec<ObjectionView> {
    let objection = |approver: &Participant| {
        let (work, version) = match workers.objection(approver)? {
            GateFailure::ApprovalByWorker { work, version, .. } => (Some(work.as_str()), version),
            GateFailure::UnattributedWork { version } => (None, version),
            _ => return None,
        };
        let (approver, version) = (approver.to_string(), version.get());
        Some(ObjectionView {
            approver,
            work,
            version,
        })
    };
    item.approvers().filter_map(objection).collect()
}

/// An approver as people read it: `ben (does not count: ben blocked it)`.
fn approval(approver: &Participant, workers: &Workers) -> String {
    match workers.objection(approver) {
        None => approver.to_string(),
        Some(GateFailure::ApprovalByWorker { work, .. }) => {
            format!("{approver} (does not count: {approver} {work})")
        }
        Some(other) => format!("{approver} ({other})"),
    }
}

/// The card of an item, and its notes below it. The text of a note begins to the right of fields
/// and headings, so it cannot look like one of them.
fn with_notes(mut card: String, notes: &[NoteView<'_>], width: Option<u16>) -> String {
    for note in notes {
        let who = note.actor.map_or_else(String::new, wording::actor);
        let heading = format!("{}  {}", time(note.recorded_at), printable(&who));
        let text = indented(note.text, 4, width);
        card.push_str(&format!("\n\n  {FAINT}{heading}{FAINT:#}\n    {text}"));
    }
    card
}

/// Refuses a version that the item does not have yet.
pub(super) fn check_reached(
    item: ItemRef,
    moment: AsOf,
    version: StreamVersion,
) -> Result<(), RunError> {
    match moment {
        AsOf::Version(asked) if asked > version => Err(RunError::NoSuchVersion {
            item,
            version,
            asked,
        }),
        _ => Ok(()),
    }
}

/// The fields of an item, one line each. The approvals of its workers are marked.
pub(super) fn card(
    tracked: &TrackedItem,
    workers: &Workers,
    claims: &Claims,
    width: Option<u16>,
) -> String {
    let TrackedItem { item, version } = tracked;
    let heading = format!("{} {}", item.id().number(), item.title());
    let heading = indented(&heading, 4, width);
    let mut lines = vec![format!("{STRONG}{heading}{STRONG:#}")];
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let value = indented(&value, 14, width);
            lines.push(format!("  {FAINT}{name:<12}{FAINT:#}{value}"));
        }
    };
    let aliases = item.aliases().iter().map(ToString::to_string);
    let aliases: Vec<_> = aliases.collect();
    say("also", (!aliases.is_empty()).then(|| aliases.join(", ")));
    say("status", Some(item.status().to_string()));
    say("reason", item.status_reason().map(ToString::to_string));
    say("type", Some(item.item_type().to_string()));
    say("priority", Some(item.priority().to_string()));
    say("risk", Some(item.risk_tier().to_string()));
    say(
        "parent",
        item.parent().map(|parent| parent.number().to_string()),
    );
    say("children", numbers(item.children().iter().copied()));
    say("blocked by", numbers(item.blockers()));
    say("related to", numbers(item.related()));
    say("assignee", item.assignee().map(|_| claims.who(item)));
    say(
        "claimed",
        claims.view(item).map(|claim| {
            let until = claim.until.map_or_else(|| "its release".to_owned(), time);
            format!("{} until {until}", time(claim.since))
        }),
    );
    say("created", Some(time(item.created_at())));
    say("started", item.started_at().map(time));
    say(
        "took",
        item.cycle_time()
            .map(|took| format!("{:#}", crate::print::whole_seconds(took))),
    );
    say("resolution", item.resolution().map(ToString::to_string));
    let run = item.latest_test_run();
    say(
        "test run",
        run.map(|run| {
            let coverage = wording::coverage_of(run);
            let coverage = coverage.unwrap_or_else(|| "coverage not measured".to_owned());
            format!("{coverage}; {}", wording::tests_of(run))
        }),
    );
    for file in run.iter().flat_map(|run| &run.files) {
        say("file", Some(file.to_string()));
        say("counted by", wording::patterns_of(&file.counts));
    }
    let approvers = item.approvers().map(|one| approval(one, workers));
    let approvers: Vec<_> = approvers.collect();
    say(
        "approved by",
        (!approvers.is_empty()).then(|| approvers.join(", ")),
    );
    say(
        "notes",
        (item.notes() > 0).then(|| item.notes().to_string()),
    );
    say("version", Some(version.to_string()));
    say("about", item.description().map(ToString::to_string));
    lines.join("\n")
}

fn numbers(items: impl Iterator<Item = WorkItemId>) -> Option<String> {
    let numbers: Vec<_> = items.map(|id| id.number().to_string()).collect();
    (!numbers.is_empty()).then(|| numbers.join(", "))
}
