//! The errors of a run, with their exit codes and messages.

mod details;
mod hint;
mod message;
mod nothing_ready;
mod server_hint;

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use persistence_postgres::{ConnectError, GrantError};
use persistence_sqlite::{BackupError, OpenError, RestoreError};
use serde_json::{Value, json};
use serialization::toon::EncodeError;
use shared_kernel::lease::WorkerLeaseError;
use shared_kernel::repository::AsOf;
use shared_kernel::snowflake::SnowflakeError;
use shared_kernel::stream::OutOfRange;
use shared_kernel::text::InvalidText;
use shared_kernel::{StoreError, StreamVersion};
use thiserror::Error;
use work_item::{ParticipantInvalid, WorkItemError};
use work_tracking::{FailureKind, ItemRef, TrackingError};
use work_views::ViewError;

pub(crate) use self::nothing_ready::NothingReady;
use crate::command_error::CommandError;
use crate::environment::OpenStoreError;
use crate::evidence::{EvidenceError, Source};
use crate::hindrance::{self, HindranceView};
use crate::moment::InvalidMoment;
use crate::moving::MovingError;
use crate::obstacle::Obstacle;
use crate::overview::error::OverviewError;
use crate::password;
use crate::place::StorePlace;
use crate::prime::PrimeError;
use crate::print::{printable, time};
use crate::transcode::ParseError;

pub(crate) use self::hint::NO_DESCRIPTION;
pub(crate) use self::message::{CONFLICT, REFUSED, USAGE, error_object, with_causes};

/// The reason why a run failed.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    #[error("there is no store at {place} yet")]
    NoStore {
        place: StorePlace,
        /// Whether `--store` named it.
        is_named: bool,
    },
    #[error(transparent)]
    Address(ConnectError),
    #[error("ANNALS_STORE is a relative path: {}", path.display())]
    RelativeStore {
        path: PathBuf,
        absolute: Option<PathBuf>,
    },
    #[error("the user is unknown")]
    UnknownUser,
    #[error("the home directory is unknown, so there is no default path for the store")]
    NoDefaultStore,
    #[error("cannot create the directory {}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("cannot create a temporary directory")]
    TemporaryFolder(#[source] io::Error),
    #[error("cannot open the store {}", path.display())]
    Obstacle { path: PathBuf, source: Obstacle },
    #[error("the name of the actor is invalid")]
    Actor(#[from] ParticipantInvalid),
    #[error("the name is invalid")]
    Name(#[from] InvalidText),
    #[error("the environment variable {variable} is not valid UTF-8")]
    NotText { variable: &'static str },
    #[error("the environment variable {variable} must be one line without control characters")]
    NotOneLine { variable: &'static str },
    #[error("{item} has no version {asked}: it has {version} event(s) so far")]
    NoSuchVersion {
        item: ItemRef,
        version: StreamVersion,
        asked: StreamVersion,
    },
    #[error("there was no item {item} yet at {at}")]
    NotYet { item: ItemRef, at: String },
    #[error("cannot use the value of --as-of, --from, --to, --since or --until")]
    Moment(#[from] InvalidMoment),
    #[error("the position or version is out of range")]
    Version(#[from] OutOfRange),
    #[error("cannot {action} this store: it is not a file")]
    StoreIsNoFile { action: &'static str },
    #[error("`annals {command}` works on files, and this store is on a server")]
    StoreIsOnServer { command: &'static str },
    #[error("--role needs a store on a server")]
    RoleWithoutServer,
    #[error(transparent)]
    Grant(#[from] GrantError),
    #[error("cannot create the folder {}", path.display())]
    Project { path: PathBuf, source: io::Error },
    #[error("{} cannot be used as the folder of a project: {reason}", path.display())]
    ProjectRefused { path: PathBuf, reason: String },
    #[error("no word to search for is given")]
    NoWords,
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    Prime(#[from] PrimeError),
    #[error(transparent)]
    Overview(#[from] OverviewError),
    #[error(transparent)]
    Moving(#[from] MovingError),
    #[error(transparent)]
    Views(#[from] ViewError),
    #[error("the rows of the read model {model} differ from the log")]
    ViewsDiffer { model: &'static str },
    #[error("there is a file at {}, so no folder can be created", path.display())]
    FileInTheWay { path: PathBuf },
    #[error("init has no --store")]
    InitHasNoStore,
    #[error("the cache directory of the user is unknown, so there is no place for a read model")]
    NoCache,
    #[error("the current directory is unknown")]
    NoDirectory,
    #[error("tour has no --format")]
    TourHasNoFormat,
    #[error(
        "events cannot be followed in TOON: a TOON table begins with its length, and the number of \
         future events is unknown"
    )]
    FollowInToon,
    #[error("the number and the version of the item alone need more than {budget} tokens")]
    BudgetTooSmall { budget: usize },
    #[error("cannot read {from}")]
    Unreadable { from: String, source: io::Error },
    #[error("no {what} is given")]
    NoText { what: &'static str },
    #[error("the {what} \"{quoted}\" was refused")]
    Text {
        what: &'static str,
        quoted: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the text has a description, and --description gives another one")]
    TwoDescriptions,
    #[error("cannot start the editor `{editor}`")]
    Editor { editor: String, source: io::Error },
    #[error("the editor `{editor}` ended with {status}, so nothing was changed")]
    EditorAborted { editor: String, status: ExitStatus },
    #[error("cannot write {}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("the name {:?} does not say whether it is JSON or TOON", path.display().to_string())]
    NoDirection { path: PathBuf },
    #[error("{from} is empty")]
    Empty { from: String },
    #[error("{from} is not valid {format}: {error}")]
    Malformed {
        from: String,
        format: &'static str,
        error: ParseError,
    },
    #[error("--negative-pattern and --edge-pattern need --junit")]
    PatternWithoutReport,
    #[error("{} was refused as {file}: {error}", path.display())]
    Evidence {
        file: Source,
        path: PathBuf,
        #[source]
        error: EvidenceError,
    },
    #[error("{from} cannot be written as TOON")]
    Unencodable { from: String, source: EncodeError },
    #[error(transparent)]
    Tracking(#[from] TrackingError),
    #[error(transparent)]
    NothingReady(#[from] NothingReady),
    #[error(transparent)]
    Lease(#[from] WorkerLeaseError),
    #[error(transparent)]
    Id(#[from] SnowflakeError),
    #[error(transparent)]
    Open(#[from] OpenStoreError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no backup was written")]
    Backup(#[from] BackupError),
    #[error("nothing was restored")]
    Restore(#[from] RestoreError),
    #[error("the command changes the store, and --read-only refuses that")]
    OnlyReads,
    #[error("the store at {place} is damaged: {problems} problem(s) found")]
    Damaged { place: StorePlace, problems: usize },
    #[error("cannot write the answer to standard output")]
    Output(#[from] io::Error),
    #[error("cannot listen on {address}")]
    Listen {
        address: std::net::SocketAddr,
        source: io::Error,
    },
    #[error("the client of `annals mcp` did not keep to the protocol")]
    Client(#[source] io::Error),
    #[error("the command is done, but its answer cannot be written to standard output")]
    Unreported { source: io::Error, left: Left },
    #[error("internal error; please report it")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The result of a command whose answer cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// A changed item.
    Item,
    /// The folder of a project.
    Folder,
    /// A store on a server, and the rights on it.
    Server,
    /// A backup.
    Backup,
    /// A restored store.
    Store,
    /// A log that was exported, imported, frozen or unfrozen.
    Log,
}

/// The number of characters that an error quotes of a text.
const MOST_QUOTED: usize = 80;

impl RunError {
    /// The error of opening the store at a place.
    pub(crate) fn opening(place: &StorePlace, error: OpenStoreError) -> Self {
        let obstacle = match (place, &error) {
            (
                StorePlace::File(path),
                OpenStoreError::File(OpenError::Unreachable { .. } | OpenError::Store(_)),
            ) => Obstacle::find(path).map(|source| (path.clone(), source)),
            _ => None,
        };
        match obstacle {
            Some((path, source)) => Self::Obstacle { path, source },
            None => Self::Open(error),
        }
    }

    /// The error of a query about the state at a moment. It names the time as it was understood.
    pub(crate) fn at_moment(error: TrackingError, moment: AsOf) -> Self {
        match (error, moment) {
            (TrackingError::NotYet { item }, AsOf::Time(at)) => Self::NotYet { item, at: time(at) },
            (other, _) => Self::Tracking(other),
        }
    }

    /// A text as errors quote it: its first 80 characters in one line, without hidden ones.
    pub(crate) fn quoted(text: &str) -> String {
        let mut quoted = printable(&password::hide(text))
            .replace('\n', "\\n")
            .replace('\t', "\\t");
        if let Some((end, _)) = quoted.char_indices().nth(MOST_QUOTED) {
            quoted.truncate(end);
            quoted.push('…');
        }
        quoted
    }

    /// The error of the answer to a command that has done its work.
    pub(crate) fn after_change(self, left: Left) -> Self {
        match self {
            Self::Output(source) => Self::Unreported { source, left },
            other => other,
        }
    }

    /// The exit code: 0 done, 2 wrong usage, 3 refused by a rule, 4 conflict, 5 the store failed.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            // The reader has closed the pipe because it needs no more, as `head` does.
            Self::Output(error) | Self::Unreported { source: error, .. }
                if error.kind() == io::ErrorKind::BrokenPipe =>
            {
                0
            }
            Self::Actor(_)
            | Self::Name(_)
            | Self::UnknownUser
            | Self::RelativeStore { .. }
            | Self::NotText { .. }
            | Self::NotOneLine { .. }
            | Self::Moment(_)
            | Self::Version(_)
            | Self::Address(_)
            | Self::StoreIsNoFile { .. }
            | Self::StoreIsOnServer { .. }
            | Self::RoleWithoutServer
            | Self::OnlyReads
            | Self::InitHasNoStore
            | Self::ProjectRefused { .. }
            | Self::FileInTheWay { .. }
            | Self::NoDirectory
            | Self::TourHasNoFormat
            | Self::FollowInToon
            | Self::BudgetTooSmall { .. }
            | Self::Unreadable { .. }
            | Self::NoText { .. }
            | Self::NoWords
            | Self::Text { .. }
            | Self::TwoDescriptions
            | Self::Editor { .. }
            | Self::EditorAborted { .. }
            | Self::Unwritable { .. }
            | Self::NoDirection { .. }
            | Self::Empty { .. }
            | Self::Malformed { .. }
            | Self::Unencodable { .. }
            | Self::Prime(_)
            | Self::PatternWithoutReport => USAGE,
            Self::Overview(OverviewError::NoSuchPosition { .. }) => 3,
            Self::Overview(_) => USAGE,
            Self::Command(error) => error.exit_code(),
            Self::Moving(error) => error.exit_code(),
            Self::Evidence { error, .. } if !error.is_refusal() => USAGE,
            Self::NoSuchVersion { .. }
            | Self::NotYet { .. }
            | Self::Evidence { .. }
            | Self::NothingReady(_) => 3,
            Self::Tracking(error) => match error.kind() {
                FailureKind::Refused | FailureKind::NotFound => 3,
                FailureKind::Conflict => 4,
                FailureKind::Storage => 5,
            },
            _ => 5,
        }
    }

    /// The `kind` field of the error for programs.
    fn kind(&self) -> &'static str {
        match self.exit_code() {
            USAGE => "usage",
            3 => "refused",
            4 => "conflict",
            _ => "store",
        }
    }

    /// The hindrances to completing an item.
    fn hindrances(&self) -> Vec<HindranceView> {
        match self {
            Self::Tracking(TrackingError::Refused(error)) => hindrance::of_refusal(error),
            _ => Vec::new(),
        }
    }

    /// The message for people, line by line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let hindrances = self.hindrances();
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
        if let Self::Command(error) = self {
            lines.extend(error.lines());
        }
        lines.extend(hindrances.into_iter().map(|one| format!("  - {one}")));
        lines
    }

    /// The error object for programs.
    pub(crate) fn object(&self) -> Value {
        let mut object = error_object(self.kind(), self.exit_code(), &with_causes(self));
        let error = &mut object["error"];
        self.add_details(error);
        if let Self::Command(command) = self {
            for (name, value) in command.fields() {
                error[name] = value;
            }
        }
        if let Some(hint) = self.hint() {
            error["hint"] = json!(hint);
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_not_a_failure() {
        let output = |kind| RunError::Output(io::Error::from(kind)).exit_code();
        assert_eq!(output(io::ErrorKind::BrokenPipe), 0);
        assert_eq!(output(io::ErrorKind::StorageFull), 5);
    }
}
