//! Short descriptions of events and actors, for people and for language models.

use shared_kernel::Actor;
use shared_kernel::event::{ActorKind, ActorName};
use work_item::{
    DependencyKind, EvidenceFile, FileCounts, Participant, TestKind, TestRatio, TestRun,
    WorkItemEvent,
};

use crate::print::whole_seconds;

/// A short description of an event, for example `pending → in_progress`. Free texts are unchanged.
pub(crate) fn describe(event: &WorkItemEvent) -> String {
    use WorkItemEvent as E;
    match event {
        E::WorkItemCreated {
            id,
            title,
            item_type,
            ..
        } => format!("{} {item_type}: {title}", id.number()),
        E::StatusChanged {
            from, to, reason, ..
        } => format!("{from} → {to}{}", after_colon(reason.as_ref())),
        E::TestSuiteExecuted {
            coverage,
            positive,
            negative,
            edge_case,
            files,
        } => {
            let run = TestRun {
                coverage: *coverage,
                ratio: TestRatio::new(*positive, *negative, *edge_case).ok(),
                files: files.clone(),
            };
            let coverage = coverage_of(&run).map_or_else(String::new, |text| text + ", ");
            coverage + &tests_of(&run) + &from_files(files)
        }
        E::CompletionApproved { approver, kind } => format!("by {}", who(approver, *kind)),
        E::WorkItemCompleted {
            cycle_time,
            resolution,
        } => {
            let took = whole_seconds(*cycle_time);
            format!("after {took:#}{}", after_colon(resolution.as_ref()))
        }
        E::WorkItemRetitled { title } => title.to_string(),
        E::WorkItemDescribed { description } => description
            .as_ref()
            .map_or_else(|| "removed".to_owned(), ToString::to_string),
        E::PriorityChanged { from, to } => format!("{from} → {to}"),
        E::WorkItemAssigned { assignee, kind } => format!("to {}", who(assignee, *kind)),
        E::WorkItemUnassigned { assignee, kind } => format!("from {}", who(assignee, *kind)),
        E::WorkItemClaimed {
            claimant,
            kind,
            until,
            took_over,
            ..
        } => {
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            let by = who(claimant, *kind);
            format!("by {by}{until}{}", from_other(took_over.as_ref()))
        }
        E::ClaimReleased {
            claimant, kind, by, ..
        } => {
            let by = by.as_ref();
            let by = by.map_or_else(String::new, |by| format!(", by {by}"));
            format!("of {}{by}", who(claimant, *kind))
        }
        E::ChildAdded { child } => child.to_string(),
        E::DependencyAdded { on, kind } | E::DependencyRemoved { on, kind } => match kind {
            DependencyKind::Blocks => format!("blocked by {on}"),
            DependencyKind::Relates => format!("related to {on}"),
        },
        E::NoteAdded { text } => text.to_string(),
    }
}

/// The change that an event records, for the answer of a command: `assigned to ada`. `None` if the
/// event before it says enough.
pub(crate) fn change(event: &WorkItemEvent) -> Option<String> {
    use WorkItemEvent as E;
    Some(match event {
        E::WorkItemCreated { .. } => "created".to_owned(),
        E::StatusChanged { from, to, .. } => format!("{from} → {to}"),
        E::TestSuiteExecuted { .. } => format!("test run: {}", describe(event)),
        E::CompletionApproved { .. } => format!("approved {}", describe(event)),
        E::WorkItemCompleted { .. } => return None,
        E::WorkItemRetitled { .. } => "retitled".to_owned(),
        E::WorkItemDescribed { description: None } => "description removed".to_owned(),
        E::WorkItemDescribed { .. } => "described".to_owned(),
        E::PriorityChanged { .. } => format!("priority {}", describe(event)),
        E::WorkItemAssigned { .. } => format!("assigned {}", describe(event)),
        E::WorkItemUnassigned { .. } => format!("taken {}", describe(event)),
        E::WorkItemClaimed {
            claimant,
            kind,
            took_over,
            ..
        } => {
            let by = who(claimant, *kind);
            format!("claimed by {by}{}", from_other(took_over.as_ref()))
        }
        E::ClaimReleased { .. } => format!("claim {} released", describe(event)),
        E::ChildAdded { child } => format!("{child} added"),
        E::DependencyAdded { .. } => describe(event),
        E::DependencyRemoved { .. } => format!("no longer {}", describe(event)),
        E::NoteAdded { .. } => "note added".to_owned(),
    })
}

/// The coverage of a test run: `coverage 75.00 % (claimed)`.
pub(crate) fn coverage_of(run: &TestRun) -> Option<String> {
    let claimed = claimed(!run.coverage_is_proven());
    Some(format!("coverage {}{claimed}", run.coverage?))
}

/// The numbers of tests in a test run: `6 positive, 3 negative, 1 edge case`.
pub(crate) fn tests_of(run: &TestRun) -> String {
    let [positive, negative, edge_case] = TestKind::ALL.map(|kind| run.count(kind));
    let claimed = claimed(run.ratio.is_some() && !run.ratio_is_proven());
    format!("{positive} positive, {negative} negative, {edge_case} edge case{claimed}")
}

/// The words that decided the kinds of the tests, as options of the command line; `None` if they
/// were the default ones.
pub(crate) fn patterns_of(counts: &FileCounts) -> Option<String> {
    let FileCounts::Tests { patterns, .. } = counts else {
        return None;
    };
    let negative = patterns.negative.iter();
    let negative = negative.map(|words| format!("--negative-pattern '{words}'"));
    let edge = patterns.edge_case.iter();
    let edge = edge.map(|words| format!("--edge-pattern '{words}'"));
    let options: Vec<_> = negative.chain(edge).collect();
    (!options.is_empty()).then(|| options.join(" "))
}

/// The files of a test run: `, from lines.info, tests.xml`. Empty without files.
fn from_files(files: &[EvidenceFile]) -> String {
    let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(", from {}", names.join(", ")),
    }
}

/// The mark of a figure that was not read from a file.
pub(crate) fn claimed(is_claimed: bool) -> &'static str {
    match is_claimed {
        true => " (claimed)",
        false => "",
    }
}

/// An actor as on the command line: `ada`, `agent:builder`.
pub(crate) fn actor(actor: &Actor) -> String {
    Participant::from(actor.clone()).to_string()
}

fn who(name: &ActorName, kind: Option<ActorKind>) -> Participant {
    let name = name.clone();
    Participant { name, kind }
}

/// The actor whose claim was taken over: `, taken over from agent:one`.
fn from_other(other: Option<&Participant>) -> String {
    other.map_or_else(String::new, |other| format!(", taken over from {other}"))
}

fn after_colon(text: Option<&impl std::fmt::Display>) -> String {
    text.map_or_else(String::new, |text| format!(": {text}"))
}
