//! The state of the steps on the event store.

mod appending;
mod durability;
mod following;
mod reading;
mod writers;

use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use shared_kernel::store::{AppendReceipt, LogQuery};
use shared_kernel::text::TextProblem;
use shared_kernel::{Append, AppendError, EventStore, EventStoreExt as _, NewEvent, RecordedEvent};

use self::durability::FileNotes;
use self::following::Follower;
use crate::world::AnnalsWorld;

/// The appends and reads of the scenario.
#[derive(Debug, Default)]
pub(crate) struct LogNotes {
    /// The last append of each writer.
    attempts: HashMap<String, Attempt>,
    /// The whole log as it was before the last append.
    before: Vec<RecordedEvent>,
    /// The outcomes of concurrent appends.
    race: Vec<Attempt>,
    /// The events read, one entry for each read.
    readings: Vec<Vec<RecordedEvent>>,
    streams: Vec<String>,
    refused_name: Option<TextProblem>,
    followers: HashMap<String, Follower>,
    file: FileNotes,
}

/// An append and its outcome.
#[derive(Debug)]
struct Attempt {
    append: Append,
    answer: Result<AppendReceipt, AppendError>,
}

impl LogNotes {
    /// Stops the followers.
    pub(crate) fn stop_listening(&mut self) {
        self.followers.clear();
    }

    fn attempt(&self, writer: &str) -> &Attempt {
        self.attempts.get(writer).expect("the writer has appended")
    }

    fn reading(&self, index: usize) -> &[RecordedEvent] {
        self.readings.get(index).expect("it was read that often")
    }
}

impl Attempt {
    fn receipt(&self) -> &AppendReceipt {
        self.answer.as_ref().expect("the append is accepted")
    }

    fn error(&self) -> &AppendError {
        self.answer.as_ref().expect_err("the append is refused")
    }

    fn events(&self) -> Vec<NewEvent> {
        let events = self.append.events();
        events.map(|(_, event)| event.clone()).collect()
    }
}

impl AnnalsWorld {
    /// Appends, and notes the outcome and the log before it.
    async fn attempt(&mut self, writer: &str, append: Append) {
        let store = self.events();
        self.attempt_through(&*store, writer, append).await;
    }

    async fn attempt_through(&mut self, store: &dyn EventStore, writer: &str, append: Append) {
        self.log.before = whole_log(store).await;
        let answer = store.append(append.clone()).await;
        let attempt = Attempt { append, answer };
        self.log.attempts.insert(writer.to_owned(), attempt);
    }
}

async fn whole_log(store: &dyn EventStore) -> Vec<RecordedEvent> {
    store.read_log(LogQuery::new()).try_collect().await.unwrap()
}
