//! Laws on writers that have nothing to do with one another.

use std::sync::Arc;

use shared_kernel::{Append, EventStore};

use crate::EventStoreHarness;
use crate::handles::two_handles;
use crate::race::together;
use crate::specimen::{events, exactly, store_of, stream};
use crate::walk::{land, whole_log};

const WRITERS: usize = 16;
const APPENDS: u64 = 8;

/// [Law 41](shared_kernel::laws#law-41). Writers on different streams never conflict, though all
/// append at once and each expects exact versions.
pub async fn writers_on_different_streams_never_conflict(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    all_land(&[store]).await;
}

/// [Law 41](shared_kernel::laws#law-41). The same, with the writers on two handles.
pub async fn writers_on_different_streams_of_several_handles_never_conflict(
    harness: &dyn EventStoreHarness,
) {
    all_land(&two_handles(harness).await).await;
}

async fn all_land(handles: &[Arc<dyn EventStore>]) {
    together(WRITERS, |writer| {
        let store = Arc::clone(&handles[writer % handles.len()]);
        async move {
            // Each writer has two streams of its own. The names share category and beginning:
            // `own-1` and `own-1x`, `own-11` and `own-11x`.
            let names = [
                stream(format!("own-{writer}")),
                stream(format!("own-{writer}x")),
            ];
            for round in 0..APPENDS {
                let append = names.iter().fold(Append::new(), |append, name| {
                    append.write(name.clone(), exactly(round), events(1))
                });
                land(&*store, append).await;
                // So that writers take turns also on a single thread.
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    let expected = WRITERS as u64 * APPENDS * 2;
    assert_eq!(whole_log(&handles[0]).await.len() as u64, expected);
}
