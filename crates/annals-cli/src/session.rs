//! A session: an open store, the acting user, and the output format.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use serialization::toon;
use shared_kernel::repository::AsOf;
use shared_kernel::{Actor, Metadata};
use work_item::Participant;
use work_tracking::WorkTracker;

use crate::actor::{ActorArgument, acting};
use crate::cli::{Format, Global};
use crate::composition;
use crate::environment::{Environment, OpenedStore, Purpose};
use crate::hidden;
use crate::moment::Moment;
use crate::place::{StorePlace, store_place};
use crate::print::{indented, time};
use crate::run_error::RunError;

/// The context of one command on an open store.
pub(crate) struct Session<'s, 'a> {
    pub(crate) place: StorePlace,
    /// Whether this session creates the store: it may, and the store has no event yet.
    pub(crate) is_new: bool,
    pub(crate) store: OpenedStore,
    pub(crate) tracker: WorkTracker,
    /// The actor; `None` in a session that only reads.
    actor: Option<Actor>,
    /// The option `--actor`.
    named: Option<ActorArgument>,
    pub(crate) format: Format,
    /// Whether no file may be created or changed.
    pub(crate) read_only: bool,
    pub(crate) environment: &'s mut Environment<'a>,
}

impl<'s, 'a> Session<'s, 'a> {
    /// Opens the store at its [place](store_path).
    pub(crate) async fn open(
        global: &Global,
        purpose: Purpose,
        environment: &'s mut Environment<'a>,
    ) -> Result<Self, RunError> {
        if global.read_only && purpose != Purpose::Read {
            return Err(RunError::OnlyReads);
        }
        let place = store_place(global.store.as_deref(), environment)?;
        if purpose == Purpose::Create {
            create_default_folder(&place, environment)?;
        }
        Self::open_at(place, global, purpose, environment).await
    }

    pub(crate) async fn open_at(
        place: StorePlace,
        global: &Global,
        purpose: Purpose,
        environment: &'s mut Environment<'a>,
    ) -> Result<Self, RunError> {
        // An invalid actor is refused before a store is created.
        let (argument, user) = (global.actor.as_ref(), environment.user);
        let actor = match purpose {
            Purpose::Create | Purpose::Change => {
                Some(acting(argument, environment.variable, user)?)
            }
            Purpose::Read => None,
        };
        let clock = Arc::clone(&environment.clock);
        let opened = environment.stores.open(&place, purpose, clock).await;
        let store = opened.map_err(|error| RunError::opening(&place, error))?;
        let store = store.ok_or_else(|| RunError::NoStore {
            place: absolute(&place, environment),
            is_named: global.store.is_some(),
        })?;
        let is_new = purpose == Purpose::Create && store.events.head().await?.is_none();
        let tracker = composition::tracker(&store, &environment.clock)?;
        let format = global.format;
        Ok(Self {
            place,
            is_new,
            store,
            tracker,
            actor,
            named: global.actor.clone(),
            format,
            read_only: global.read_only,
            environment,
        })
    }

    /// Closes the store, so that its file is complete when the run ends.
    pub(crate) async fn close(self) {
        self.store.close().await;
    }

    /// The absolute path of the store, or its address.
    pub(crate) fn absolute_place(&self) -> String {
        absolute(&self.place, self.environment).to_string()
    }

    /// The moment that the user asked for. A note says so if it is in the future.
    pub(crate) fn resolve(&mut self, moment: Moment) -> Result<AsOf, RunError> {
        let now = self.environment.clock.now();
        let resolved = moment.resolve(now)?;
        if let AsOf::Time(at) = resolved
            && moment.is_future(now)
        {
            let at = time(at);
            let text = format!("{at} is in the future; the answer is about now");
            note(self.environment, self.format, &text);
        }
        Ok(resolved)
    }

    /// The metadata of every event of this session: the actor.
    pub(crate) fn metadata(&self) -> Metadata {
        let metadata = Metadata::new();
        match &self.actor {
            Some(actor) => metadata.with_actor(actor.clone()),
            None => metadata,
        }
    }

    /// The actor for whom items are ready; `None` if it is unknown, in a session that only reads.
    pub(crate) fn asker(&self) -> Result<Option<Participant>, RunError> {
        let environment = &self.environment;
        match acting(self.named.as_ref(), environment.variable, environment.user) {
            Ok(actor) => Ok(Some(actor.into())),
            Err(RunError::UnknownUser) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes an answer in the chosen format: `view` as JSON or TOON, or the text of `people`.
    pub(crate) fn answer<T: Display>(
        &mut self,
        view: &impl Serialize,
        people: impl FnOnce() -> T,
    ) -> Result<(), RunError> {
        answer(self.environment, self.format, view, people)
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

/// The place with a path from the current directory.
fn absolute(place: &StorePlace, environment: &Environment<'_>) -> StorePlace {
    match (place, &environment.folder) {
        (StorePlace::File(path), Some(folder)) => StorePlace::File(folder.join(path)),
        _ => place.clone(),
    }
}

/// Writes an answer in a format: `view` as JSON or TOON, or the text of `people`.
pub(crate) fn answer<T: Display>(
    environment: &mut Environment<'_>,
    format: Format,
    view: &impl Serialize,
    people: impl FnOnce() -> T,
) -> Result<(), RunError> {
    match format {
        Format::Human => environment.out.tell(&format!("{}\n", people()))?,
        Format::Json => {
            let text = serde_json::to_string_pretty(view).map_err(std::io::Error::from)?;
            writeln!(environment.out.to, "{}", hidden::escape_json(&text))?;
        }
        Format::Toon => {
            let text = as_toon(view)?;
            writeln!(environment.out.to, "{}", hidden::escape_toon(&text))?;
        }
    }
    Ok(())
}

/// Writes a note to standard error. If this write fails, the answer is still right.
pub(crate) fn note(environment: &mut Environment<'_>, format: Format, text: &str) {
    let note = json!({ "note": text });
    let _ = match (format, toon::to_string(&note)) {
        (Format::Human, _) => {
            let text = indented(&format!("note: {text}"), 0, environment.width);
            environment.err.tell(&(text + "\n"))
        }
        (Format::Toon, Ok(toon)) => writeln!(environment.err.to, "{}", hidden::escape_toon(&toon)),
        _ => writeln!(
            environment.err.to,
            "{}",
            hidden::escape_json(&note.to_string())
        ),
    };
}

/// An answer as a TOON document. It fails only for a key that is no text or occurs twice, and the
/// answers of the program have no such keys.
fn as_toon(view: &impl Serialize) -> Result<String, RunError> {
    toon::to_string(view).map_err(|error| RunError::Internal(error.into()))
}

/// Creates the folder of the default store.
pub(crate) fn create_default_folder(
    place: &StorePlace,
    environment: &Environment<'_>,
) -> Result<(), RunError> {
    let Some(folder) = place.file().and_then(Path::parent) else {
        return Ok(());
    };
    if environment.default_store.as_deref() != place.file() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(|source| RunError::Folder {
        path: folder.to_owned(),
        source,
    })
}
