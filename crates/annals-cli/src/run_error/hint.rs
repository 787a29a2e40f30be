//! The hints of errors: the next step of the user.

use std::borrow::Cow;
use std::path::Path;

use persistence_sqlite::BackupError;
use shared_kernel::store::Conflict;
use shared_kernel::{ExpectedVersion, StoreError, StreamVersion};
use work_item::{GateFailure, GateLevel, Status, WorkItemError, WorkItemType};
use work_tracking::TrackingError;

use super::server_hint::{self, missing_server_store};
use super::{Left, RunError};
use crate::environment::OpenStoreError;
use crate::place::StorePlace;
use crate::tilde::{TILDE, has_tilde};

/// The next step for an empty description.
pub(crate) const NO_DESCRIPTION: &str = "`annals describe ITEM --none` removes a description";

impl RunError {
    /// The next step, if the error message does not say it.
    pub(crate) fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Obstacle { source, .. } => Some(source.hint()),
            Self::Tracking(TrackingError::Conflict { source, .. }) => Some(conflict_hint(source)),
            Self::Command(error) => error.hint().map(Cow::Owned),
            Self::Moving(error) => error.hint(),
            Self::NoStore {
                place: StorePlace::File(path),
                ..
            }
            | Self::RelativeStore { path, .. }
                if has_tilde(path) =>
            {
                Some(Cow::Borrowed(TILDE))
            }
            Self::NoStore { place, is_named } => Some(match place {
                StorePlace::File(path) => missing_store_hint(path, *is_named),
                StorePlace::Server(_) => missing_server_store(place, *is_named),
            }),
            Self::Open(OpenStoreError::Server(error)) => server_hint::connecting(error),
            Self::Grant(error) => server_hint::granting(error),
            Self::Store(StoreError::ReadOnly { obstacle, .. })
                if obstacle.contains("permission denied for function") =>
            {
                Some(Cow::Borrowed(server_hint::OF_THE_OWNER))
            }
            Self::Damaged {
                place: StorePlace::Server(_),
                ..
            } => Some(Cow::Borrowed(server_hint::DAMAGED)),
            Self::RelativeStore {
                absolute: Some(path),
                ..
            } => Some(Cow::Owned(format!(
                "it would be another store in each directory; set ANNALS_STORE={}",
                path.display()
            ))),
            _ => self.fixed_hint().map(Cow::Borrowed),
        }
    }

    fn fixed_hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoDefaultStore => "name a file with --store or ANNALS_STORE",
            Self::Folder { .. } => "name a file in another directory with --store or ANNALS_STORE",
            Self::TemporaryFolder(_) => "name an existing directory with TMPDIR",
            Self::NoSuchVersion { .. } => "`annals history ITEM` shows all its versions",
            Self::NotYet { .. } | Self::Tracking(TrackingError::NotYet { .. }) => {
                "`annals history ITEM` shows its events with their times"
            }
            Self::Output(_) => "free some space there, or send the answer to another place",
            Self::Unreported { left, .. } => match left {
                Left::Item => {
                    "do not repeat the command; `annals list` and `annals show ITEM` show its result"
                }
                Left::Server => "`annals init` can be repeated",
                Left::Folder => "do not repeat the command; the folder `.annals` is there",
                Left::Log => "do not repeat the command; its work is done",
                Left::Backup => "do not repeat the command; the backup is there",
                Left::Store => {
                    "do not repeat the command; the store is restored, and the file before it is \
                     kept beside it"
                }
            },
            Self::Backup(BackupError::Unwritable { .. }) => {
                "name a path in an existing directory with enough free space"
            }
            Self::RelativeStore { .. } => "set it to an absolute path",
            Self::NotOneLine { .. } => "set it to another path",
            Self::Actor(_) | Self::Name(_) | Self::UnknownUser | Self::NotText { .. } => {
                "give a valid name with --actor or ANNALS_ACTOR"
            }
            Self::Project { .. } => {
                "the directory must be writable, without a file of that name; a store elsewhere is named \
                 with --store or ANNALS_STORE"
            }
            Self::ProjectRefused { .. } => {
                "change its owner or rights, or name the store with --store or ANNALS_STORE"
            }
            Self::FileInTheWay { .. } => "rename that file, or run `annals init` elsewhere",
            Self::StoreIsOnServer { command } => server_hint::instead_of(command),
            Self::RoleWithoutServer => {
                "name the store with --store postgres://USER@HOST/DATABASE or ANNALS_STORE"
            }
            Self::Store(StoreError::Unreachable { .. }) => server_hint::AWAY,
            Self::InitHasNoStore => "run `annals init` in the directory of the project",
            Self::NoCache => "set HOME to an absolute path",
            Self::NoDirectory => "change to an existing directory",
            Self::TourHasNoFormat => "run `annals tour` without --format",
            Self::FollowInToon => "use --format json: one line for each event",
            Self::BudgetTooSmall { .. } => "use a larger --budget",
            Self::Unreadable { .. } => "name an existing file, or pipe the document in",
            Self::NoText { .. } => {
                "give it as an argument, with --file FILE, or as `-` on standard input; on a \
                 terminal, VISUAL or EDITOR can name an editor"
            }
            Self::NoWords => "give at least one word with a letter or a digit",
            Self::Prime(error) => error.hint(),
            Self::Overview(error) => error.hint(),
            Self::ViewsDiffer { .. } => "`annals views rebuild items` builds them again",
            Self::TwoDescriptions => "give only one of them",
            Self::Editor { .. } => "name another editor with VISUAL or EDITOR",
            Self::EditorAborted { .. } => {
                "run the command again, or give the text as an argument, with --file FILE, or as `-` \
                 on standard input"
            }
            Self::Text { what, quoted, .. } if *what == "description" && quoted.is_empty() => {
                NO_DESCRIPTION
            }
            Self::Unwritable { .. } => "name a file in an existing directory with --output",
            Self::NoDirection { .. } => {
                "use `annals toon encode FILE` for JSON, or `annals toon decode FILE` for TOON"
            }
            Self::Empty { .. } => "write one JSON value; an empty object is {}",
            Self::Malformed { format, .. } if *format == "TOON" => {
                "correct that line; --lenient accepts wrong lengths, keys that occur twice and \
                 uneven indentation"
            }
            Self::Malformed { format, .. } if *format == "text" => "write the text in UTF-8",
            Self::Malformed { .. } => "correct the JSON there; it must be one value in UTF-8",
            Self::Unencodable { .. } => "write that number as a string to keep it",
            Self::PatternWithoutReport => "add --junit FILE, or omit the patterns",
            Self::Evidence { error, .. } => error.hint()?,
            Self::Damaged { .. } => {
                "restore a backup with `annals restore BACKUP`; this file is kept under another name"
            }
            Self::Tracking(
                TrackingError::NotFound { .. }
                | TrackingError::ParentNotFound { .. }
                | TrackingError::DependencyNotFound { .. },
            ) => "`annals list` shows all items",
            Self::Tracking(TrackingError::Refused(error)) => refusal_hint(error)?,
            Self::NothingReady(_) => "`annals ready --explain ITEM` shows all reasons of an item",
            Self::Tracking(TrackingError::Repository(error)) if error.is_outcome_unknown() => {
                "the change may have been made; look with `annals show ITEM`"
            }
            _ => return None,
        })
    }
}

/// The next step without a store at a path.
fn missing_store_hint(path: &Path, is_named: bool) -> Cow<'static, str> {
    let folder = path.parent().filter(|folder| !folder.is_dir());
    Cow::Owned(match folder {
        Some(folder) if is_named => format!(
            "create the directory {} first, or name another path with --store",
            folder.display()
        ),
        _ if is_named => format!(
            "`annals --store {} add \"First item\"` creates one",
            path.display()
        ),
        _ => "`annals add \"First item\"` creates one; `annals tour` needs none".to_owned(),
    })
}

/// The next step after a conflict.
fn conflict_hint(conflict: &Conflict) -> Cow<'static, str> {
    let actual = conflict.actual;
    match conflict.expected {
        ExpectedVersion::Exact(expected) if expected > actual => Cow::Owned(format!(
            "the item never had version {expected}: it has {actual} event(s); `annals history \
             ITEM` shows them"
        )),
        ExpectedVersion::Exact(StreamVersion::EMPTY) => {
            Cow::Borrowed("an item has at least one event; `annals show ITEM` shows its version")
        }
        _ => Cow::Borrowed(
            "another writer was faster; see its change with `annals show ITEM`, then decide again",
        ),
    }
}

/// The next step after a quality gate has refused the completion. For example, a T4 item without
/// a test run first needs one, and then an approval.
fn gate_hint(level: GateLevel, failures: &[GateFailure]) -> &'static str {
    let is_unattributed = |one: &GateFailure| matches!(one, GateFailure::UnattributedWork { .. });
    let lacks_approval = |one: &GateFailure| {
        let by_worker = matches!(one, GateFailure::ApprovalByWorker { .. });
        by_worker || matches!(one, GateFailure::NoApproval)
    };
    let is_result = |one: &GateFailure| !lacks_approval(one) && !is_unattributed(one);
    let lacks_result = failures.iter().any(is_result);
    match failures.iter().any(lacks_approval) {
        true if lacks_result => {
            "read the results from files with `annals test-run ITEM --lcov FILE --junit FILE`, then \
             ask a person or agent who did not work on it for `annals approve ITEM`"
        }
        true => "ask a person or agent who did not work on it for `annals approve ITEM`",
        // Only a result from a file is proven.
        false if lacks_result && level >= GateLevel::L2 => {
            "read the results from files with `annals test-run ITEM --lcov FILE --junit FILE`"
        }
        false if lacks_result => "record the results with `annals test-run ITEM …`",
        false => "no approval can count any more; `annals add` creates a new item for the rest",
    }
}

/// The next step after a work item has refused a command.
fn refusal_hint(error: &WorkItemError) -> Option<&'static str> {
    Some(match error {
        WorkItemError::QualityGateNotMet { level, failures } => gate_hint(*level, failures),
        WorkItemError::CompletionHindered { hindrances } if !hindrances.wait_for_others() => {
            match hindrances.not_in_progress {
                Some(Status::Blocked) => "continue it first with `annals unblock ITEM`",
                _ => "start it first with `annals start ITEM`",
            }
        }
        WorkItemError::CompletionHindered { .. } => {
            "finish or cancel the items that it waits for; `annals why ITEM` lists them"
        }
        WorkItemError::InvalidTransition { from, to, .. } if from == to && !from.is_open() => {
            "nothing is left to do; `annals show ITEM` shows how it ended"
        }
        WorkItemError::Closed { status }
        | WorkItemError::InvalidTransition { from: status, .. } => match status {
            Status::Pending => "start it first with `annals start ITEM`",
            Status::InProgress => "it is in progress; `annals done ITEM` finishes it",
            Status::Blocked => "continue it first with `annals unblock ITEM`",
            Status::Done => "`annals reopen ITEM --reason REASON` reopens a done item",
            Status::Cancelled => "a cancelled item stays cancelled; `annals add` creates a new one",
        },
        WorkItemError::Claimed { .. } | WorkItemError::Assigned { .. } => {
            "`annals next --claim` takes another item; `annals ready --explain ITEM` says when this one \
             is free"
        }
        WorkItemError::ClaimLost { .. } => {
            "claim it again with `annals claim ITEM`, or another one with `annals next --claim`; \
             `annals note ITEM TEXT` keeps your results"
        }
        WorkItemError::ParentClosed { status, .. } => match status {
            Status::Done => "`annals reopen PARENT --reason REASON` reopens it",
            _ => "choose another parent; a cancelled item stays cancelled",
        },
        WorkItemError::ParentKindInvalid {
            child: WorkItemType::Epic,
            ..
        } => "add it without --parent",
        WorkItemError::DependsOnItself => "name another item with --on",
        WorkItemError::NoSuchDependency { .. } => {
            "`annals show ITEM` shows the items that it depends on"
        }
        WorkItemError::DuplicateDependency { .. } => {
            "`annals undepend ITEM --on ITEM` removes that dependency"
        }
        WorkItemError::DependencyCycle { .. } => {
            "`annals undepend ITEM --on ITEM` removes one of these dependencies; `--kind relates` \
             makes no item wait"
        }
        WorkItemError::ApproverWorkedOnIt { .. } => {
            "ask a person or agent that has not worked on it since it was created or last \
             reopened; if you work alone, use tier T3 or lower"
        }
        _ => return None,
    })
}
