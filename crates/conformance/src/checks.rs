//! Laws on the checks of an append beside other appends.
//!
//! Two writers each write one stream and check the stream of the other one:
//!
//! ```text
//! A:  write a-1, check b-1 is empty        B:  write b-1, check a-1 is empty
//! ```
//!
//! Whichever append lands first breaks the check of the other. A store that judges the checks and
//! then appends, in two steps, lets both land.

use std::sync::Arc;

use shared_kernel::{Append, AppendError, EventStore, ExpectedVersion};

use crate::EventStoreHarness;
use crate::handles::two_handles;
use crate::race::together;
use crate::specimen::{events, exactly, store_of, stream};
use crate::walk::{add, whole_stream};

const ROUNDS: u64 = 100;

/// [Law 40](shared_kernel::laws#law-40). Checks are judged within the append: of two appends that
/// each write the stream which the other one checks, exactly one lands.
pub async fn checks_are_judged_within_the_append(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    exactly_one_of_two_lands([&store, &store]).await;
}

/// [Law 40](shared_kernel::laws#law-40). The same, with the two writers on two handles.
pub async fn checks_are_judged_within_the_append_on_several_handles(
    harness: &dyn EventStoreHarness,
) {
    let [one, other] = two_handles(harness).await;
    exactly_one_of_two_lands([&one, &other]).await;
}

async fn exactly_one_of_two_lands(handles: [&Arc<dyn EventStore>; 2]) {
    for round in 0..ROUNDS {
        let names = ["a", "b"].map(|side| stream(format!("{side}-{round}")));
        // In every other round both streams have one event.
        let existing = round % 2;
        if existing == 1 {
            for name in &names {
                add(handles[0], name, 1).await;
            }
        }
        let results = together(2, |writer| {
            let (own, others) = (names[writer].clone(), names[1 - writer].clone());
            let append = Append::new()
                .write(own, ExpectedVersion::Any, events(1))
                .check(others, exactly(existing));
            let store = Arc::clone(handles[writer]);
            async move { store.append(append).await }
        })
        .await;
        let landed = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(landed, 1, "appends that landed in round {round}, of two");
        for (writer, result) in results.into_iter().enumerate() {
            let events = whole_stream(handles[writer], &names[writer]).await.len() as u64;
            match result {
                Ok(_) => assert_eq!(events, existing + 1),
                Err(AppendError::Conflict(conflict)) => {
                    assert_eq!(conflict.stream, names[1 - writer]);
                    assert_eq!(events, existing);
                }
                Err(error) => panic!("a broken check is {error:?}, not a conflict"),
            }
        }
    }
}
