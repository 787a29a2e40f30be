//! A session: an open store, the acting user, and the output format.

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serialization::toon;
use shared_kernel::{Actor, Metadata};
use work_tracking::WorkTracker;

use crate::actor::acting;
use crate::cli::{Format, Global};
use crate::composition;
use crate::environment::{Environment, Missing, OpenedStore};
use crate::hidden;
use crate::run_error::RunError;

/// The context of one command on an open store.
pub(crate) struct Session<'s, 'a> {
    pub(crate) path: PathBuf,
    pub(crate) store: OpenedStore,
    pub(crate) tracker: WorkTracker,
    pub(crate) actor: Actor,
    pub(crate) format: Format,
    pub(crate) environment: &'s mut Environment<'a>,
}

impl<'s, 'a> Session<'s, 'a> {
    /// Opens the store at `--store`, `ANNALS_STORE` or the default path. Creates it if there is
    /// none and `make` is true.
    pub(crate) async fn open(
        global: &Global,
        make: bool,
        environment: &'s mut Environment<'a>,
    ) -> Result<Self, RunError> {
        let path = store_path(global, make, environment)?;
        Self::open_at(path, global, make, environment).await
    }

    pub(crate) async fn open_at(
        path: PathBuf,
        global: &Global,
        make: bool,
        environment: &'s mut Environment<'a>,
    ) -> Result<Self, RunError> {
        let actor = acting(global.actor.as_ref(), environment.variable)?;
        let missing = if make {
            Missing::Create
        } else {
            Missing::Refuse
        };
        let clock = Arc::clone(&environment.clock);
        let opened = environment.stores.open(&path, missing, clock).await;
        let store = opened.map_err(|error| RunError::opening(&path, error))?;
        let store = store.ok_or_else(|| RunError::NoStore { path: path.clone() })?;
        let tracker = composition::tracker(&store, &environment.clock)?;
        let format = global.format;
        Ok(Self {
            path,
            store,
            tracker,
            actor,
            format,
            environment,
        })
    }

    /// Closes the store, so that its file is complete when the run ends.
    pub(crate) async fn close(self) {
        if let Some(file) = &self.store.file {
            file.close().await;
        }
    }

    /// The metadata of every event of this session: the actor.
    pub(crate) fn metadata(&self) -> Metadata {
        Metadata::new().with_actor(self.actor.clone())
    }

    /// Writes an answer in the chosen format: `view` as JSON or TOON, or the text of `people`.
    pub(crate) fn answer<T: Display>(
        &mut self,
        view: &impl Serialize,
        people: impl FnOnce() -> T,
    ) -> Result<(), RunError> {
        match self.format {
            Format::Human => self.tell(people()),
            Format::Json => {
                let text = serde_json::to_string_pretty(view).map_err(std::io::Error::from)?;
                self.write(hidden::escape_json(&text))
            }
            Format::Toon => self.write_toon(&as_toon(view)?),
        }
    }

    /// Writes one JSON line.
    pub(crate) fn write_json_line(&mut self, answer: &impl Serialize) -> Result<(), RunError> {
        let text = serde_json::to_string(answer).map_err(std::io::Error::from)?;
        self.write(hidden::escape_json(&text))
    }

    /// Writes a TOON document.
    pub(crate) fn write_toon(&mut self, document: &str) -> Result<(), RunError> {
        self.write(hidden::escape_toon(document))
    }

    /// Writes text for programs, unchanged.
    fn write(&mut self, text: impl Display) -> Result<(), RunError> {
        Ok(writeln!(self.environment.out.to, "{text}")?)
    }

    /// Writes text for people.
    pub(crate) fn tell(&mut self, text: impl Display) -> Result<(), RunError> {
        Ok(self.environment.out.tell(&format!("{text}\n"))?)
    }
}

/// An answer as a TOON document. It fails only for a key that is no text or occurs twice, and the
/// answers of the program have no such keys.
fn as_toon(view: &impl Serialize) -> Result<String, RunError> {
    toon::to_string(view).map_err(|error| RunError::Internal(error.into()))
}

fn store_path(
    global: &Global,
    make: bool,
    environment: &Environment<'_>,
) -> Result<PathBuf, RunError> {
    let named = global.store.clone().or_else(|| {
        let variable = (environment.variable)("ANNALS_STORE");
        variable.filter(|path| !path.is_empty()).map(PathBuf::from)
    });
    if let Some(path) = named {
        return Ok(path);
    }
    let path = environment
        .default_store
        .clone()
        .ok_or(RunError::NoDefaultStore)?;
    if make && let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| RunError::Folder {
            path: folder.to_owned(),
            source,
        })?;
    }
    Ok(path)
}
