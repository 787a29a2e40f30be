//! The texts of commands: from arguments, files, standard input or an editor.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::sync::atomic::Ordering;

use work_item::{Description, Title};

use super::blocking_read::blocking_read;
use super::document::Document;
use crate::cli::{self, Add, Change, TextArgument};
use crate::environment::Environment;
use crate::run_error::RunError;
use crate::transcode;

/// The text of an argument; `what` is its name for errors.
pub(super) async fn of_argument<T>(
    argument: TextArgument<T>,
    what: &'static str,
    environment: &mut Environment<'_>,
) -> Result<T, RunError>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    match argument {
        TextArgument::Given(text) => Ok(text),
        TextArgument::Input => parsed(&input(None, environment).await?, what),
    }
}

/// The text of an argument, of a file, or from the editor, which begins with the text `present`.
pub(super) async fn of_source<T>(
    argument: Option<TextArgument<T>>,
    file: Option<PathBuf>,
    what: &'static str,
    present: &str,
    environment: &mut Environment<'_>,
) -> Result<T, RunError>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    match (argument, file) {
        (Some(argument), _) => of_argument(argument, what, environment).await,
        (None, Some(file)) => parsed(&input(Some(file), environment).await?, what),
        (None, None) => parsed(&edited(what, present, environment).await?, what),
    }
}

/// Reads the texts of a new item before a store is created for it.
pub(crate) async fn settle(
    command: &mut cli::Command,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    if let cli::Command::Change(Change::Add(add)) = command {
        let (title, description) = of_new_item(add, environment).await?;
        add.title = Some(TextArgument::Given(title));
        add.description = description.map(TextArgument::Given);
    }
    Ok(())
}

/// The title and the description of a new item. In a text without arguments, the first line is the
/// title, and the other lines are the description.
pub(super) async fn of_new_item(
    arguments: &mut Add,
    environment: &mut Environment<'_>,
) -> Result<(Title, Option<Description>), RunError> {
    let description = arguments.description.take();
    let text = match (arguments.title.take(), arguments.text.file.take()) {
        (Some(TextArgument::Given(title)), _) => {
            let description = match description {
                Some(argument) => Some(of_argument(argument, "description", environment).await?),
                None => None,
            };
            return Ok((title, description));
        }
        (Some(TextArgument::Input), _) => input(None, environment).await?,
        (None, Some(file)) => input(Some(file), environment).await?,
        (None, None) => edited("title", "", environment).await?,
    };
    let text = text.trim();
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let title = parsed(title, "title")?;
    let rest = rest.trim_start_matches(['\r', '\n']);
    let description = match (description, rest) {
        (None, "") => None,
        (None, rest) => Some(parsed(rest, "description")?),
        (Some(TextArgument::Given(description)), "") => Some(description),
        (Some(_), _) => return Err(RunError::TwoDescriptions),
    };
    Ok((title, description))
}

fn parsed<T>(text: &str, what: &'static str) -> Result<T, RunError>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    text.parse().map_err(|source| RunError::Text {
        what,
        quoted: RunError::quoted(text),
        source: Box::new(source),
    })
}

/// The text of a file or of standard input, without the line break at its end.
async fn input(
    file: Option<PathBuf>,
    environment: &mut Environment<'_>,
) -> Result<String, RunError> {
    let Document { from, bytes } = Document::read(file, environment).await?;
    let text = transcode::text(&bytes).map_err(|error| RunError::Malformed {
        from,
        format: "text",
        error,
    })?;
    Ok(without_last_break(text).to_owned())
}

fn without_last_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// Opens the editor of VISUAL or EDITOR with a text, and returns the text after its end.
async fn edited(
    what: &'static str,
    present: &str,
    environment: &mut Environment<'_>,
) -> Result<String, RunError> {
    let named = |name| (environment.variable)(name)?.into_string().ok();
    let mut editors = ["VISUAL", "EDITOR"].into_iter().filter_map(named);
    let editor = editors.find(|editor| !editor.trim().is_empty());
    let (Some(editor), Some(is_editing)) = (editor, environment.is_editing) else {
        return Err(RunError::NoText { what });
    };
    let present = present.to_owned();
    let name = editor.clone();
    is_editing.store(true, Ordering::Relaxed);
    let edited = blocking_read(move || edit(&name, &present)).await;
    is_editing.store(false, Ordering::Relaxed);
    let bytes = edited.map_err(|source| RunError::Editor { editor, source })?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(without_last_break(&text).to_owned())
}

fn edit(editor: &str, present: &str) -> io::Result<Vec<u8>> {
    let mut file = tempfile::Builder::new().suffix(".txt").tempfile()?;
    file.write_all(present.as_bytes())?;
    let status = command(editor, file.path()).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("it ended with {status}")));
    }
    std::fs::read(file.path())
}

/// The editor's command, which may have arguments: `code --wait`.
fn command(editor: &str, file: &Path) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).arg(file);
    command
}
