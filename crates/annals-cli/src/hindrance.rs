//! The hindrances to completing an item, as objects for programs and as lines for people.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::StreamVersion;
use work_item::{Coverage, GateFailure, GateLevel, Hindrance, Hindrances, OpenItem, WorkItemError};

use crate::view::IdView;

/// One hindrance: an object for programs. Its text is the sentence for people.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct HindranceView {
    #[serde(flatten)]
    object: Object,
    #[serde(skip)]
    sentence: String,
}

/// The object of a hindrance. Programs read these names, so they never change.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Object {
    /// It is pending or blocked.
    NotInProgress { status: &'static str },
    /// A child is open.
    OpenChild(OpenItemView),
    /// A blocker is open.
    OpenBlocker(OpenItemView),
    /// A child or a blocker cannot be read.
    UnreadableItem(IdView),
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
        #[schemars(with = "f64")]
        required_percent: Coverage,
        #[schemars(with = "Option<f64>")]
        found_percent: Option<Coverage>,
        #[schemars(with = "f64")]
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
    },
    /// The actor of some work is unknown.
    UnattributedWork {
        #[schemars(with = "u64")]
        version: StreamVersion,
    },
    /// A gate failure that this version of the program has no own kind for.
    Other { gate: &'static str, message: String },
}

/// An open item.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct OpenItemView {
    #[serde(flatten)]
    item: IdView,
    status: &'static str,
}

/// The hindrances because of which an item refuses to be completed.
pub(crate) fn of_refusal(error: &WorkItemError) -> Vec<HindranceView> {
    match error {
        WorkItemError::QualityGateNotMet { level, failures } => {
            let failures = Hindrance::of_gate(*level, failures);
            failures.map(HindranceView::from).collect()
        }
        WorkItemError::CompletionHindered { hindrances: found } => hindrances(found),
        _ => Vec::new(),
    }
}

/// All hindrances of an item.
pub(crate) fn hindrances(found: &Hindrances) -> Vec<HindranceView> {
    found.iter().map(HindranceView::from).collect()
}

impl From<Hindrance> for HindranceView {
    fn from(hindrance: Hindrance) -> Self {
        let sentence = hindrance.to_string();
        let object = match hindrance {
            Hindrance::NotInProgress(status) => {
                let status = status.as_str();
                Object::NotInProgress { status }
            }
            Hindrance::OpenChild(open) => Object::OpenChild((&open).into()),
            Hindrance::OpenBlocker(open) => Object::OpenBlocker((&open).into()),
            Hindrance::Unreadable(id) => Object::UnreadableItem(id.into()),
            Hindrance::Gate { level, failure } => unmet(level, failure),
        };
        Self { object, sentence }
    }
}

/// The object of an unmet requirement of a gate.
fn unmet(level: GateLevel, failure: GateFailure) -> Object {
    let gate = level.as_str();
    match failure {
        GateFailure::NoTestRun => Object::NoTestRun { gate },
        GateFailure::NoPositiveTests => Object::NoPositiveTests { gate },
        GateFailure::NoNegativeTests => Object::NoNegativeTests { gate },
        GateFailure::NoEdgeCaseTests => Object::NoEdgeCaseTests { gate },
        GateFailure::NoCoverage { required } => coverage(gate, required, None),
        GateFailure::CoverageTooLow { required, found } => coverage(gate, required, Some(found)),
        GateFailure::CoverageClaimed => Object::CoverageClaimed { gate },
        GateFailure::TestsClaimed => Object::TestsClaimed { gate },
        GateFailure::NoApproval => Object::NoApproval,
        GateFailure::ApprovalByWorker {
            approver,
            work,
            version,
        } => Object::ApprovalByWorker {
            approver: approver.to_string(),
            work: work.as_str(),
            version: version.get(),
        },
        GateFailure::UnattributedWork { version } => Object::UnattributedWork { version },
        other => Object::Other {
            gate,
            message: other.to_string(),
        },
    }
}

fn coverage(gate: &'static str, required: Coverage, found: Option<Coverage>) -> Object {
    Object::Coverage {
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl fmt::Display for OpenItemView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.item.number, self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_and_hindrances_have_the_same_kinds() {
        let too_low = GateFailure::CoverageTooLow {
            required: GateLevel::L2.required_coverage().unwrap(),
            found: Coverage::NONE,
        };
        let claimed = [
            too_low,
            GateFailure::CoverageClaimed,
            GateFailure::TestsClaimed,
            GateFailure::NoApproval,
        ];
        for failure in GateLevel::L2.failures(None).into_iter().chain(claimed) {
            let kind = failure.kind();
            let object = serde_json::json!(unmet(GateLevel::L2, failure));
            assert_eq!(object["kind"], kind);
        }
    }
}
