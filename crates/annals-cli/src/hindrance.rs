//! The hindrances to completing an item, as objects for programs and as lines for people.

use std::fmt;

use serde::Serialize;
use shared_kernel::StreamVersion;
use work_item::{Coverage, GateFailure, GateLevel, Hindrances, OpenItem, WorkItemError};

use crate::view::IdView;

/// One hindrance. Programs read these names, so they never change.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum HindranceView {
    /// It is pending or blocked.
    NotInProgress { status: &'static str },
    /// A child is open.
    OpenChild(OpenItemView),
    /// A blocker is open.
    OpenBlocker(OpenItemView),
    /// No test run is recorded.
    NoTestRun { gate: &'static str },
    /// There are no positive tests.
    NoPositiveTests { gate: &'static str },
    /// There are no negative tests.
    NoNegativeTests { gate: &'static str },
    /// There are no edge case tests.
    NoEdgeCaseTests { gate: &'static str },
    /// The coverage is too low, or was not measured.
    Coverage {
        gate: &'static str,
        required_percent: Coverage,
        found_percent: Option<Coverage>,
        gap_percent: Coverage,
    },
    /// The coverage was not read from a file.
    CoverageClaimed { gate: &'static str },
    /// The tests were not counted in a file.
    TestsClaimed { gate: &'static str },
    /// No actor who did not work on it has approved it.
    NoApproval,
    /// An approval that does not count.
    ApprovalByWorker {
        approver: String,
        work: &'static str,
        version: u64,
        #[serde(skip)]
        failure: GateFailure,
    },
    /// The actor of some work is unknown.
    UnattributedWork { version: StreamVersion },
    /// A gate failure that this version of the program has no own kind for.
    Other { gate: &'static str, message: String },
}

/// An open item.
#[derive(Debug, Serialize)]
pub(crate) struct OpenItemView {
    #[serde(flatten)]
    item: IdView,
    status: &'static str,
}

/// The hindrances because of which an item refuses to be completed.
pub(crate) fn of_refusal(error: &WorkItemError) -> Vec<HindranceView> {
    match error {
        WorkItemError::QualityGateNotMet { level, failures } => gate_failures(*level, failures),
        WorkItemError::CompletionHindered { hindrances: found } => hindrances(found),
        _ => Vec::new(),
    }
}

/// All hindrances: the status, open children, open blockers, then gate failures.
pub(crate) fn hindrances(found: &Hindrances) -> Vec<HindranceView> {
    let status = found.not_in_progress.map(|status| {
        let status = status.as_str();
        HindranceView::NotInProgress { status }
    });
    let children = found.open_children.iter().map(OpenItemView::from);
    let blockers = found.open_blockers.iter().map(OpenItemView::from);
    let children = children.map(HindranceView::OpenChild);
    status
        .into_iter()
        .chain(children)
        .chain(blockers.map(HindranceView::OpenBlocker))
        .chain(gate_failures(found.level, &found.gate_failures))
        .collect()
}

/// The unmet requirements of a gate.
fn gate_failures(level: GateLevel, failures: &[GateFailure]) -> Vec<HindranceView> {
    let gate = level.as_str();
    let view = |failure: &GateFailure| match failure.clone() {
        GateFailure::NoTestRun => HindranceView::NoTestRun { gate },
        GateFailure::NoPositiveTests => HindranceView::NoPositiveTests { gate },
        GateFailure::NoNegativeTests => HindranceView::NoNegativeTests { gate },
        GateFailure::NoEdgeCaseTests => HindranceView::NoEdgeCaseTests { gate },
        GateFailure::NoCoverage { required } => coverage(gate, required, None),
        GateFailure::CoverageTooLow { required, found } => coverage(gate, required, Some(found)),
        GateFailure::CoverageClaimed => HindranceView::CoverageClaimed { gate },
        GateFailure::TestsClaimed => HindranceView::TestsClaimed { gate },
        GateFailure::NoApproval => HindranceView::NoApproval,
        GateFailure::ApprovalByWorker {
            approver,
            work,
            version,
        } => HindranceView::ApprovalByWorker {
            approver: approver.to_string(),
            work: work.as_str(),
            version: version.get(),
            failure: failure.clone(),
        },
        GateFailure::UnattributedWork { version } => HindranceView::UnattributedWork { version },
        other => HindranceView::Other {
            gate,
            message: other.to_string(),
        },
    };
    failures.iter().map(view).collect()
}

fn coverage(gate: &'static str, required: Coverage, found: Option<Coverage>) -> HindranceView {
    HindranceView::Coverage {
        gate,
        required_percent: required,
        found_percent: found,
        gap_percent: found.unwrap_or(Coverage::NONE).gap_to(required),
    }
}

impl From<&OpenItem> for OpenItemView {
    fn from(open: &OpenItem) -> Self {
        Self {
            item: open.id.into(),
            status: open.status.as_str(),
        }
    }
}

impl fmt::Display for HindranceView {
    /// Writes one sentence; `{:#}` adds the gap of a coverage that is too low.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInProgress { status } => write!(f, "it is {status}"),
            Self::OpenChild(open) => write!(f, "child {open}"),
            Self::OpenBlocker(open) => write!(f, "blocker {open}"),
            Self::NoTestRun { .. } => GateFailure::NoTestRun.fmt(f),
            Self::NoPositiveTests { .. } => GateFailure::NoPositiveTests.fmt(f),
            Self::NoNegativeTests { .. } => GateFailure::NoNegativeTests.fmt(f),
            Self::NoEdgeCaseTests { .. } => GateFailure::NoEdgeCaseTests.fmt(f),
            Self::Coverage {
                required_percent: required,
                found_percent: None,
                ..
            } => GateFailure::NoCoverage {
                required: *required,
            }
            .fmt(f),
            Self::Coverage {
                required_percent: required,
                found_percent: Some(found),
                gap_percent: gap,
                ..
            } => {
                let failure = GateFailure::CoverageTooLow {
                    required: *required,
                    found: *found,
                };
                match f.alternate() {
                    true => write!(f, "{failure}: {gap} to go"),
                    false => failure.fmt(f),
                }
            }
            Self::CoverageClaimed { .. } => GateFailure::CoverageClaimed.fmt(f),
            Self::TestsClaimed { .. } => GateFailure::TestsClaimed.fmt(f),
            Self::NoApproval => GateFailure::NoApproval.fmt(f),
            Self::ApprovalByWorker { failure, .. } => failure.fmt(f),
            Self::UnattributedWork { version } => {
                let version = *version;
                GateFailure::UnattributedWork { version }.fmt(f)
            }
            Self::Other { message, .. } => f.write_str(message),
        }
    }
}

impl fmt::Display for OpenItemView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.item.number, self.status)
    }
}
