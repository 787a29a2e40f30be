//! Laws on how large the parts of an event may be.

use bytes::Bytes;
use shared_kernel::event::{CorrelationId, MetadataKey};
use shared_kernel::store::InvalidAppend;
use shared_kernel::{Append, AppendError, ExpectedVersion, Metadata, NewEvent};

use crate::EventStoreHarness;
use crate::specimen::{event, store_of, stream};
use crate::walk::{land, refused, whole_log};

/// [Law 10](shared_kernel::laws#law-10). A payload of exactly the size limit lands; one with a byte
/// more is a typed error that refuses the whole append.
pub async fn a_payload_at_the_limit_lands_and_one_byte_more_is_refused(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let max = NewEvent::MAX_PAYLOAD_BYTES;
    let bytes = Bytes::from(vec![b'7'; max + 1]);
    let write = |payload: Bytes| vec![event("before"), event(payload), event("after")];

    let largest = write(bytes.slice(..max));
    land(
        &store,
        Append::new().write(stream("a-1"), ExpectedVersion::Any, largest),
    )
    .await;
    let kept = &whole_log(&store).await[1].payload;
    assert!(
        *kept == bytes[..max],
        "the largest payload comes back as other bytes"
    );

    let too_large = write(bytes);
    let id = too_large[1].id;
    let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, too_large);
    match refused(&store, append).await {
        AppendError::Invalid(InvalidAppend::PayloadTooLarge {
            event_id,
            bytes,
            max: limit,
            ..
        }) => assert_eq!((event_id, bytes, limit), (id, max + 1, max)),
        error => panic!("a payload past the limit is {error:?}, not refused as too large"),
    }
}

/// [Law 10](shared_kernel::laws#law-10). An append with too many bytes in all its events is a typed
/// error at once, although each event alone is small enough.
pub async fn an_append_with_too_many_bytes_is_refused(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    // They share their bytes, so the append takes 16 MiB of memory. The names count, too.
    let payload = Bytes::from(vec![b'7'; NewEvent::MAX_PAYLOAD_BYTES - 1]);
    let count = Append::MAX_BYTES / NewEvent::MAX_PAYLOAD_BYTES;
    let events = (0..count).map(|_| event(payload.clone())).collect();
    let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, events);
    match refused(&store, append).await {
        AppendError::Invalid(InvalidAppend::TooManyBytes { bytes, max, .. }) => {
            assert!(bytes > max && max == Append::MAX_BYTES, "{bytes} of {max}");
        }
        error => panic!("an append past the limit is {error:?}, not refused as too large"),
    }
}

/// [Law 10](shared_kernel::laws#law-10). Metadata of exactly the size limit lands; a byte more is a
/// typed error.
pub async fn metadata_at_the_limit_lands_and_one_byte_more_is_refused(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let max = Metadata::MAX_BYTES;
    let metadata = |bytes: usize| {
        let correlation = CorrelationId::new("c".repeat(10)).unwrap();
        let key = MetadataKey::new("k".repeat(5)).unwrap();
        Metadata::new()
            .with_correlation(correlation)
            .with_pair(key, "v".repeat(bytes - 15))
    };
    let write = |bytes| {
        let events = vec![event("").with_metadata(metadata(bytes))];
        Append::new().write(stream("a-1"), ExpectedVersion::Any, events)
    };
    land(&store, write(max)).await;
    let kept = &whole_log(&store).await[0].metadata;
    assert!(
        *kept == metadata(max),
        "the largest metadata comes back as another"
    );

    match refused(&store, write(max + 1)).await {
        AppendError::Invalid(InvalidAppend::MetadataTooLarge {
            bytes, max: limit, ..
        }) => assert_eq!((bytes, limit), (max + 1, max)),
        error => panic!("metadata past the limit is {error:?}, not refused as too large"),
    }
}
