//! A request and the slot for its answer.

use std::sync::{Arc, Mutex, PoisonError};

/// A request and the slot for its answer. The caller and the queue share it.
#[derive(Debug)]
pub struct Waiting<R, A> {
    /// The request.
    pub request: R,
    answer: Mutex<Option<A>>,
}

impl<R, A> Waiting<R, A> {
    /// A request without an answer.
    pub fn new(request: R) -> Arc<Self> {
        Arc::new(Self {
            request,
            answer: Mutex::new(None),
        })
    }

    /// Answers. A second answer changes nothing.
    pub fn answer(&self, answer: A) {
        let mut slot = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert(answer);
    }

    /// Takes the answer out of its slot, if it is there.
    pub fn take_answer(&self) -> Option<A> {
        let mut slot = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take()
    }

    /// Whether only the queue still has the request.
    #[must_use]
    pub fn is_abandoned(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_answer_stands() {
        let waiting: Arc<Waiting<(), u8>> = Waiting::new(());
        assert_eq!(waiting.take_answer(), None);
        waiting.answer(1);
        waiting.answer(2);
        assert_eq!(waiting.take_answer(), Some(1));
        assert_eq!(waiting.take_answer(), None);
    }

    #[test]
    fn a_request_is_abandoned_when_its_caller_has_gone() {
        let waiting: Arc<Waiting<(), u8>> = Waiting::new(());
        let caller = Arc::clone(&waiting);
        assert!(!waiting.is_abandoned());
        drop(caller);
        assert!(waiting.is_abandoned());
    }
}
