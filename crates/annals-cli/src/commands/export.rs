//! The command `export`: the log as lines of JSON.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use log_transfer::ExportRange;
use schemars::JsonSchema;
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::cli::Export;
use crate::moving::MovingError;
use crate::print::printable;
use crate::progress::Progress;
use crate::run_error::{Left, RunError};
use crate::session::Session;

/// The answer of `export` into a file.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ExportView<'a> {
    file: &'a str,
    events: u64,
    last_position: u64,
}

/// The beginning of the name of a file that is not whole yet.
const UNFINISHED: &str = ".annals-export-";

pub(crate) async fn run(arguments: Export, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let file = arguments.file.filter(|path| path.as_os_str() != "-");
    let mut new = match file {
        Some(_) if session.read_only => return Err(MovingError::ExportUnderReadOnly.into()),
        Some(path) => Some(NewFile::create(path)?),
        None => None,
    };
    let range = ExportRange {
        after: arguments.after.try_into()?,
        through: arguments.through.map(TryInto::try_into).transpose()?,
    };
    let events = Arc::clone(&session.store.events);
    let mut progress = Progress::begin("exporting", session.environment);
    let export = log_transfer::Export::begin(&*events, range).await;
    let mut export = export.map_err(MovingError::Export)?;
    while let Some(lines) = export.next_lines().await.map_err(MovingError::Export)? {
        match &mut new {
            Some(file) => file.write(&lines)?,
            None => session.environment.out.to.write_all(&lines)?,
        }
        let (done, total) = export.progress();
        progress.update(
            done.get() - range.after.get(),
            total.get() - range.after.get(),
        );
    }
    drop(progress);
    let Some(file) = new else {
        return Ok(());
    };
    let path = file.publish()?.display().to_string();
    let (count, last) = (export.events(), export.progress().1);
    let view = ExportView {
        file: &path,
        events: count,
        last_position: last.get(),
    };
    let written = session.answer(&view, || {
        printable(&format!(
            "exported {count} events up to position {last} to {path}"
        ))
    });
    written.map_err(|error| error.after_change(Left::Log))
}

/// A file that appears under its name once it is whole and durable.
struct NewFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl NewFile {
    fn create(path: PathBuf) -> Result<Self, MovingError> {
        if path.symlink_metadata().is_ok() {
            return Err(MovingError::ExportExists { path });
        }
        remove_left(folder_of(&path));
        loop {
            let mut builder = tempfile::Builder::new();
            match builder.prefix(UNFINISHED).tempfile_in(folder_of(&path)) {
                // Another export may have taken the new file for one that was left.
                Ok(file) if !is_own(&file) => {}
                Ok(file) => return Ok(Self { file, path }),
                Err(source) => return Err(MovingError::ExportFile { path, source }),
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), MovingError> {
        let path = &self.path;
        self.file
            .write_all(bytes)
            .map_err(|source| MovingError::ExportFile {
                path: path.clone(),
                source,
            })
    }

    fn publish(self) -> Result<PathBuf, MovingError> {
        let Self { file, path } = self;
        let published = file.as_file().sync_all().and_then(|()| {
            file.persist_noclobber(&path).map_err(|error| error.error)?;
            sync_folder(&path)
        });
        match published {
            Ok(()) => Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(MovingError::ExportExists { path })
            }
            Err(source) => Err(MovingError::ExportFile { path, source }),
        }
    }
}

/// Locks a new file until it is closed. Returns whether it is still there.
fn is_own(file: &NamedTempFile) -> bool {
    // Not every file system has locks. Without them no file counts as one that was left.
    !matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock)) && file.path().exists()
}

/// Removes the files of exports that were killed. The file of an export at work is locked.
fn remove_left(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with(UNFINISHED) {
            continue;
        }
        // Locked until it is removed.
        let file = File::open(entry.path());
        if file.as_ref().is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Makes the names in the folder of a file durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    // Not every system lets a program open a folder.
    match cfg!(unix) {
        true => File::open(folder_of(path))?.sync_all(),
        false => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let named = folder.filter(|folder| !folder.as_os_str().is_empty());
    named.unwrap_or_else(|| Path::new("."))
}
