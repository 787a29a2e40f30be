//! A caller that polls a shared future, without being woken by its own poll.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// The caller polls now, and nobody has woken it meanwhile.
const POLLS: u8 = 0;
/// The caller polls now, and was woken meanwhile.
const WOKEN: u8 = 1;
/// The caller waits.
const WAITS: u8 = 2;

/// Polls a shared future.
///
/// A [`Shared`](futures_util::future::Shared) future that ends wakes all its callers, also the one
/// that polls it. A runtime would poll the task of that caller once more, and wake a second thread
/// for it. So a wake-up that comes during the poll reaches the task only if the future is not
/// ready.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F, context: &Context<'_>) -> Poll<F::Output> {
    let caller = Arc::new(Caller {
        waker: context.waker().clone(),
        state: AtomicU8::new(POLLS),
    });
    let waker = Waker::from(Arc::clone(&caller));
    let polled = Pin::new(future).poll(&mut Context::from_waker(&waker));
    if polled.is_pending() && caller.state.swap(WAITS, Ordering::AcqRel) == WOKEN {
        caller.waker.wake_by_ref();
    }
    polled
}

/// The task of a caller.
struct Caller {
    waker: Waker,
    state: AtomicU8,
}

impl Wake for Caller {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.fetch_max(WOKEN, Ordering::AcqRel) == WAITS {
            self.waker.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::AtomicUsize;

    use futures_util::FutureExt;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Count {
        fn taken(&self) -> usize {
            self.0.swap(0, Ordering::Relaxed)
        }
    }

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_end_of_a_future_wakes_all_callers_but_the_one_that_polls_it() {
        let mut polls = 0;
        let step = poll_fn(move |_| {
            polls += 1;
            if polls < 3 {
                Poll::Pending
            } else {
                Poll::Ready(polls)
            }
        });
        let mut first = step.shared();
        let mut second = first.clone();
        let [one, two] = [(); 2].map(|()| Arc::new(Count::default()));
        let [one_waker, two_waker] = [&one, &two].map(|count| Waker::from(Arc::clone(count)));
        let (one_context, two_context) = (
            Context::from_waker(&one_waker),
            Context::from_waker(&two_waker),
        );
        assert_eq!(poll(&mut first, &one_context), Poll::Pending);
        assert_eq!(poll(&mut second, &two_context), Poll::Pending);
        assert_eq!(poll(&mut first, &one_context), Poll::Ready(3));
        assert_eq!((one.taken(), two.taken()), (0, 1));
        assert_eq!(poll(&mut second, &two_context), Poll::Ready(3));
    }

    #[test]
    fn a_wake_up_during_a_poll_without_an_answer_is_not_lost() {
        let mut inner = None;
        let mut future = poll_fn(|context: &mut Context<'_>| {
            context.waker().wake_by_ref();
            context.waker().wake_by_ref();
            inner = Some(context.waker().clone());
            Poll::<()>::Pending
        });
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        assert!(poll(&mut future, &Context::from_waker(&waker)).is_pending());
        assert_eq!(count.taken(), 1);
        inner.unwrap().wake();
        assert_eq!(count.taken(), 1);
    }
}
