//! The errors of `board` and `stats`.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// The reason why a board or statistics were refused.
#[derive(Debug, Error)]
pub(crate) enum OverviewError {
    #[error(
        "a board cannot be watched in TOON: a TOON document has one board, and the number of \
         future boards is unknown"
    )]
    WatchInToon,
    #[error("the log has no position {asked}: it has {head} event(s) so far")]
    NoSuchPosition { asked: u64, head: u64 },
    #[error("the period ends before it begins: it begins at {since} and ends at {until}")]
    EndsFirst { since: String, until: String },
    #[error("there are more than {most} periods from {since} to {until}")]
    TooManyPeriods {
        most: usize,
        since: String,
        until: String,
    },
    #[error("there is a file at {} already", path.display())]
    PictureExists { path: PathBuf },
    #[error("cannot write the picture {}", path.display())]
    Picture { path: PathBuf, source: io::Error },
    #[error("--plot writes a file, and --read-only refuses that")]
    PictureUnderReadOnly,
}

impl OverviewError {
    /// The next step.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::WatchInToon => "use --format json: one line for each board",
            Self::NoSuchPosition { .. } => {
                "`annals events` shows the positions; leave --as-of away for the present"
            }
            Self::EndsFirst { .. } => {
                "give --since a time before the end; without --until, it ends with the present day or \
                 week"
            }
            Self::TooManyPeriods { .. } => "use --by week, or a later --since",
            Self::PictureExists { .. } => "choose another name for --plot",
            Self::Picture { .. } => {
                "name a new file in an existing directory with enough free space"
            }
            Self::PictureUnderReadOnly => "leave --plot or --read-only away",
        }
    }
}
