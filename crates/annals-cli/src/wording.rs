//! Short descriptions of events and hindrances, for people and for language models.

use work_item::{DependencyKind, Hindrances, OpenItem, WorkItemEvent};

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

/// One line for each hindrance, for example `blocker WORK-005 is pending`.
pub(crate) fn hindrances(hindrances: &Hindrances) -> Vec<String> {
    let waits = |role: &'static str| move |open: &OpenItem| waits_for(role, open);
    let children = hindrances.open_children.iter().map(waits("child"));
    let blockers = hindrances.open_blockers.iter().map(waits("blocker"));
    let failures = hindrances.gate_failures.iter().map(ToString::to_string);
    children.chain(blockers).chain(failures).collect()
}

fn waits_for(role: &str, open: &OpenItem) -> String {
    format!("{role} {} is {}", open.id, open.status)
}

fn after_colon(text: Option<&impl std::fmt::Display>) -> String {
    text.map_or_else(String::new, |text| format!(": {text}"))
}
