//! The server over HTTP, for several clients on one machine.

use std::io;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;

use crate::server::Server;

/// The pages of a browser that may speak with the server: those of this machine. Other pages could
/// act in the name of the person who opened them.
const ORIGINS: [&str; 4] = [
    "http://localhost:*",
    "http://127.0.0.1:*",
    "http://[::1]:*",
    "https://localhost:*",
];

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
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(handler()), sessions, config);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        // A client that breaks its connection harms no other one.
        tokio::spawn(connection);
    }
}
