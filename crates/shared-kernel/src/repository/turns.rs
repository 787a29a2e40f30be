//! The queues of commands on one stream: after a conflict they take turns and do not collide again.
//!
//! ```text
//! account-7: [ holder | waits | waits ]   one queue for each stream with a conflict
//! ```
//!
//! A queue begins with the command that conflicted. Commands that come later join it before their
//! first attempt, so that none overtakes those that wait. It ends when it is empty.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use crate::StreamId;

/// The queues of a repository and its clones. A stream without a conflict has no queue.
#[derive(Default)]
pub(super) struct Turns(Mutex<Queues>);

#[derive(Default)]
struct Queues {
    of_streams: HashMap<StreamId, VecDeque<Waiting>>,
    tickets: u64,
}

struct Waiting {
    ticket: u64,
    waker: Option<Waker>,
}

/// A place in the queue of a stream. Its drop leaves the queue, so a dropped command blocks no
/// other.
pub(super) struct Turn {
    turns: Arc<Turns>,
    stream: StreamId,
    ticket: u64,
}

impl Turns {
    /// Takes the last place in the queue of a stream.
    pub(super) fn queue(self: &Arc<Self>, stream: &StreamId) -> Turn {
        let mut queues = self.lock();
        queues.tickets += 1;
        let ticket = queues.tickets;
        let queue = queues.of_streams.entry(stream.clone()).or_default();
        queue.push_back(Waiting {
            ticket,
            waker: None,
        });
        Turn {
            turns: Arc::clone(self),
            stream: stream.clone(),
            ticket,
        }
    }

    /// Whether a command has its turn on the stream. Others may wait behind it.
    pub(super) fn has_queue(&self, stream: &StreamId) -> bool {
        self.lock().of_streams.contains_key(stream)
    }

    /// Removes a place from the queue of a stream, and wakes the first of those that stay.
    fn remove(&self, stream: &StreamId, ticket: u64) {
        let mut queues = self.lock();
        let Some(queue) = queues.of_streams.get_mut(stream) else {
            return;
        };
        queue.retain(|waiting| waiting.ticket != ticket);
        let waker = queue.front_mut().and_then(|next| next.waker.take());
        if queue.is_empty() {
            queues.of_streams.remove(stream);
        }
        // A waker is code of others, and may come back to this queue.
        drop(queues);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Whether this place is in the queue of `stream`. It is not after another command has passed
    /// over it.
    pub(super) fn is_on(&self, stream: &StreamId) -> bool {
        let queues = self.turns.lock();
        let mut queue = queues.of_streams.get(stream).into_iter().flatten();
        queue.any(|waiting| waiting.ticket == self.ticket)
    }

    /// The ticket of the command that has its turn.
    pub(super) fn holder(&self) -> u64 {
        let queues = self.turns.lock();
        let queue = queues.of_streams.get(&self.stream);
        let holder = queue.and_then(VecDeque::front);
        holder.map_or(self.ticket, |holder| holder.ticket)
    }

    /// Takes the place in the queue from a command that has kept its turn for too long.
    pub(super) fn pass_over(&self, holder: u64) {
        self.turns.remove(&self.stream, holder);
    }

    /// Completes once all earlier commands have left the queue.
    pub(super) async fn comes(&self) {
        poll_fn(|context| {
            let mut queues = self.turns.lock();
            let queue = queues.of_streams.get_mut(&self.stream);
            let place = queue.and_then(|queue| {
                let place = queue.iter().position(|w| w.ticket == self.ticket)?;
                queue[place].waker = Some(context.waker().clone());
                Some(place)
            });
            match place {
                Some(0) | None => Poll::Ready(()),
                Some(_) => Poll::Pending,
            }
        })
        .await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.remove(&self.stream, self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Wake};

    use futures_util::FutureExt;

    use super::*;

    fn stream(name: &str) -> StreamId {
        StreamId::new(name).unwrap()
    }

    fn has_come(turn: &Turn) -> bool {
        turn.comes().now_or_never().is_some()
    }

    #[test]
    fn turns_come_in_the_order_of_the_queue() {
        let turns = Arc::new(Turns::default());
        let [first, second, third] = [0; 3].map(|_| turns.queue(&stream("a")));
        assert!(has_come(&first) && !has_come(&second) && !has_come(&third));
        drop(first);
        assert!(has_come(&second) && !has_come(&third));
        drop(second);
        assert!(has_come(&third));
    }

    #[test]
    fn a_place_that_is_left_early_blocks_no_other() {
        let turns = Arc::new(Turns::default());
        let [first, second, third] = [0; 3].map(|_| turns.queue(&stream("a")));
        drop(second);
        assert!(has_come(&first) && !has_come(&third));
        drop(first);
        assert!(has_come(&third));
        drop(third);
        assert!(turns.lock().of_streams.is_empty());
    }

    #[test]
    fn a_holder_that_is_passed_over_loses_its_place_and_only_that() {
        let turns = Arc::new(Turns::default());
        let [first, second, third] = [0; 3].map(|_| turns.queue(&stream("a")));
        assert_eq!(third.holder(), first.ticket);
        assert!(first.is_on(&stream("a")) && !first.is_on(&stream("b")));
        third.pass_over(third.holder());
        assert!(!first.is_on(&stream("a")) && second.is_on(&stream("a")));
        assert_eq!(third.holder(), second.ticket);
        third.pass_over(first.ticket);
        assert!(has_come(&second) && !has_come(&third));
        drop(first);
        assert!(has_come(&second) && !has_come(&third));
        drop(second);
        assert!(has_come(&third) && third.holder() == third.ticket);
    }

    #[test]
    fn a_stream_has_a_queue_as_long_as_a_place_is_taken() {
        let turns = Arc::new(Turns::default());
        assert!(!turns.has_queue(&stream("a")));
        let turn = turns.queue(&stream("a"));
        assert!(turns.has_queue(&stream("a")) && !turns.has_queue(&stream("b")));
        drop(turn);
        assert!(!turns.has_queue(&stream("a")));
    }

    #[test]
    fn each_stream_has_a_queue_of_its_own() {
        let turns = Arc::new(Turns::default());
        let [a, b] = ["a", "b"].map(|name| turns.queue(&stream(name)));
        assert!(has_come(&a) && has_come(&b));
    }

    struct Returning(Mutex<Option<Turn>>);

    impl Wake for Returning {
        fn wake(self: Arc<Self>) {
            drop(self.0.lock().unwrap().take());
        }
    }

    #[test]
    fn a_waker_may_leave_the_queue() {
        let turns = Arc::new(Turns::default());
        let [first, second, third] = [0; 3].map(|_| turns.queue(&stream("a")));
        let waker = Waker::from(Arc::new(Returning(Mutex::new(Some(third)))));
        let mut comes = Box::pin(second.comes());
        assert!(
            comes
                .poll_unpin(&mut Context::from_waker(&waker))
                .is_pending()
        );
        drop(first);
        assert_eq!(turns.lock().of_streams[&stream("a")].len(), 1);
    }

    #[derive(Default)]
    struct Bell(AtomicBool);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_next_in_the_queue_is_woken() {
        let turns = Arc::new(Turns::default());
        let [first, second] = [0; 2].map(|_| turns.queue(&stream("a")));
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        let mut comes = Box::pin(second.comes());
        let mut context = Context::from_waker(&waker);
        assert!(comes.poll_unpin(&mut context).is_pending());
        assert!(!bell.0.load(Ordering::SeqCst));
        drop(first);
        assert!(bell.0.load(Ordering::SeqCst));
        assert!(comes.poll_unpin(&mut context).is_ready());
    }
}
