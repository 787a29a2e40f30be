//! The program `annals` in a terminal.

use std::process::ExitCode;
use std::sync::Arc;

use annals_cli::{Editor, Environment, Outlet, Stores};
use anstream::{AutoStream, ColorChoice};
use etcetera::BaseStrategy;
use shared_kernel::time::SystemClock;
use std::io::{IsTerminal, Write};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The exit code after an interruption by Ctrl-C: 128 and the number of the signal, 2.
const INTERRUPTED: u8 = 130;

/// The messages that the program logs by default. The driver of the databases warns of the troubles
/// that the program reports as errors; only those with `~/.pgpass` are not reported otherwise. The
/// library of `annals mcp` warns of each request that is refused.
const LOGGED: &str = "warn,rmcp=error,sqlx=off,sqlx_postgres::options=warn";

static EDITOR: Editor = Editor::new();

/// The program needs this many open files. The runtime panics without those that it needs itself.
#[cfg(unix)]
const OPEN_FILES: usize = 24;

fn main() -> ExitCode {
    match runtime() {
        Ok(runtime) => runtime.block_on(run()),
        Err(error) => {
            let hint = "raise the limit of open files, for example with `ulimit -n 256`";
            // If this write fails, only the exit code reports the error.
            let _ = writeln!(
                std::io::stderr(),
                "error: cannot start: {error}\nhint: {hint}"
            );
            ExitCode::from(5)
        }
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let files = (0..OPEN_FILES).map(|_| std::io::stderr().as_fd().try_clone_to_owned());
        files.collect::<Result<Vec<_>, _>>()?;
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program reads its arguments and its environment"
)]
async fn run() -> ExitCode {
    let filter = EnvFilter::try_from_env("ANNALS_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    // The driver warns of a line of ~/.pgpass, or an option of an address, with its text: it may be
    // a password.
    let has_no_password = filter_fn(|message| {
        let is_of_options = message.target().starts_with("sqlx_postgres::options");
        let has = |name| message.fields().field(name).is_some();
        !is_of_options || !(has("line") || has("value"))
    });
    let printer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    tracing_subscriber::registry()
        .with(filter)
        .with(has_no_password)
        .with(printer)
        .init();

    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let shows_colours = |choice| choice != ColorChoice::Never;
    let out_colours = shows_colours(AutoStream::choice(&out));
    let err_colours = shows_colours(AutoStream::choice(&err));
    let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0);
    let folders = etcetera::base_strategy::choose_native_strategy().ok();
    let default_store = folders
        .as_ref()
        .map(|folders| folders.data_dir().join("annals").join("work.annals"));
    let cache = folders.map(|folders| folders.cache_dir().join("annals"));
    let is_interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let environment = Environment {
        input: Box::new(std::io::stdin()),
        out: Outlet {
            to: &mut out,
            shows_colours: out_colours,
        },
        err: Outlet {
            to: &mut err,
            shows_colours: err_colours,
        },
        reader_gone: &annals_cli::reader_gone,
        variable: &|name| std::env::var_os(name),
        folder: std::env::current_dir().ok(),
        default_store,
        cache,
        user: &annals_cli::user,
        width,
        editor: is_interactive.then_some(&EDITOR),
        draws_progress: std::io::stderr().is_terminal(),
        clock: Arc::new(SystemClock),
        stores: &Stores,
    };
    tokio::select! {
        code = annals_cli::run(std::env::args_os(), environment) => ExitCode::from(code),
        () = interruption() => ExitCode::from(INTERRUPTED),
    }
}

/// Waits for Ctrl-C, except while an editor runs, which gets it too.
async fn interruption() {
    while tokio::signal::ctrl_c().await.is_ok() && EDITOR.is_open() {}
}
