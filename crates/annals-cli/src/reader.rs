//! The program at the other end of standard output, for example `head`.

use futures_util::future::BoxFuture;

/// Completes once no program reads standard output any more, and never if it is no pipe.
///
/// A thread of its own waits for that, because the wait can last for ever.
#[must_use]
pub fn reader_gone() -> BoxFuture<'static, ()> {
    Box::pin(async {
        #[cfg(unix)]
        if watch().await.is_ok() {
            return;
        }
        std::future::pending().await
    })
}

#[cfg(unix)]
fn watch() -> tokio::sync::oneshot::Receiver<()> {
    use rustix::event::{PollFd, PollFlags, poll};

    let (sender, gone) = tokio::sync::oneshot::channel();
    let wait = move || {
        let out = std::io::stdout();
        // An error is reported without being asked for.
        let mut polled = [PollFd::new(&out, PollFlags::empty())];
        while let Err(rustix::io::Errno::INTR) = poll(&mut polled, None) {}
        if polled[0].revents().contains(PollFlags::ERR) {
            // Without a receiver, the program has ended.
            let _ = sender.send(());
        }
    };
    // Without a thread, the next write reports that the reader is gone.
    let _ = std::thread::Builder::new()
        .name("reader".into())
        .spawn(wait);
    gone
}
