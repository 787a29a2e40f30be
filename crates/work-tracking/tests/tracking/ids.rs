//! Every id is parsed from its own text.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::{EventId, StreamId};
use work_item::{WorkItemId, WorkNumber};
use work_tracking::ItemRef;

use crate::fixture::{number, snowflake, ten};

fn any_snowflake() -> impl Strategy<Value = Snowflake> {
    prop_oneof![Just(0), Just(i64::MAX), 0..10_000_i64, 0..=i64::MAX].prop_map(snowflake)
}

/// The id of an item: digits below 2^22 are a number.
fn any_item_snowflake() -> impl Strategy<Value = Snowflake> {
    prop_oneof![Just(1 << 22), Just(i64::MAX), (1 << 22)..=i64::MAX].prop_map(snowflake)
}

fn any_number() -> impl Strategy<Value = WorkNumber> {
    prop_oneof![Just(1), Just(u64::MAX), 1..1_500_u64, 1..=u64::MAX].prop_map(number)
}

fn any_event_id() -> impl Strategy<Value = EventId> {
    let times = prop_oneof![Just(0), 0..4_000_000_000_000_i64];
    (times, any::<[u8; 10]>()).prop_map(|(milliseconds, chance)| {
        let time = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(milliseconds);
        EventId::from_parts(time, chance)
    })
}

proptest! {
    #[test]
    fn a_snowflake_round_trips_through_decimal_and_base_62(id in any_snowflake()) {
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert_eq!(Snowflake::from_base62(&id.to_base62()), Ok(id));
    }

    #[test]
    fn a_number_is_parsed_with_and_without_leading_zeros(number in any_number()) {
        prop_assert_eq!(number.to_string().parse(), Ok(number));
        prop_assert_eq!(format!("work-{}", number.get()).parse(), Ok(number));
    }

    #[test]
    fn references_and_item_ids_round_trip(id in any_item_snowflake(), number in any_number()) {
        for named in [ItemRef::from(id), ItemRef::from(number)] {
            prop_assert_eq!(named.to_string().parse(), Ok(named));
        }
        let item = WorkItemId::new(id, number);
        prop_assert_eq!(item.to_string().parse(), Ok(ItemRef::from(number)));
        let json = serde_json::to_string(&item).unwrap();
        let read: WorkItemId = serde_json::from_str(&json).unwrap();
        prop_assert_eq!((read.snowflake(), read.number()), (id, number));
        let stream = item.stream_id();
        let read: StreamId = stream.as_str().parse().unwrap();
        prop_assert_eq!(&read, &stream);
        prop_assert_eq!(stream, WorkItemId::stream_of(id));
    }

    #[test]
    fn an_event_id_round_trips(id in any_event_id()) {
        prop_assert_eq!(id.to_string().parse::<EventId>().ok(), Some(id));
    }
}

#[test]
fn the_time_of_an_event_id_is_kept() {
    let id = EventId::from_parts(ten(), [0; 10]);
    let shown: EventId = id.to_string().parse().unwrap();
    let milliseconds = u64::try_from(ten().as_millisecond()).unwrap();
    assert_eq!(shown.unix_milliseconds(), milliseconds);
}
