//! The law on attempts to change events past the port.

use crate::specimen::store_of;
use crate::walk::{add, whole_log};
use crate::{EventStoreHarness, Tampered, Tampering};

/// [Law 11](shared_kernel::laws#law-11). The storage itself refuses to change or remove an event.
pub async fn the_storage_refuses_to_change_or_remove_an_event(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    add(&store, "a-1", 3).await;
    let before = whole_log(&store).await;
    for event in &before {
        for how in [Tampering::Update, Tampering::Delete] {
            let tampered = harness.tamper(how, event.id).await;
            assert_eq!(tampered, Tampered::Refused, "{how:?} of {}", event.position);
        }
    }
    assert_eq!(whole_log(&store).await, before);
}
