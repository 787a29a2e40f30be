//! The short form of an event id: its age in milliseconds when the event was recorded, and its
//! random bits as thirteen letters, for example `12AAAAAAAAAAAAA`.
//!
//! A UUID of version 7 (RFC 9562, section 5.7) has 74 random bits, and thirteen digits of base 52
//! hold 74.1. Letters need no quotes in TOON. Of the forms measured, they take the fewest tokens;
//! see decision 8.

use jiff::Timestamp;
use shared_kernel::EventId;

const LETTERS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const WIDTH: usize = 13;
const LOW_BITS: u32 = 62;

/// The id as `<milliseconds><letters>`; `None` if the time in the id is outside the calendar.
pub(crate) fn write(id: EventId, recorded_at: Timestamp) -> Option<String> {
    let made_at = i64::try_from(id.unix_milliseconds()).ok()?;
    Timestamp::from_millisecond(made_at).ok()?;
    let age = recorded_at.as_millisecond() - made_at;
    let mut chance = chance_of(id);
    let mut letters = [0; WIDTH];
    for letter in letters.iter_mut().rev() {
        *letter = LETTERS[(chance % 52) as usize];
        chance /= 52;
    }
    let letters = std::str::from_utf8(&letters).ok()?;
    Some(format!("{age}{letters}"))
}

/// The id of a text in the short form; `None` for any other text.
pub(crate) fn read(text: &str, recorded_at: Timestamp) -> Option<EventId> {
    let (age, letters) = text.split_at_checked(text.len().checked_sub(WIDTH)?)?;
    let age: i64 = age.parse().ok()?;
    let made_at = recorded_at.as_millisecond().checked_sub(age)?;
    let made_at = Timestamp::from_millisecond(made_at).ok()?;
    let mut chance = 0u128;
    for letter in letters.bytes() {
        let digit = LETTERS.iter().position(|known| *known == letter)?;
        chance = chance * 52 + digit as u128;
    }
    if chance >> 74 != 0 {
        return None;
    }
    let high = (chance >> LOW_BITS) as u16;
    let low = (chance as u64) & ((1 << LOW_BITS) - 1);
    let mut bytes = [0; 10];
    bytes[..2].copy_from_slice(&high.to_be_bytes());
    bytes[2..].copy_from_slice(&low.to_be_bytes());
    let id = EventId::from_parts(made_at, bytes);
    (write(id, recorded_at).as_deref() == Some(text)).then_some(id)
}

fn chance_of(id: EventId) -> u128 {
    let bits = u128::from_be_bytes(*id.as_bytes());
    let high = (bits >> 64) & 0x0fff;
    let low = bits & ((1 << LOW_BITS) - 1);
    high << LOW_BITS | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_round_trips() {
        let recorded_at = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        for chance in [
            [0; 10],
            [0xff; 10],
            [0x5a; 10],
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        ] {
            for made_at in [0, 1_699_999_999_997, 1_700_000_000_000, 1_800_000_000_000] {
                let made_at = Timestamp::from_millisecond(made_at).unwrap();
                let id = EventId::from_parts(made_at, chance);
                let text = write(id, recorded_at).unwrap();
                assert_eq!(read(&text, recorded_at), Some(id), "{text}");
            }
        }
    }

    #[test]
    fn an_id_is_its_age_and_its_letters() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let id = EventId::from_parts(at(1_000), [0; 10]);
        assert_eq!(write(id, at(1_012)).unwrap(), "12AAAAAAAAAAAAA");
        assert_eq!(write(id, at(998)).unwrap(), "-2AAAAAAAAAAAAA");
    }

    #[test]
    fn invalid_spellings_are_refused() {
        let at = Timestamp::from_millisecond(1_000).unwrap();
        for text in [
            "",
            "AAAAAAAAAAAAA",
            "1AAAAAAAAAAAA",
            "01AAAAAAAAAAAAA",
            "+1AAAAAAAAAAAAA",
            "1AAAAAAAAAAAA1",
            "1zzzzzzzzzzzzz",
            "1ßAAAAAAAAAAAA",
            "1001AAAAAAAAAAAAA",
        ] {
            assert_eq!(read(text, at), None, "{text}");
        }
    }

    #[test]
    fn a_time_past_the_calendar_has_no_short_spelling() {
        let last: EventId = "ffffffff-ffff-7000-8000-000000000000".parse().unwrap();
        assert_eq!(write(last, Timestamp::UNIX_EPOCH), None);
    }
}
