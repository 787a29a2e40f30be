//! Listens to the notifications of appends. They are hints: they wake waiting readers at once, and
//! a reader that gets none looks by itself.
//!
//! ```text
//!            LISTEN                    connection lost
//! waiting ───────────▶ listening, hint ───────────────▶ waiting, hint
//! ```
//!
//! A notification that was sent while the listener waited is lost. So each change of its state is a
//! hint, too.

use std::time::Duration;

use futures_timer::Delay;
use log_watch::Hints;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The channel of the function `annals.append_1`.
const CHANNEL: &str = "annals";

/// The pause before another connection.
const PAUSE: Duration = Duration::from_secs(2);

/// A task that listens until this is dropped.
pub(crate) struct Listener(JoinHandle<()>);

impl Listener {
    pub(crate) fn start(connect: PgConnectOptions, hints: watch::Sender<Hints>) -> Self {
        Self(tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&connect, &hints).await {
                    tracing::debug!(%error, "no notifications; readers look by themselves");
                }
                hints.send_modify(|hints| {
                    hints.is_listening = false;
                    hints.count += 1;
                });
                Delay::new(PAUSE).await;
            }
        }))
    }

    /// Ends the task and its connection.
    pub(crate) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Listens until the connection is lost.
async fn listen(
    connect: &PgConnectOptions,
    hints: &watch::Sender<Hints>,
) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(connect.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    // It would lose notifications in silence.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    hints.send_modify(|hints| {
        hints.is_listening = true;
        hints.count += 1;
    });
    while listener.try_recv().await?.is_some() {
        hints.send_modify(|hints| hints.count += 1);
    }
    Ok(())
}
