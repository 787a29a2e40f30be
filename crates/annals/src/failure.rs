//! Owns the ways in which a run can fail, each with its exit code, and how they are told.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use persistence_sqlite::{BackupError, OpenError};
use serde_json::{Value, json};
use serialization::toon::EncodeError;
use shared_kernel::{
    InvalidText, OutOfRange, SnowflakeError, StoreError, StreamVersion, WorkerLeaseError,
};
use thiserror::Error;
use work_item::{WorkItemError, WorkNumber};
use work_tracking::{FailureKind, ItemRef, TrackingError};

use crate::evidence::{self, Source};
use crate::hindrance::{self, HindranceView};
use crate::transcode::Flaw;
use crate::wording;

/// Why a run failed.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("there is no store at {} yet", path.display())]
    NoStore { path: PathBuf },
    #[error("there is nowhere to keep a store: no home directory is known")]
    NoPlace,
    #[error("cannot make the folder {}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("the name of the actor is refused")]
    Actor(#[from] InvalidText),
    #[error("{variable} is not text in UTF-8")]
    NotText { variable: &'static str },
    #[error("{item} has only {version} event(s) so far, so there is no version {asked} of it")]
    NotThatFar {
        item: ItemRef,
        version: StreamVersion,
        asked: StreamVersion,
    },
    #[error("the number is refused")]
    Version(#[from] OutOfRange),
    #[error("this store is no file, so there is nothing to {what}")]
    NoFile { what: &'static str },
    #[error("the tour speaks to people; leave --format away")]
    TourIsForPeople,
    #[error("events cannot be followed in TOON: a document declares first how many there are")]
    FollowedInToon,
    #[error("not even the number and the version of the item fit {budget} tokens")]
    BudgetTooSmall { budget: usize },
    #[error("cannot read {from}")]
    Unreadable { from: String, source: io::Error },
    #[error("{from} is empty")]
    Empty { from: String },
    #[error("{from} cannot be read as {format}: {flaw}")]
    Malformed {
        from: String,
        format: &'static str,
        flaw: Flaw,
    },
    #[error("--negative-pattern and --edge-pattern tell the tests of a report apart: name one")]
    PatternWithoutReport,
    #[error("{} is no evidence as {file}: {flaw}", path.display())]
    Evidence {
        file: Source,
        path: PathBuf,
        #[source]
        flaw: evidence::Flaw,
    },
    #[error("{from} has no TOON")]
    Unencodable { from: String, source: EncodeError },
    #[error(transparent)]
    Tracking(#[from] TrackingError),
    #[error(transparent)]
    Lease(#[from] WorkerLeaseError),
    #[error(transparent)]
    Id(#[from] SnowflakeError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the backup was not made")]
    Backup(#[from] BackupError),
    #[error("the store at {} is damaged: {problems} problem(s) found", path.display())]
    Unsound { path: PathBuf, problems: usize },
    #[error("cannot write the answer")]
    Output(#[from] io::Error),
    #[error("the program is put together wrongly")]
    Composition(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// What the shell is told: 0 done, 2 wrong usage, 3 refused by the domain, 4 conflict, 5 the
    /// store failed.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            // Whoever read the answer has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Actor(_)
            | Self::NotText { .. }
            | Self::Version(_)
            | Self::NoFile { .. }
            | Self::TourIsForPeople
            | Self::FollowedInToon
            | Self::BudgetTooSmall { .. }
            | Self::Unreadable { .. }
            | Self::Empty { .. }
            | Self::Malformed { .. }
            | Self::Unencodable { .. }
            | Self::PatternWithoutReport => USAGE,
            Self::Evidence { flaw, .. } if !flaw.is_refusal() => USAGE,
            Self::NotThatFar { .. } | Self::Evidence { .. } => 3,
            Self::Tracking(error) => match error.kind() {
                FailureKind::Refused | FailureKind::NotFound => 3,
                FailureKind::Conflict => 4,
                FailureKind::Storage => 5,
            },
            _ => 5,
        }
    }

    /// The kind of failure, as programs are told.
    fn kind(&self) -> &'static str {
        match self.exit_code() {
            USAGE => "usage",
            3 => "refused",
            4 => "conflict",
            _ => "store",
        }
    }

    /// What to do next, where the error itself does not say.
    pub(crate) fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Tracking(
                TrackingError::NotFound { item }
                | TrackingError::ParentNotFound { parent: item }
                | TrackingError::DependencyNotFound { on: item },
            ) => Some(lookup(*item)),
            _ => self.fixed_hint().map(Cow::Borrowed),
        }
    }

    fn fixed_hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoStore { .. } => {
                "`annals add \"First item\"` makes one; `annals tour` needs none"
            }
            Self::NoPlace => "name a file with --store or ANNALS_STORE",
            Self::Output(_) => "what was asked for may have been done; look before doing it again",
            Self::Actor(_) => "name somebody with --actor or ANNALS_ACTOR",
            Self::FollowedInToon => "follow them with --format json, a line for each",
            Self::Unreadable { .. } => "name a file that is there, or pipe the document in",
            Self::Empty { .. } => "give it one JSON value; that of an empty object is {}",
            Self::Malformed { format, .. } if *format == "TOON" => {
                "correct that line; --lenient forgives wrong lengths, keys that stand twice and \
                 uneven indentation"
            }
            Self::Malformed { .. } => "give it one JSON value in UTF-8, corrected at that place",
            Self::Unencodable { .. } => "TOON is written up to 128 levels deep",
            Self::PatternWithoutReport => "add --junit FILE, or leave the patterns away",
            Self::Evidence { flaw, .. } => match flaw {
                evidence::Flaw::Failed { .. } => {
                    "mend what failed and run the tests again; a failing suite is no evidence"
                }
                evidence::Flaw::Ambiguous { .. } => {
                    "name the words that tell its tests apart with --negative-pattern and \
                     --edge-pattern"
                }
                evidence::Flaw::Unreadable(_) => "name a file that is there",
                evidence::Flaw::NothingRun => return None,
                _ => "let the tool write it anew, or give the figures themselves",
            },
            Self::Unsound { .. } => "keep the file as it is and go on from a backup",
            Self::Tracking(TrackingError::Refused(error)) => match error {
                WorkItemError::QualityGateNotMet { .. } => {
                    "record the evidence with `annals test-run ITEM …`, or an approval with \
                     `annals approve ITEM`"
                }
                WorkItemError::CompletionHindered { .. } => {
                    "finish or cancel what it waits for; `annals why ITEM` shows all of it"
                }
                WorkItemError::Closed { .. } => {
                    "`annals reopen ITEM` takes up an item that is done"
                }
                _ => return None,
            },
            Self::Tracking(TrackingError::Conflict { .. }) => {
                "somebody else was faster; look with `annals show ITEM` and decide again"
            }
            Self::Tracking(TrackingError::Repository(error)) if error.is_outcome_unknown() => {
                "the change may have been made; look with `annals show ITEM`"
            }
            _ => return None,
        })
    }

    /// Every single thing that keeps an item from being completed.
    fn hindrances(&self) -> Vec<String> {
        match self {
            Self::Tracking(TrackingError::Refused(WorkItemError::QualityGateNotMet {
                failures,
                ..
            })) => failures.iter().map(ToString::to_string).collect(),
            Self::Tracking(TrackingError::Refused(WorkItemError::CompletionHindered {
                hindrances,
            })) => wording::hindrances(hindrances),
            _ => Vec::new(),
        }
    }

    /// The same, typed.
    fn typed_hindrances(&self) -> Vec<HindranceView> {
        match self {
            Self::Tracking(TrackingError::Refused(WorkItemError::QualityGateNotMet {
                level,
                failures,
            })) => hindrance::gate_failures(*level, failures),
            Self::Tracking(TrackingError::Refused(WorkItemError::CompletionHindered {
                hindrances,
            })) => hindrance::hindrances(hindrances),
            _ => Vec::new(),
        }
    }

    /// What people are told, in lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        let failures = self.typed_hindrances();
        let mut lines = match self {
            Self::Tracking(TrackingError::Refused(WorkItemError::QualityGateNotMet {
                level,
                ..
            })) => vec![format!("quality gate {level} is not met:")],
            Self::Tracking(TrackingError::Refused(WorkItemError::CompletionHindered {
                ..
            })) => {
                vec!["the item cannot be completed yet:".to_owned()]
            }
            other => vec![with_causes(other)],
        };
        lines.extend(failures.into_iter().map(|failure| format!("  - {failure}")));
        lines
    }

    /// What programs are told.
    pub(crate) fn told(&self) -> Value {
        let mut told = told(self.kind(), self.exit_code(), &with_causes(self));
        let error = &mut told["error"];
        let failures = self.hindrances();
        if !failures.is_empty() {
            error["failures"] = json!(failures);
            error["hindrances"] = json!(self.typed_hindrances());
        }
        if let Some(hint) = self.hint() {
            error["hint"] = json!(hint);
        }
        told
    }
}

/// Ids below this would have been made in the first millisecond of their epoch, by nobody.
const LEAST_ID: i64 = 1 << 22;

/// What to do about an item that is not there. A small number was meant for that of an item, most
/// likely, and was read as an id.
fn lookup(item: ItemRef) -> Cow<'static, str> {
    let list = "`annals list` shows all items";
    let ItemRef::Id(id) = item else {
        return Cow::Borrowed(list);
    };
    let number = u64::try_from(id.as_i64()).ok().map(WorkNumber::new);
    match number {
        Some(Ok(number)) if id.as_i64() < LEAST_ID => Cow::Owned(format!(
            "{id} was read as an id; the item with that number is called {number}. {list}"
        )),
        _ => Cow::Borrowed(list),
    }
}

/// The exit code for wrong usage.
pub(crate) const USAGE: u8 = 2;

/// What programs are told of an error.
pub(crate) fn told(kind: &str, exit_code: u8, message: &str) -> Value {
    json!({ "error": { "kind": kind, "exit_code": exit_code, "message": message } })
}

/// An error and everything that it was caused by, in one line. Some errors tell their cause
/// themselves; that is not told twice.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let told = error.to_string();
        if !text.ends_with(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        #[derive(Debug, Error)]
        #[error("inner")]
        struct Inner;
        #[derive(Debug, Error)]
        #[error("outer: inner")]
        struct Telling(#[source] Inner);
        #[derive(Debug, Error)]
        #[error("outer")]
        struct Silent(#[source] Inner);
        assert_eq!(with_causes(&Telling(Inner)), "outer: inner");
        assert_eq!(with_causes(&Silent(Inner)), "outer: inner");
    }

    #[test]
    fn a_reader_who_has_seen_enough_is_no_failure() {
        let output = |kind| Failure::Output(io::Error::from(kind)).exit_code();
        assert_eq!(output(io::ErrorKind::BrokenPipe), 0);
        assert_eq!(output(io::ErrorKind::StorageFull), 5);
    }
}
