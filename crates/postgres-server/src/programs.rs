//! The programs of PostgreSQL, and the user that runs them.

use std::io;
use std::path::PathBuf;

use crate::StartError;

pub(crate) fn contents(mut file: std::fs::File) -> io::Result<Vec<u8>> {
    use std::io::{Read, Seek};

    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The folder with the programs of the newest PostgreSQL.
#[expect(
    clippy::disallowed_methods,
    reason = "the programs are found as a shell finds them"
)]
pub(crate) fn programs() -> Option<PathBuf> {
    let has_all = |folder: &PathBuf| {
        let names = ["initdb", "pg_ctl", "postgres", "psql"];
        names.iter().all(|name| folder.join(name).is_file())
    };
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| has_all(&folder.join("bin")))
        .max_by_key(number);
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest
        .map(|folder| folder.join("bin"))
        .or_else(|| std::env::split_paths(&path).find(has_all))
}

/// The user and the group of `postgres` if this process is root.
pub(crate) fn owner() -> Result<Option<(u32, u32)>, StartError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users
        .lines()
        .find_map(|line| line.strip_prefix("postgres:"));
    let mut fields = line.unwrap_or_default().split(':').skip(1);
    let mut number = || fields.next()?.parse().ok();
    match (number(), number()) {
        (Some(user), Some(group)) => Ok(Some((user, group))),
        _ => Err(StartError::NotInstalled),
    }
}
