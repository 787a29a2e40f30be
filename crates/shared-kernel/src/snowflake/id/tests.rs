//! Tests of the snowflake as a value: its parts and its texts.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;

fn any_id() -> impl Strategy<Value = Snowflake> {
    prop_oneof![Just(0), Just(i64::MAX), 0..10_000_i64, 0..=i64::MAX]
        .prop_map(|number| Snowflake::new(number).unwrap())
}

proptest! {
    #[test]
    fn decimal_comes_back(id in any_id()) {
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn base_62_comes_back(id in any_id()) {
        let text = id.to_base62();
        prop_assert!(text.len() <= 11);
        prop_assert_eq!(Snowflake::from_base62(&text), Ok(id));
    }

    #[test]
    fn base_62_sorts_by_length_and_then_by_ascii_as_the_ids_do(a in any_id(), b in any_id()) {
        let (x, y) = (a.to_base62(), b.to_base62());
        prop_assert_eq!((x.len(), x).cmp(&(y.len(), y)), a.cmp(&b));
    }

    #[test]
    fn the_parts_of_an_id_make_the_id(id in any_id()) {
        let again = Snowflake::from_parts(id.time(), id.worker(), id.sequence());
        prop_assert_eq!(again, Ok(id));
    }

    #[test]
    fn an_id_gives_back_its_parts(
        millisecond in 0..=LAST_MILLISECOND,
        below in 0..1_000_000_i64,
        worker in 0..1024_u16,
        sequence in 0..=Snowflake::MAX_SEQUENCE,
    ) {
        let time = Snowflake::EPOCH + SignedDuration::from_millis(millisecond);
        let worker = WorkerId::new(worker).unwrap();
        let id = Snowflake::from_parts(time + SignedDuration::from_nanos(below), worker, sequence);
        let id = id.unwrap();
        prop_assert_eq!((id.time(), id.worker(), id.sequence()), (time, worker, sequence));
    }

    #[test]
    fn serde_keeps_every_digit(id in any_id()) {
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(&json, &format!("\"{id}\""));
        prop_assert_eq!(serde_json::from_str::<Snowflake>(&json).unwrap(), id);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,24}") {
        let decimal: Result<Snowflake, _> = text.parse();
        prop_assert!(decimal.is_err() || decimal.unwrap().to_string() == text);
        let base62 = Snowflake::from_base62(&text);
        prop_assert!(base62.is_err() || base62.unwrap().to_base62() == text);
    }
}

#[test]
fn the_layout_is_41_bits_of_time_10_of_worker_12_of_sequence() {
    let one = Snowflake::EPOCH + SignedDuration::from_millis(1);
    let worker = |number| WorkerId::new(number).unwrap();
    for (time, number, sequence, expected) in [
        (Snowflake::EPOCH, 0, 0, 0),
        (Snowflake::EPOCH, 0, 1, 1),
        (Snowflake::EPOCH, 1, 0, 1 << 12),
        (one, 0, 0, 1 << 22),
        (one, 1023, 4095, (1 << 23) - 1),
        (Snowflake::END, 1023, 4095, i64::MAX),
    ] {
        let id = Snowflake::from_parts(time, worker(number), sequence).unwrap();
        assert_eq!(id.as_i64(), expected);
    }
    assert_eq!(
        Snowflake::EPOCH,
        "2024-01-01T00:00:00Z".parse::<Timestamp>().unwrap()
    );
}

#[test]
fn the_digits_of_base_62_are_0_to_9_then_capitals_then_small_letters() {
    for (number, text) in [
        (0, "0"),
        (9, "9"),
        (10, "A"),
        (35, "Z"),
        (36, "a"),
        (61, "z"),
        (62, "10"),
        (62 * 62, "100"),
        (i64::MAX, "AzL8n0Y58m7"),
    ] {
        let id = Snowflake::new(number).unwrap();
        assert_eq!(id.to_base62(), text);
        assert_eq!(Snowflake::from_base62(text), Ok(id));
    }
}

#[test]
fn times_that_41_bits_cannot_hold_are_refused() {
    let tick = SignedDuration::from_nanos(1);
    let make = |time| Snowflake::from_parts(time, WorkerId::FIRST, 0);

    let before = Snowflake::EPOCH - tick;
    assert_eq!(
        make(before),
        Err(InvalidSnowflake::BeforeEpoch { time: before })
    );
    assert!(make(Timestamp::MIN).is_err());

    let last = Snowflake::END + SignedDuration::from_nanos(999_999);
    assert_eq!(make(last).map(Snowflake::time), Ok(Snowflake::END));
    let past = last + tick;
    assert_eq!(make(past), Err(InvalidSnowflake::PastEnd { time: past }));
    assert!(make(Timestamp::MAX).is_err());
}

#[test]
fn a_sequence_past_12_bits_is_refused() {
    let make = |sequence| Snowflake::from_parts(Snowflake::EPOCH, WorkerId::FIRST, sequence);
    assert!(make(4095).is_ok());
    assert_eq!(
        make(4096),
        Err(InvalidSnowflake::SequenceTooLarge { found: 4096 })
    );
}

#[test]
fn numbers_outside_of_63_bits_are_refused() {
    assert_eq!(
        Snowflake::try_from(-1_i64),
        Err(InvalidSnowflake::Negative { found: -1 })
    );
    let past = 1_u64 << 63;
    assert_eq!(
        Snowflake::try_from(past),
        Err(InvalidSnowflake::TooLarge { found: past })
    );
    assert_eq!(Snowflake::try_from(past - 1), Ok(Snowflake::MAX));
    assert_eq!(Snowflake::try_from(7_i64).map(u64::from), Ok(7));
    assert_eq!(i64::from(Snowflake::MAX), i64::MAX);
}

#[test]
fn a_text_that_is_not_the_one_text_of_an_id_is_refused() {
    let character = |base, found, at| InvalidSnowflake::UnexpectedCharacter { base, found, at };
    for (text, problem) in [
        ("", InvalidSnowflake::Empty),
        ("-1", character(10, '-', 0)),
        ("+1", character(10, '+', 0)),
        (" 1", character(10, ' ', 0)),
        ("1é", character(10, 'é', 1)),
        ("1A", character(10, 'A', 1)),
        ("01", InvalidSnowflake::LeadingZero),
        ("00", InvalidSnowflake::LeadingZero),
        ("9223372036854775808", InvalidSnowflake::Overflow),
        ("18446744073709551616", InvalidSnowflake::Overflow),
    ] {
        assert_eq!(text.parse::<Snowflake>(), Err(problem), "{text:?}");
    }
    for (text, problem) in [
        ("", InvalidSnowflake::Empty),
        ("a-b", character(62, '-', 1)),
        ("_", character(62, '_', 0)),
        ("ab🦀", character(62, '🦀', 2)),
        ("0A", InvalidSnowflake::LeadingZero),
        ("AzL8n0Y58m8", InvalidSnowflake::Overflow),
        ("zzzzzzzzzzzz", InvalidSnowflake::Overflow),
    ] {
        assert_eq!(Snowflake::from_base62(text), Err(problem), "{text:?}");
    }
}

#[test]
fn serialized_numbers_are_refused() {
    assert!(serde_json::from_str::<Snowflake>("7").is_err());
    assert!(serde_json::from_str::<Snowflake>("\"-7\"").is_err());
}
