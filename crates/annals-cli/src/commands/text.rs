//! The texts of commands: from arguments, files, standard input or an editor.

use std::error::Error;
use std::path::PathBuf;
use std::str::FromStr;

use work_item::{Description, Title};

use super::blocking_read::blocking_read;
use super::document::Document;
use crate::cli::{self, Add, Change, TextArgument};
use crate::editor::edit;
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
    let rest = rest.trim_start_matches('\n');
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

/// The text of a file or of standard input.
async fn input(
    file: Option<PathBuf>,
    environment: &mut Environment<'_>,
) -> Result<String, RunError> {
    let Document { from, bytes } = Document::read(file, environment).await?;
    of_bytes(&bytes, &from)
}

/// The text of a document, without the line break at its end. A carriage return before a line feed
/// is left out.
fn of_bytes(bytes: &[u8], from: &str) -> Result<String, RunError> {
    let text = transcode::text(bytes).map_err(|error| RunError::Malformed {
        from: from.to_owned(),
        format: "text",
        error,
    })?;
    let text = text.replace("\r\n", "\n");
    let end = text.strip_suffix('\n').map_or(text.len(), str::len);
    Ok(text[..end].to_owned())
}

/// Opens the editor of VISUAL or EDITOR with a text, and returns the text after its end.
async fn edited(
    what: &'static str,
    present: &str,
    environment: &mut Environment<'_>,
) -> Result<String, RunError> {
    let named = |name| (environment.variable)(name)?.into_string().ok();
    let mut commands = ["VISUAL", "EDITOR"].into_iter().filter_map(named);
    let command = commands.find(|command| !command.trim().is_empty());
    let (Some(command), Some(editor)) = (command, environment.editor) else {
        return Err(RunError::NoText { what });
    };
    let (present, name) = (present.to_owned(), command.clone());
    editor.begin();
    let edited = editor.end(blocking_read(move || edit(&name, &present)).await);
    let edited = edited.map_err(|source| RunError::Editor {
        editor: command.clone(),
        source,
    })?;
    if !edited.status.success() {
        return Err(RunError::EditorAborted {
            editor: command,
            status: edited.status,
        });
    }
    of_bytes(&edited.bytes, "the text of the editor")
}
