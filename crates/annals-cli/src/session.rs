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
use crate::answer::{Form, as_table};
use crate::cli::{Format, Global, Rows};
use crate::composition;
use crate::environment::{Environment, OpenedStore, Purpose};
use crate::hidden;
use crate::moment::Moment;
use crate::node::Node;
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
    /// The actor; `None` in a session that only reads, and shows no effect of a change.
    actor: Option<Actor>,
    /// The option `--actor`.
    named: Option<ActorArgument>,
    pub(crate) format: Format,
    /// Whether answers leave out nulls and empty lists.
    omits_empty: bool,
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
            omits_empty: global.omit_empty,
            read_only: global.read_only,
            environment,
        })
    }

    /// Lets the user act in a session that only reads, for events that are never written.
    pub(crate) fn act(&mut self, global: &Global) -> Result<(), RunError> {
        let (argument, environment) = (global.actor.as_ref(), &self.environment);
        self.actor = Some(acting(argument, environment.variable, environment.user)?);
        Ok(())
    }

    /// Closes the store, so that its file is complete when the run ends.
    pub(crate) async fn close(self) {
        self.environment.stores.close(&self.store).await;
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
        match self.format {
            Format::Human => self.tell(people()),
            _ => self.write(self.form().text(view)?),
        }
    }

    /// Writes an answer in which the objects at a path have only these fields in TOON.
    pub(crate) fn answer_in_short<T: Display>(
        &mut self,
        view: &impl Serialize,
        path: &[&str],
        fields: &[&str],
        people: impl FnOnce() -> T,
    ) -> Result<(), RunError> {
        match self.format {
            Format::Toon => {
                let text = self
                    .form()
                    .edited(view, |node| node.keep_below(path, fields));
                self.write(text?)
            }
            _ => self.answer(view, people),
        }
    }

    /// Writes the rows of a list, with the fields that the user chose from `all`. Without a choice,
    /// TOON has the fields `defaults`, JSON has all, and people get their own text.
    pub(crate) fn answer_rows<T: Display>(
        &mut self,
        views: &[impl Serialize],
        rows: &Rows,
        (all, defaults): (&[&'static str], &[&'static str]),
        people: impl FnOnce() -> T,
    ) -> Result<(), RunError> {
        let chosen = rows.fields(all, defaults, self.format);
        let fields = chosen.as_deref().unwrap_or(all);
        match (self.format, rows) {
            (Format::Human, Rows::Fields(chosen)) if chosen.is_empty() => self.tell(people()),
            (Format::Human, Rows::Ids) if views.is_empty() => Ok(()),
            (Format::Human, Rows::Ids) => self.tell(numbers(views)?.join("\n")),
            (Format::Human, Rows::Fields(_)) => {
                self.tell(as_table(views, fields, self.environment.width)?)
            }
            (_, Rows::Ids) => self.write(self.form().text(&numbers(views)?)?),
            (_, Rows::Fields(_)) => self.write(self.form().rows(views, fields)?),
        }
    }

    /// Writes one JSON line.
    pub(crate) fn write_json_line(&mut self, answer: &impl Serialize) -> Result<(), RunError> {
        let form = Form {
            is_on_terminal: false,
            ..self.form()
        };
        self.write(form.text(answer)?)
    }

    fn form(&self) -> Form {
        form(self.format, self.omits_empty, self.environment)
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

/// Writes an answer without a session: `view` as JSON or TOON, or the text of `people`.
pub(crate) fn answer<T: Display>(
    environment: &mut Environment<'_>,
    global: &Global,
    view: &impl Serialize,
    people: impl FnOnce() -> T,
) -> Result<(), RunError> {
    match global.format {
        Format::Human => environment.out.tell(&format!("{}\n", people()))?,
        format => {
            let text = form(format, global.omit_empty, environment).text(view)?;
            writeln!(environment.out.to, "{text}")?;
        }
    }
    Ok(())
}

fn form(format: Format, omits_empty: bool, environment: &Environment<'_>) -> Form {
    Form {
        format,
        omits_empty,
        is_on_terminal: environment.width.is_some(),
    }
}

/// The numbers of the items in rows.
fn numbers(views: &[impl Serialize]) -> Result<Vec<String>, RunError> {
    let json = serde_json::to_string(views).map_err(std::io::Error::from)?;
    let node = Node::of(&json).map_err(std::io::Error::from)?;
    let rows = node.elements().iter();
    Ok(rows.map(|row| row.text_of("number")).collect())
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
