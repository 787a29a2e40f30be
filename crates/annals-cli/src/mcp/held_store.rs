//! One open store on which the commands of a server run, in this process.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::{BoxFuture, pending};
use mcp_server::{Answer, Program};
use serde_json::{Deserializer, Value, json};
use shared_kernel::GlobalPosition;
use shared_kernel::time::Clock;
use tokio::sync::Mutex;
use work_item::{Participant, Status};
use work_tracking::{CommandContext, ItemFilter, ListQuery};

use crate::cli::{Format, Global};
use crate::commands::list;
use crate::environment::{Environment, OpenStore, OpenStoreError, OpenedStore, Outlet, Purpose};
use crate::hidden;
use crate::place::StorePlace;
use crate::run::run;
use crate::run_error::{RunError, USAGE, error_object};
use crate::session::Session;
use crate::wording;

/// The options whose values are paths of files.
const FILES: [&str; 2] = ["--lcov", "--junit"];

/// A store that is open for the time of a server, and the actor of its commands.
pub(super) struct HeldStore {
    store: OpenedStore,
    /// The place of the store, with the password of a server.
    place: OsString,
    /// The actor, such as `agent:one`.
    actor: OsString,
    global: Global,
    /// Held by the command that runs.
    turn: Mutex<()>,
    folder: Option<PathBuf>,
    cache: Option<PathBuf>,
    clock: Arc<dyn Clock>,
}

impl HeldStore {
    pub(super) fn of(session: &Session<'_, '_>) -> Self {
        let environment = &session.environment;
        let place = match &session.place {
            StorePlace::File(path) => match &environment.folder {
                Some(folder) => folder.join(path).into_os_string(),
                None => path.clone().into_os_string(),
            },
            StorePlace::Server(address) => address.with_password().into(),
        };
        let actor = session.metadata().actor;
        let actor = actor.as_ref().map(wording::actor).unwrap_or_default();
        Self {
            store: session.store.clone(),
            global: Global {
                store: Some(place.clone().into()),
                read_only: session.read_only,
                format: Format::Json,
                actor: actor.parse().ok(),
                omit_empty: true,
            },
            turn: Mutex::new(()),
            place,
            actor: actor.into(),
            folder: environment.folder.clone(),
            cache: environment.cache.clone(),
            clock: Arc::clone(&environment.clock),
        }
    }

    /// The environment of a command: without input, variables and terminal.
    fn environment<'a>(&'a self, out: &'a mut Vec<u8>, err: &'a mut Vec<u8>) -> Environment<'a> {
        let shows_colours = false;
        Environment {
            input: Box::new(std::io::empty()),
            out: Outlet {
                to: out,
                shows_colours,
            },
            err: Outlet {
                to: err,
                shows_colours,
            },
            reader_gone: &never,
            variable: &no_variable,
            folder: self.folder.clone(),
            default_store: None,
            cache: self.cache.clone(),
            user: &no_user,
            width: None,
            editor: None,
            draws_progress: false,
            clock: Arc::clone(&self.clock),
            stores: self,
        }
    }

    /// The words of a command line: the global options stand behind the name of the command.
    fn command_line(&self, words: Vec<String>) -> Vec<OsString> {
        let with = |option: &str, value: &OsString| {
            let mut word = OsString::from(option);
            word.push(value);
            word
        };
        let mut words = words.into_iter().map(OsString::from);
        let mut line = vec![OsString::from("annals")];
        line.extend(words.next());
        line.extend(["--format=json", "--omit-empty"].map(OsString::from));
        line.push(with("--store=", &self.place));
        line.push(with("--actor=", &self.actor));
        if self.global.read_only {
            line.push("--read-only".into());
        }
        line.extend(words);
        line
    }

    /// The first path of the words that leads out of the folder in which the server was started.
    /// A model may name the results of the project's tests, and no other file.
    fn outside<'w>(&self, words: &'w [String]) -> Option<&'w str> {
        let options = words.iter().take_while(|word| *word != "--");
        let paths = options.filter_map(|word| {
            let (option, path) = word.split_once('=')?;
            FILES.contains(&option).then_some(path)
        });
        let mut paths = paths.filter(|path| !self.is_inside(Path::new(path)));
        paths.next()
    }

    fn is_inside(&self, path: &Path) -> bool {
        let folder = self.folder.as_ref().and_then(|it| it.canonicalize().ok());
        let Some(folder) = folder else { return false };
        let whole = folder.join(path);
        match whole.canonicalize() {
            Ok(whole) => whole.starts_with(&folder),
            // The command says why it cannot be read.
            Err(_) => {
                let leads_up = whole.components().any(|part| part == Component::ParentDir);
                whole.starts_with(&folder) && !leads_up
            }
        }
    }

    /// Renews the claims of the actor on open items.
    async fn renew(&self, session: &mut Session<'_, '_>) -> Result<(), RunError> {
        let metadata = session.metadata();
        let filter = ItemFilter {
            assignees: metadata
                .actor
                .clone()
                .into_iter()
                .map(Participant::from)
                .collect(),
            statuses: Status::ALL
                .iter()
                .copied()
                .filter(|status| status.is_open())
                .collect(),
            ..ItemFilter::new()
        };
        let held = list::all_of(&ListQuery::from(&filter), session).await?;
        let context = CommandContext::from(metadata);
        for tracked in &held {
            session.tracker.renew(&tracked.item, None, &context).await;
        }
        Ok(())
    }
}

#[async_trait]
impl Program for HeldStore {
    async fn run(&self, words: Vec<String>) -> Answer {
        if let Some(path) = self.outside(&words) {
            let message = format!(
                "{} is not in the folder of the server",
                RunError::quoted(path)
            );
            let mut error = error_object("usage", USAGE, &message);
            error["error"]["hint"] = json!("name a file of the project");
            let values = vec![error];
            return Answer {
                code: USAGE,
                values,
            };
        }
        // Commands of one process that wait for each other are faster than conflicts.
        let _turn = self.turn.lock().await;
        let line = self.command_line(words);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(line, self.environment(&mut out, &mut err)).await;
        let values = match code {
            0 => values(&out),
            _ => with_notes(values(&err)).into_iter().collect(),
        };
        Answer { code, values }
    }

    async fn wait_past(&self, position: u64) -> Option<u64> {
        let position = GlobalPosition::new(position).ok()?;
        let head = self.store.events.wait_past(position).await.ok()?;
        Some(head.get())
    }

    async fn renew_claims(&self) {
        if self.global.read_only {
            return;
        }
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut environment = self.environment(&mut out, &mut err);
        let opened = Session::open(&self.global, Purpose::Change, &mut environment).await;
        if let Ok(mut session) = opened {
            // A claim that is not renewed ends earlier.
            let _ = self.renew(&mut session).await;
        }
    }
}

#[async_trait]
impl OpenStore for HeldStore {
    async fn open(
        &self,
        _: &StorePlace,
        _: Purpose,
        _: Arc<dyn Clock>,
    ) -> Result<Option<OpenedStore>, OpenStoreError> {
        Ok(Some(self.store.clone()))
    }

    /// The store stays open for the next command.
    async fn close(&self, _: &OpenedStore) {}
}

/// The error, which is the last value. Notes before it tell what was done all the same, for example
/// that a text was kept; they take the place of the hint.
fn with_notes(mut values: Vec<Value>) -> Option<Value> {
    let mut error = values.pop()?;
    let notes: Vec<_> = values
        .iter()
        .filter_map(|value| value["note"].as_str())
        .collect();
    if !notes.is_empty() {
        error["error"]["hint"] = json!(notes.join("; "));
    }
    Some(error)
}

/// The JSON values of an output, without hidden characters.
fn values(output: &[u8]) -> Vec<Value> {
    let values = Deserializer::from_slice(output).into_iter::<Value>();
    let values: Result<Vec<_>, _> = values.collect();
    let values = values.unwrap_or_else(|error| {
        let message = format!("internal error; please report it: {error}");
        vec![json!({ "error": { "kind": "store", "exit_code": 5, "message": message } })]
    });
    values.into_iter().map(printable).collect()
}

fn printable(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(hidden::replace(&text).into_owned()),
        Value::Array(entries) => entries.into_iter().map(printable).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let fields =
                fields.map(|(name, field)| (hidden::replace(&name).into_owned(), printable(field)));
            Value::Object(fields.collect())
        }
        other => other,
    }
}

fn never() -> BoxFuture<'static, ()> {
    Box::pin(pending())
}

fn no_variable(_: &str) -> Option<OsString> {
    None
}

fn no_user() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared_kernel::time::ManualClock;

    use super::*;
    use crate::stores::Stores;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[tokio::test]
    async fn renewals_move_the_end_of_a_claim_and_add_no_event() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-01-05T08:00:00Z".parse().unwrap()));
        let global = Global {
            store: Some(folder.path().join("work.annals")),
            read_only: false,
            format: Format::Json,
            actor: "agent:one".parse().ok(),
            omit_empty: false,
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut environment = Environment {
            input: Box::new(std::io::empty()),
            out: Outlet {
                to: &mut out,
                shows_colours: false,
            },
            err: Outlet {
                to: &mut err,
                shows_colours: false,
            },
            reader_gone: &never,
            variable: &no_variable,
            folder: Some(folder.path().to_owned()),
            default_store: None,
            cache: None,
            user: &no_user,
            width: None,
            editor: None,
            draws_progress: false,
            clock: clock.clone(),
            stores: &Stores,
        };
        let opened = Session::open(&global, Purpose::Create, &mut environment).await;
        let mut session = opened.unwrap();
        session.act(&global).unwrap();
        let held = HeldStore::of(&session);
        held.run(words(&["add", "--", "Count"])).await;
        let claimed = held.run(words(&["next", "--claim", "--"])).await;
        let claim = &claimed.values[0]["item"]["claim"];
        assert_eq!(claim["until"], "2026-01-05T08:15:00Z");
        let end = held.wait_past(0).await;

        clock.advance(Duration::from_secs(600));
        held.renew_claims().await;
        let shown = held.run(words(&["show", "--", "1"])).await;
        assert_eq!(shown.values[0]["claim"]["until"], "2026-01-05T08:25:00Z");
        assert_eq!(held.wait_past(0).await, end);
        session.close().await;
    }
}
