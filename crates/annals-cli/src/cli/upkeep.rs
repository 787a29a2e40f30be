//! The arguments of the commands that copy a store or move its log.

use std::path::{Path, PathBuf};

use clap::Args;
use persistence_postgres::{ConnectError, PostgresStore};
use shared_kernel::store::Destination;

use super::text::{is_address, path, place, whole_number};

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The new file; it must not exist yet
    #[arg(value_parser = path())]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup; it stays as it is
    #[arg(value_parser = path())]
    pub(crate) backup: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The new file; `-` and no FILE write to standard output
    #[arg(value_parser = path())]
    pub(crate) file: Option<PathBuf>,
    /// Only events after this position: the rest after an earlier export
    #[arg(long, value_name = "POSITION", default_value_t = 0, value_parser = whole_number::<u64>, allow_negative_numbers = true)]
    pub(crate) after: u64,
    /// Only events up to this position [default: the end of the log when the command begins]
    #[arg(long, value_name = "POSITION", value_parser = whole_number::<u64>, allow_negative_numbers = true)]
    pub(crate) through: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The export, or the JSONL of Beads; `-` reads standard input. With --merge also a store: a
    /// file, or the address of a database
    #[arg(value_parser = place())]
    pub(crate) file: PathBuf,
    /// Read the issues of Beads (the file .beads/issues.jsonl): they keep their ids as aliases.
    /// A repetition imports only new issues
    #[arg(long)]
    pub(crate) beads: bool,
    /// Merge a store that grew on another branch, or its whole export. Items that only one side
    /// changed are taken; new ones get the next numbers, and keep the old ones as aliases
    #[arg(long, conflicts_with = "beads")]
    pub(crate) merge: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Freeze {
    /// The new store, a path or an address; each refused command names it
    #[arg(long, value_name = "PLACE", value_parser = destination)]
    pub(crate) to: Destination,
}

#[derive(Debug, Args)]
pub(crate) struct Unfreeze {
    /// Do not look whether the new store has newer events
    #[arg(long)]
    pub(crate) unchecked: bool,
}

/// A destination. It is stored, and shown to all users, so it must have no password.
fn destination(text: &str) -> Result<Destination, String> {
    let authority = text.split_once("://").map(|(_, rest)| rest);
    let user = authority.and_then(|rest| rest.split('/').next()?.rsplit_once('@'));
    let has_password = user.is_some_and(|(user, _)| user.contains(':'));
    if has_password || (authority.is_some() && text.contains("password=")) {
        return Err("it must not have a password, because refused commands show it".to_owned());
    }
    if is_address(Path::new(text)) {
        PostgresStore::location_of(text).map_err(with_source)?;
    }
    Destination::new(text).map_err(|error| error.to_string())
}

fn with_source(error: ConnectError) -> String {
    match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_with_a_password_is_refused() {
        for text in [
            "postgres://ada:s3cret@db.example/work",
            "postgres://ada:@db.example/work",
            "postgres://db.example/work?user=ada&password=s3cret",
        ] {
            let refused = destination(text).unwrap_err();
            assert!(refused.contains("password") && !refused.contains("s3cret"));
        }
        for text in [
            "postgres://ada@db.example:5432/work",
            "postgres:///work?host=/run/a:b@c",
            "/srv/work:1@home/work.annals",
            "work.annals",
        ] {
            assert_eq!(destination(text).unwrap().as_str(), text);
        }
        assert!(destination("").is_err() && destination("a\nb").is_err());
    }
}
