//! Standard input and output as the streams of a server.
//!
//! ```text
//! input ──thread──▶ pieces ──▶ ┌────────┐
//!                              │ server │
//! output ◀─────────────────────└────────┘
//! ```

use std::io::{self, Read, Write};
use std::thread;

use futures_util::future::{pending, try_join};
use mcp_server::Server;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::environment::Environment;
use crate::run_error::RunError;

/// The size of a piece of input or output, in bytes.
const PIECE: usize = 64 * 1024;

/// Serves one client until the input ends.
pub(super) async fn serve(
    server: &Server,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    let input = std::mem::replace(&mut environment.input, Box::new(io::empty()));
    let pieces = pieces(input)?;
    let (near, far) = tokio::io::duplex(PIECE);
    let (from_server, to_server) = tokio::io::split(near);
    let (input, output) = tokio::io::split(far);
    let served = async {
        let served = mcp_server::serve(server, input, output).await;
        served.map_err(RunError::Client)
    };
    let written = write(from_server, &mut *environment.out.to);
    // The input may stay open after a server that has failed.
    let fed = async {
        feed(pieces, to_server).await;
        pending::<()>().await;
    };
    tokio::select! {
        ended = try_join(served, written) => ended.map(|_| ()),
        () = fed => Ok(()),
    }
}

/// The pieces of the input, which a thread of its own reads: a read can block for ever.
fn pieces(mut input: Box<dyn Read + Send>) -> io::Result<mpsc::Receiver<Vec<u8>>> {
    let (sender, pieces) = mpsc::channel(1);
    let read = move || {
        let mut piece = vec![0; PIECE];
        loop {
            let length = match input.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            if sender.blocking_send(piece[..length].to_vec()).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().spawn(read)?;
    Ok(pieces)
}

/// Passes the input to the server, and its end.
async fn feed(mut pieces: mpsc::Receiver<Vec<u8>>, mut to: impl AsyncWrite + Unpin) {
    while let Some(piece) = pieces.recv().await {
        if to.write_all(&piece).await.is_err() {
            return;
        }
    }
    // A server that is gone needs no end.
    let _ = to.shutdown().await;
}

/// Writes what the server sends.
async fn write(
    mut from: impl AsyncRead + Unpin,
    to: &mut (dyn Write + Send),
) -> Result<(), RunError> {
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece).await? {
            0 => return Ok(()),
            length => to.write_all(&piece[..length]).and_then(|()| to.flush())?,
        }
    }
}
