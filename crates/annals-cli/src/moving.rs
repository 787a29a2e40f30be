//! The errors of the commands that move a log: `export`, `import`, `freeze` and `unfreeze`.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use log_transfer::{LineProblem, TransferError};
use shared_kernel::{AppendError, GlobalPosition};
use thiserror::Error;
use work_tracking::{FailureKind, MergeClash, TrackingError};

use crate::beads::BeadsError;
use crate::run_error::USAGE;

/// The reason why a command that moves a log failed.
#[derive(Debug, Error)]
pub(crate) enum MovingError {
    #[error("the export was not written")]
    Export(#[source] TransferError),
    #[error("there is a file at {} already", path.display())]
    ExportExists { path: PathBuf },
    #[error("cannot write the export {}", path.display())]
    ExportFile { path: PathBuf, source: io::Error },
    #[error("the export is a file, and --read-only refuses that")]
    ExportUnderReadOnly,
    #[error("cannot read the export {from}")]
    Unreadable { from: String, source: io::Error },
    #[error("nothing of {from} was imported")]
    NotImported { from: String, source: TransferError },
    #[error("{written} event(s) of {from} were imported, but not all")]
    PartlyImported {
        from: String,
        written: u64,
        source: TransferError,
    },
    #[error("nothing of {from} was imported")]
    Beads { from: String, source: BeadsError },
    #[error("{done} of {all} issues of {from} were imported, but not all")]
    PartOfBeads {
        from: String,
        done: usize,
        all: usize,
        source: Box<TrackingError>,
    },
    #[error("nothing of {from} was merged: {}", sentences(clashes))]
    Clashes {
        from: String,
        clashes: Vec<MergeClash>,
    },
    #[error("the store is frozen already: its log moves to {to}")]
    FrozenAlready { to: String },
    #[error(
        "the new store {to} has events up to position {head}, and this store only up to {own}: after \
         more events here, the two logs could not be joined any more"
    )]
    MovedOn {
        to: String,
        head: GlobalPosition,
        own: GlobalPosition,
    },
    #[error(
        "the new store {to} has another event than this store at position {head}: the two logs cannot \
         be joined any more"
    )]
    MovedApart { to: String, head: GlobalPosition },
    #[error("the new store {to} cannot be opened, so it may have events that this store lacks")]
    Unseen {
        to: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The streams that cannot be merged, each with the reason.
fn sentences(clashes: &[MergeClash]) -> String {
    let texts: Vec<_> = clashes.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

impl MovingError {
    /// The error of an import that has written a number of events.
    pub(crate) fn import(from: &str, written: u64, source: TransferError) -> Self {
        let from = from.to_owned();
        match written {
            0 => Self::NotImported { from, source },
            written => Self::PartlyImported {
                from,
                written,
                source,
            },
        }
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::ExportExists { .. }
            | Self::ExportFile { .. }
            | Self::ExportUnderReadOnly
            | Self::Unreadable { .. } => USAGE,
            Self::Beads { .. } => USAGE,
            Self::FrozenAlready { .. }
            | Self::MovedOn { .. }
            | Self::MovedApart { .. }
            | Self::Clashes { .. } => 4,
            Self::PartOfBeads { source, .. } if source.kind() == FailureKind::Conflict => 4,
            Self::PartOfBeads { .. } => 5,
            Self::Unseen { .. } => 5,
            Self::Export(source)
            | Self::NotImported { source, .. }
            | Self::PartlyImported { source, .. } => match source {
                TransferError::BehindTheEnd { .. }
                | TransferError::Backward { .. }
                | TransferError::Line(_)
                | TransferError::Gap { .. }
                | TransferError::Invalid(_) => USAGE,
                TransferError::Fork { .. }
                | TransferError::Clash { .. }
                | TransferError::IdElsewhere { .. }
                | TransferError::OtherLog { .. }
                | TransferError::Append(AppendError::Conflict(_)) => 4,
                _ => 5,
            },
        }
    }

    /// The next step.
    pub(crate) fn hint(&self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match self {
            Self::ExportExists { .. } => "name a new file",
            Self::ExportFile { .. } => {
                "name a new file in an existing directory with enough free space"
            }
            Self::ExportUnderReadOnly => {
                "leave FILE away to write to standard output, or leave --read-only away"
            }
            Self::Unreadable { .. } => "name the file of an export, or pipe the lines in with `-`",
            Self::Beads { .. } => {
                "nothing is written before the whole file is read; correct it in Beads, export it \
                 again, and import that"
            }
            Self::PartOfBeads { .. } => "repeat the command; it goes on where it ended",
            Self::Clashes { .. } => {
                "`annals history ITEM` shows both sides, with --store for the other one; make one of \
                 them a note, or go on with one store only"
            }
            Self::FrozenAlready { .. } => "`annals unfreeze` calls that move off",
            Self::MovedOn { to, .. } => {
                return Some(Cow::Owned(format!("leave this store frozen, and use {to}")));
            }
            Self::MovedApart { .. } => {
                "one of the two stores goes on; look at both with `annals events`, and use --unchecked \
                 only if it is this one"
            }
            Self::Unseen { .. } => {
                "make it reachable; if no program has written there, use --unchecked"
            }
            Self::Export(source)
            | Self::NotImported { source, .. }
            | Self::PartlyImported { source, .. } => return transfer_hint(source),
        }))
    }
}

fn transfer_hint(error: &TransferError) -> Option<Cow<'static, str>> {
    Some(Cow::Borrowed(match error {
        TransferError::BehindTheEnd { .. } => "`annals events` shows the positions",
        TransferError::Backward { .. } => "give --through a position after that of --after",
        TransferError::Hole { .. } => "`annals check` looks for damage",
        TransferError::Line(line) => match &line.problem {
            LineProblem::OtherFormat { .. } | LineProblem::AfterTheEnd => return None,
            LineProblem::NotAnExport => "`annals export FILE` writes one",
            _ => {
                "copy the export again, or make a new one, and import it; events that are there \
                 already are not imported twice"
            }
        },
        TransferError::Gap { head, .. } => {
            return Some(Cow::Owned(format!(
                "import the part before it first; `annals export --after {head}` on the other store \
                 writes it"
            )));
        }
        TransferError::Fork { .. } => {
            "one of the two stores has events of its own; import the export into a new store, and \
             compare both with `annals events`"
        }
        TransferError::Clash { .. } | TransferError::IdElsewhere { .. } => {
            "the two logs cannot be joined; import the export into a new store"
        }
        TransferError::Append(AppendError::Conflict(_)) => {
            "import an export that has the events of that stream before these, too"
        }
        _ => return None,
    }))
}
