//! Reading input on a thread of its own.

use std::io;
use std::thread;

use tokio::sync::oneshot;

/// Runs `read` on a new thread. The program can still end while that thread waits for input, for
/// example after Ctrl-C.
pub(super) async fn blocking_read<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().spawn(move || {
        // The receiver is gone if the command was interrupted.
        let _ = sender.send(read());
    })?;
    receiver.await.map_err(io::Error::other)?
}
