//! The program inside this process, in an environment of the test.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_cli::{Editor, Environment, OpenStore, Outlet, Stores};
use shared_kernel::time::{Clock, SystemClock};

use crate::program::{Desk, Run};

/// The environment of a run.
pub(crate) struct Inside<'a> {
    pub(crate) stores: &'a dyn OpenStore,
    /// The path of the default store; the program runs in its directory.
    pub(crate) store: &'a Path,
    pub(crate) variables: &'a [(&'a str, &'a str)],
    /// The columns of the terminal, if the program runs on one.
    pub(crate) width: Option<u16>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cache: Option<PathBuf>,
}

impl<'a> Inside<'a> {
    /// Without a terminal and a cache, by the clock of the machine.
    pub(crate) fn new(
        stores: &'a dyn OpenStore,
        store: &'a Path,
        variables: &'a [(&'a str, &'a str)],
    ) -> Self {
        Self {
            stores,
            store,
            variables,
            width: None,
            clock: Arc::new(SystemClock),
            cache: None,
        }
    }

    /// Runs a command line as if on a terminal with these columns and an editor.
    pub(crate) async fn on_terminal(desk: &Desk, width: u16, editor: &str, words: &[&str]) -> Run {
        let (store, variables) = (desk.store(), [("ANNALS_ACTOR", "ada"), ("EDITOR", editor)]);
        let inside = Inside {
            width: Some(width),
            ..Inside::new(&Stores, &store, &variables)
        };
        inside.run(words.iter().map(ToString::to_string)).await
    }

    /// Runs the program with these words, its own name not among them.
    pub(crate) async fn run(self, words: impl IntoIterator<Item = String>) -> Run {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let variable = |wanted: &str| {
            let mut variables = self.variables.iter();
            let (_, value) = variables.find(|(name, _)| *name == wanted)?;
            Some(value.into())
        };
        let editor = Editor::new();
        let environment = Environment {
            input: Box::new(io::empty()),
            out: Outlet {
                to: &mut out,
                shows_colours: false,
            },
            err: Outlet {
                to: &mut err,
                shows_colours: false,
            },
            reader_gone: &|| Box::pin(std::future::pending()),
            variable: &variable,
            folder: self.store.parent().map(Path::to_owned),
            default_store: Some(self.store.to_owned()),
            cache: self.cache,
            user: &|| None,
            width: self.width,
            editor: self.width.map(|_| &editor),
            draws_progress: false,
            clock: self.clock,
            stores: self.stores,
        };
        let words = ["annals".to_owned()].into_iter().chain(words);
        let code = annals_cli::run(words, environment).await;
        Run {
            code: Some(code.into()),
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
        }
    }
}
