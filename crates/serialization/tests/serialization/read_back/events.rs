//! Events obey the same rules as states.

use serde::{Deserialize, Serialize};
use serialization::{JsonErrorKind, JsonEventCodec};
use shared_kernel::DomainEvent;
use shared_kernel::codec::EventCodec;

use super::{Amount, Flat, Line, flat, line};
use crate::recorded::{decoded, located_refusal, record_of, refusal};

#[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
enum Order {
    Placed {
        lines: Vec<Line<Flat<Amount<u128>>>>,
    },
    Cleared(Option<Option<u8>>),
    Closed,
}

#[test]
fn an_event_is_refused_by_the_same_rules() {
    let codec = JsonEventCodec::<Order>::new().unwrap();
    let stored = codec.encode(&Order::Closed).unwrap();
    assert_eq!(decoded(&codec, &record_of(&stored)), Order::Closed);
    let path = |event: &Order| {
        let error = codec.encode(event).unwrap_err();
        let JsonErrorKind::NotReadBack { .. } = refusal(&error) else {
            panic!("{error:?}")
        };
        located_refusal(&error).path().to_owned()
    };
    assert_eq!(
        path(&Order::Placed {
            lines: line(flat(7))
        }),
        "lines[0].terms.amount"
    );
    let cleared = Order::Cleared(Some(None));
    let error = codec.encode(&cleared).unwrap_err();
    assert_eq!(located_refusal(&error).path(), "");

    // A codec without the proof breaks the law.
    let unproven = JsonEventCodec::builder().without_reading_back();
    let unproven = unproven.build().unwrap();
    let stored = unproven.encode(&cleared).unwrap();
    assert_eq!(decoded(&codec, &record_of(&stored)), Order::Cleared(None));
}
