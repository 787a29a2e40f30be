//! The server over two streams: one message a line.

use std::io;

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::lines::Lines;
use crate::server::Server;

/// Serves one client until `input` ends. `output` gets the messages of the protocol, and no other
/// byte.
///
/// # Errors
/// The client did not begin the protocol, or a stream failed.
pub async fn serve(
    server: &Server,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> io::Result<()> {
    let running = match server.connection().serve(Lines::new(input, output)).await {
        Ok(running) => running,
        // A client may come and go without a request.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(io::Error::other(error)),
    };
    running.waiting().await.map_err(io::Error::other)?;
    Ok(())
}
