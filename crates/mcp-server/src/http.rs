//! The server over HTTP, for several clients on one machine.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::server::Server;

/// The pages of a browser that may speak with the server: those of this machine. A page of another
/// site could act in the name of its reader.
const ORIGINS: [&str; 4] = [
    "http://localhost:*",
    "http://127.0.0.1:*",
    "http://[::1]:*",
    "https://localhost:*",
];

/// A session of 2025-11-25 without a request for this time is over, and renews no claims.
const SESSION: Duration = Duration::from_secs(60 * 60);

/// The most connections at once. Further ones wait, so that the process does not run out of files.
const CONNECTIONS: usize = 200;

/// Serves clients until the future is dropped. `listener` must be on a loopback address, and
/// requests must name such an address, so that no other machine is a client.
///
/// # Errors
/// No more connection can be accepted.
pub async fn serve_http(server: &Server, listener: TcpListener) -> io::Result<()> {
    let server = server.clone();
    serve_handlers(move || server.connection(), listener).await
}

/// Serves clients with a handler for each connection, as [`serve_http`] does. The conformance suite
/// tests it with a handler of its own.
///
/// # Errors
/// No more connection can be accepted.
#[doc(hidden)]
pub async fn serve_handlers<H: ServerHandler>(
    handler: impl Fn() -> H + Send + Sync + 'static,
    listener: TcpListener,
) -> io::Result<()> {
    let config = StreamableHttpServerConfig::default()
        .with_allowed_origins(ORIGINS)
        .enforce_origin_validation();
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(SESSION);
    let sessions = Arc::new(sessions);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let service = StreamableHttpService::new(move || Ok(handler()), sessions, config);
    loop {
        // The semaphore is never closed.
        let place = Arc::clone(&places).acquire_owned().await;
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        // A client that breaks its connection harms no other one.
        tokio::spawn(async move {
            let _ = connection.await;
            drop(place);
        });
    }
}
