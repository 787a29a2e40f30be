//! The law on finding an event by its id.

use crate::EventStoreHarness;
use crate::specimen::{fresh_id, store_of};
use crate::walk::{add, whole_log};

/// [Law 21](shared_kernel::laws#law-21). An event is found by its id, as it stands in the log; an
/// unknown id gives none.
pub async fn an_event_is_found_by_its_id_and_an_unknown_id_gives_none(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    assert_eq!(store.find_event(fresh_id()).await.unwrap(), None);
    for name in ["a-1", "b-1", "a-1"] {
        add(&store, name, 2).await;
    }
    for event in whole_log(&store).await {
        assert_eq!(store.find_event(event.id).await.unwrap(), Some(event));
    }
    assert_eq!(store.find_event(fresh_id()).await.unwrap(), None);
}
