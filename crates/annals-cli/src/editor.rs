//! The editor of the user, and the text that was written in it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The editor of a run of the program.
#[derive(Debug, Default)]
pub struct Editor {
    is_open: AtomicBool,
    /// The file with a new text, until the run ends.
    draft: Mutex<Option<PathBuf>>,
}

/// The text that an editor left.
#[derive(Debug)]
pub(crate) struct Edited {
    pub(crate) status: ExitStatus,
    pub(crate) bytes: Vec<u8>,
    /// The file with the text, if it is a new text.
    draft: Option<PathBuf>,
}

impl Editor {
    /// An editor that is not open.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            is_open: AtomicBool::new(false),
            draft: Mutex::new(None),
        }
    }

    /// Whether the editor is open now: Ctrl-C is meant for it then.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// Marks the editor as open.
    pub(crate) fn begin(&self) {
        self.is_open.store(true, Ordering::Relaxed);
    }

    /// Marks the editor as closed, and remembers the file with its text.
    pub(crate) fn end(&self, edited: io::Result<Edited>) -> io::Result<Edited> {
        self.is_open.store(false, Ordering::Relaxed);
        let edited = edited?;
        let mut draft = self.draft.lock().unwrap_or_else(PoisonError::into_inner);
        draft.clone_from(&edited.draft);
        Ok(edited)
    }

    /// Forgets the file with the text, and returns it.
    pub(crate) fn take_draft(&self) -> Option<PathBuf> {
        let mut draft = self.draft.lock().unwrap_or_else(PoisonError::into_inner);
        draft.take()
    }
}

/// Opens an editor on a file with the text `present`, and waits until it ends. The file stays if
/// the editor left a new text in it.
pub(crate) fn edit(editor: &str, present: &str) -> io::Result<Edited> {
    let mut builder = tempfile::Builder::new();
    let mut file = builder.prefix("annals-").suffix(".txt").tempfile()?;
    file.write_all(present.as_bytes())?;
    let status = command(editor, file.path()).status()?;
    let bytes = std::fs::read(file.path())?;
    let is_new = !bytes.trim_ascii().is_empty() && bytes != present.as_bytes();
    let draft = match is_new {
        true => Some(file.into_temp_path().keep()?),
        false => None,
    };
    Ok(Edited {
        status,
        bytes,
        draft,
    })
}

/// The editor's command, which may have arguments: `code --wait`.
fn command(editor: &str, file: &Path) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).arg(file);
    command
}
