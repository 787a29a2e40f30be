//! The law on an append that is cancelled: its future is dropped at an await point.

use std::pin::Pin;
use std::task::{Context, Poll};

use shared_kernel::store::AppendReceipt;
use shared_kernel::{Append, EventStore, ExpectedVersion, GlobalPosition};

use crate::EventStoreHarness;
use crate::specimen::{events, store_of, stream};
use crate::walk::{land, positions, whole_log};

/// The most await points that an append is dropped at; most adapters have far fewer.
const MOST_POLLS: usize = 64;

/// [Law 14](shared_kernel::laws#law-14). Dropping the future of an append at any await point leaves
/// either all of it or nothing, and doing the append again is safe.
pub async fn an_append_dropped_at_any_await_point_leaves_all_of_it_or_nothing(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    for polls in 0..MOST_POLLS {
        let [a, b] = ["a", "b"].map(|name| stream(format!("{name}-{polls}")));
        let append = Append::new()
            .write(a, ExpectedVersion::Any, events(2))
            .write(b, ExpectedVersion::Any, events(1));
        let ended = dropped_after(polls, &*store, append.clone())
            .await
            .is_some();

        let found = recorded(&store, &append).await.len();
        assert!(
            found == 3 || (found == 0 && !ended),
            "an append dropped after {polls} polls left {found} of 3 events"
        );
        let receipt = land(&store, append.clone()).await;
        let written = recorded(&store, &append).await;
        assert_eq!(
            written, receipt.positions,
            "doing it again did not complete it once"
        );
        if ended {
            return;
        }
    }
}

/// The positions of the events of an append, from one read of the log: an adapter may go on writing
/// an append after its caller dropped it.
async fn recorded(store: &dyn EventStore, append: &Append) -> Vec<GlobalPosition> {
    let ids: Vec<_> = append.events().map(|(_, event)| event.id).collect();
    let mut log = whole_log(store).await;
    log.retain(|event| ids.contains(&event.id));
    positions(&log)
}

async fn dropped_after(
    polls: usize,
    store: &dyn EventStore,
    append: Append,
) -> Option<AppendReceipt> {
    let polled = PollAtMost {
        future: store.append(append),
        left: polls,
    };
    polled.await.map(|result| result.expect("the append lands"))
}

/// Polls a future a number of times, each time that it is woken, and then gives up.
struct PollAtMost<F> {
    future: F,
    left: usize,
}

impl<F: Future + Unpin> Future for PollAtMost<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        match Pin::new(&mut self.future).poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
