//! Owns how an event is put into a few words, for people and for language models.

use work_item::{DependencyKind, Hindrances, OpenItem, WorkItemEvent};

use crate::print::whole_seconds;

/// What an event says, in a few words; free text in it stands as it was given.
pub(crate) fn what(event: &WorkItemEvent) -> String {
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
        } => {
            let coverage = coverage.map_or_else(String::new, |c| format!("coverage {c}, "));
            format!("{coverage}{positive} positive, {negative} negative, {edge_case} edge case")
        }
        E::CompletionApproved { approver } => format!("by {approver}"),
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
        E::WorkItemAssigned { assignee } => format!("to {assignee}"),
        E::WorkItemUnassigned { assignee } => format!("from {assignee}"),
        E::ChildAdded { child } => child.to_string(),
        E::DependencyAdded { on, kind } | E::DependencyRemoved { on, kind } => match kind {
            DependencyKind::Blocks => format!("blocked by {on}"),
            DependencyKind::Relates => format!("related to {on}"),
        },
        E::NoteAdded { text } => text.to_string(),
    }
}

/// Each thing that keeps an item from being completed.
pub(crate) fn hindrances(hindrances: &Hindrances) -> Vec<String> {
    let waits = |what: &'static str| move |open: &OpenItem| waits_for(what, open);
    let children = hindrances.open_children.iter().map(waits("child"));
    let blockers = hindrances.open_blockers.iter().map(waits("blocker"));
    let failures = hindrances.gate_failures.iter().map(ToString::to_string);
    children.chain(blockers).chain(failures).collect()
}

fn waits_for(what: &str, open: &OpenItem) -> String {
    format!("{what} {} is {}", open.id, open.status)
}

fn after_colon(text: Option<&impl std::fmt::Display>) -> String {
    text.map_or_else(String::new, |text| format!(": {text}"))
}
