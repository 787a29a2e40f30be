//! Futures polled by hand, without an async runtime.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;

use crate::fixture::PATIENCE;

/// A waker that rings through a channel.
struct Bell(Sender<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        // Without a listener, the future has ended.
        let _ = self.0.send(());
    }
}

/// A future that moves only when it is polled here.
pub(crate) struct ByHand<T> {
    future: BoxFuture<'static, T>,
    waker: Waker,
    bell: Receiver<()>,
    is_polled: bool,
}

impl<T> ByHand<T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        let (sender, bell) = mpsc::channel();
        Self {
            future: Box::pin(future),
            waker: Arc::new(Bell(sender)).into(),
            bell,
            is_polled: false,
        }
    }

    /// Polls once; again only after the waker was woken. Returns the output when it is ready.
    ///
    /// # Panics
    /// If the waker is never woken.
    pub(crate) fn poll(&mut self) -> Option<T> {
        if std::mem::replace(&mut self.is_polled, true) {
            self.bell.recv_timeout(PATIENCE).unwrap();
        }
        let mut context = Context::from_waker(&self.waker);
        match Pin::new(&mut self.future).poll(&mut context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// Waits until the waker is woken, and does not poll.
    ///
    /// # Panics
    /// If the waker is never woken.
    pub(crate) fn wait_unpolled(&mut self) {
        self.bell.recv_timeout(PATIENCE).unwrap();
        self.is_polled = false;
    }

    /// Polls up to so many times.
    pub(crate) fn poll_times(&mut self, times: usize) -> Option<T> {
        (0..times).find_map(|_| self.poll())
    }

    /// Polls until the output is ready.
    pub(crate) fn finish(mut self) -> T {
        loop {
            if let Some(output) = self.poll() {
                return output;
            }
        }
    }
}

/// Drives a future to its end on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T> + Send + 'static) -> T {
    ByHand::new(future).finish()
}
