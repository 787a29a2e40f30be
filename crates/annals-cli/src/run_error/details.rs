//! The fields that only some errors have, for programs.

use serde_json::{Value, json};
use work_item::WorkItemError;
use work_tracking::TrackingError;

use super::RunError;
use crate::moving::MovingError;

impl RunError {
    /// Adds the fields of this error to its object.
    pub(super) fn add_details(&self, error: &mut Value) {
        let hindrances = self.hindrances();
        if !hindrances.is_empty() {
            let sentences: Vec<_> = hindrances.iter().map(ToString::to_string).collect();
            error["failures"] = json!(sentences);
            error["hindrances"] = json!(hindrances);
        }
        match self {
            Self::Tracking(TrackingError::Refused(WorkItemError::ApproverWorkedOnIt {
                approver,
                work,
                version,
            })) => {
                error["approver"] = json!(approver.to_string());
                error["work"] = json!(work.as_str());
                error["version"] = json!(version.get());
            }
            Self::Tracking(TrackingError::Refused(WorkItemError::Claimed {
                claimant,
                since,
                until,
            })) => {
                error["claimant"] = json!(claimant.to_string());
                error["since"] = json!(since);
                error["until"] = json!(until);
            }
            Self::Tracking(TrackingError::Refused(WorkItemError::ClaimLost {
                at, holder, ..
            })) => {
                error["lost_at"] = json!(at);
                error["assignee"] = json!(holder.as_ref().map(ToString::to_string));
            }
            _ => {}
        }
        if let Self::Moving(MovingError::Clashes { clashes, .. }) = self {
            let clashes = clashes.iter().map(|clash| {
                json!({
                    "stream": clash.stream.as_str(),
                    "number": clash.item.map(|item| item.number().to_string()),
                    "kind": clash.reason.as_str(),
                    "text": clash.to_string(),
                })
            });
            error["clashes"] = clashes.collect();
        }
        if let Self::NothingReady(nothing) = self {
            let others = nothing.others.iter();
            let others = others.map(|(kind, count)| json!({ "kind": kind, "count": count }));
            error["others"] = others.collect();
            if !nothing.yours.is_empty() {
                error["yours"] = json!(nothing.yours);
            }
        }
    }
}
