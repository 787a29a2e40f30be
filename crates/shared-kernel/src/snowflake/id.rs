//! The snowflake: an id of 63 bits with a time, a worker and a sequence number.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::snowflake::WorkerId;

const SEQUENCE_BITS: u32 = 12;
const WORKER_BITS: u32 = 10;
const TIME_SHIFT: u32 = SEQUENCE_BITS + WORKER_BITS;
const EPOCH_SECOND: i64 = 1_704_067_200;

/// The last millisecond after the epoch that 41 bits can hold.
pub(crate) const LAST_MILLISECOND: i64 = (1 << 41) - 1;

/// The digits of base 62 in the order of their values, which is also their order in ASCII.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An id that sorts by its time: a number from 0 to 2⁶³ − 1.
///
/// | bits, from the highest | content |
/// |---|---|
/// | 1 | always 0 |
/// | 41 | milliseconds since [`EPOCH`](Self::EPOCH), until September 2093 |
/// | 10 | the [worker](WorkerId) |
/// | 12 | a sequence number within the millisecond |
///
/// An id has exactly one text in decimal and one in base 62, without a sign, spaces or leading
/// zeros. Serialized data has the decimal text, because many readers of JSON lose the last digits
/// of numbers above 2⁵³.
///
/// ```
/// use jiff::Timestamp;
/// use shared_kernel::snowflake::{Snowflake, WorkerId};
///
/// let time: Timestamp = "2026-01-09T10:00:00.123Z".parse()?;
/// let id = Snowflake::from_parts(time, WorkerId::new(5)?, 17)?;
/// assert_eq!((id.time(), id.worker().get(), id.sequence()), (time, 5, 17));
/// assert_eq!(id.to_string(), "267955628138319889");
/// assert_eq!("267955628138319889".parse::<Snowflake>()?, id);
/// assert_eq!(Snowflake::from_base62(&id.to_base62())?, id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Snowflake(i64);

/// A number, a text or a part is invalid for a snowflake.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidSnowflake {
    /// The number is negative.
    #[error("{found} is not a snowflake: it is negative")]
    Negative {
        /// The number found.
        found: i64,
    },
    /// The number is larger than 2⁶³ − 1.
    #[error("{found} is not a snowflake: it is above the maximum, 9223372036854775807")]
    TooLarge {
        /// The number found.
        found: u64,
    },
    /// The text is empty.
    #[error("an empty text is not a snowflake")]
    Empty,
    /// The text has a character that is not a digit of its base.
    #[error("not a snowflake: `{found}` at byte {at} is not a digit of base {base}")]
    UnexpectedCharacter {
        /// The base of the text, 10 or 62.
        base: u32,
        /// The character found.
        found: char,
        /// Its offset in bytes.
        at: usize,
    },
    /// The text has leading zeros.
    #[error("not a snowflake: the text has leading zeros")]
    LeadingZero,
    /// The text is a number larger than 2⁶³ − 1.
    #[error("not a snowflake: the number is above the maximum, 9223372036854775807")]
    Overflow,
    /// The time is before [`Snowflake::EPOCH`].
    #[error("no snowflake can hold the time {time}: it is before 2024-01-01T00:00:00Z")]
    BeforeEpoch {
        /// The time found.
        time: Timestamp,
    },
    /// The time is after [`Snowflake::END`], the last millisecond of 41 bits.
    #[error(
        "no snowflake can hold the time {time}: it is after {}",
        Snowflake::END
    )]
    PastEnd {
        /// The time found.
        time: Timestamp,
    },
    /// The sequence number is larger than [`Snowflake::MAX_SEQUENCE`].
    #[error("no snowflake can hold the sequence number {found}: it is above the maximum, 4095")]
    SequenceTooLarge {
        /// The number found.
        found: u16,
    },
}

impl Snowflake {
    /// The epoch of snowflakes, 2024-01-01T00:00:00Z.
    pub const EPOCH: Timestamp = Timestamp::constant(EPOCH_SECOND, 0);
    /// The last time that a snowflake can hold, 2⁴¹ − 1 milliseconds after the epoch.
    pub const END: Timestamp = time_of(LAST_MILLISECOND);
    /// The last sequence number, 4,095.
    pub const MAX_SEQUENCE: u16 = (1 << SEQUENCE_BITS) - 1;
    /// The last snowflake, 2⁶³ − 1.
    pub const MAX: Self = Self(i64::MAX);

    /// Takes `number` as a snowflake.
    ///
    /// # Errors
    /// [`InvalidSnowflake::Negative`].
    pub const fn new(number: i64) -> Result<Self, InvalidSnowflake> {
        if number < 0 {
            return Err(InvalidSnowflake::Negative { found: number });
        }
        Ok(Self(number))
    }

    /// The snowflake of a time, a worker and a sequence number. The time is cut to the millisecond.
    ///
    /// # Errors
    /// [`InvalidSnowflake::BeforeEpoch`], [`InvalidSnowflake::PastEnd`],
    /// [`InvalidSnowflake::SequenceTooLarge`].
    pub fn from_parts(
        time: Timestamp,
        worker: WorkerId,
        sequence: u16,
    ) -> Result<Self, InvalidSnowflake> {
        if time < Self::EPOCH {
            return Err(InvalidSnowflake::BeforeEpoch { time });
        }
        if sequence > Self::MAX_SEQUENCE {
            return Err(InvalidSnowflake::SequenceTooLarge { found: sequence });
        }
        let milliseconds = milliseconds_since_epoch(time);
        if milliseconds > LAST_MILLISECOND {
            return Err(InvalidSnowflake::PastEnd { time });
        }
        let worker = i64::from(worker.get()) << SEQUENCE_BITS;
        Ok(Self(
            (milliseconds << TIME_SHIFT) | worker | i64::from(sequence),
        ))
    }

    /// Reads the id from its text in base 62.
    ///
    /// # Errors
    /// [`InvalidSnowflake`] if the text is empty, has another character than `0-9A-Za-z` or leading
    /// zeros, or is a number above [`MAX`](Self::MAX).
    pub fn from_base62(text: &str) -> Result<Self, InvalidSnowflake> {
        parse(text, 62, |byte| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'A'..=b'Z' => Some(byte - b'A' + 10),
            b'a'..=b'z' => Some(byte - b'a' + 36),
            _ => None,
        })
    }

    /// The id in base 62, with the digits `0-9A-Za-z` in this order: 1 to 11 characters without
    /// leading zeros. A shorter text is a smaller id; texts of one length sort in ASCII as their
    /// ids.
    #[must_use]
    pub fn to_base62(self) -> String {
        let mut digits = Vec::with_capacity(11);
        let mut rest = self.0.unsigned_abs();
        loop {
            let digit = (rest % 62) as usize;
            digits.push(char::from(BASE62[digit]));
            rest /= 62;
            if rest == 0 {
                break;
            }
        }
        digits.iter().rev().collect()
    }

    /// The number, never negative.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The time in the id, to the millisecond.
    #[must_use]
    pub const fn time(self) -> Timestamp {
        time_of(self.milliseconds())
    }

    /// The worker that made the id.
    #[must_use]
    pub const fn worker(self) -> WorkerId {
        WorkerId::from_low_bits(self.0 >> SEQUENCE_BITS)
    }

    /// The number of the id within its worker and millisecond, from 0.
    #[must_use]
    pub const fn sequence(self) -> u16 {
        (self.0 & Self::MAX_SEQUENCE as i64) as u16
    }

    /// The milliseconds between the epoch and the time in the id.
    pub(crate) const fn milliseconds(self) -> i64 {
        self.0 >> TIME_SHIFT
    }
}

/// Whole milliseconds from the epoch to `time`, negative before it.
pub(crate) fn milliseconds_since_epoch(time: Timestamp) -> i64 {
    time.as_millisecond() - EPOCH_SECOND * 1000
}

/// The time of a number of milliseconds after the epoch.
pub(crate) const fn time_of(milliseconds: i64) -> Timestamp {
    let second = EPOCH_SECOND + milliseconds.div_euclid(1000);
    let nanosecond = milliseconds.rem_euclid(1000) * 1_000_000;
    Timestamp::constant(second, nanosecond as i32)
}

fn parse(
    text: &str,
    base: u32,
    value_of: impl Fn(u8) -> Option<u8>,
) -> Result<Snowflake, InvalidSnowflake> {
    let mut number = Some(0_i64);
    for (at, found) in text.char_indices() {
        let digit = u8::try_from(found).ok().and_then(&value_of);
        let Some(digit) = digit else {
            return Err(InvalidSnowflake::UnexpectedCharacter { base, found, at });
        };
        number = number
            .and_then(|number| number.checked_mul(i64::from(base)))
            .and_then(|number| number.checked_add(i64::from(digit)));
    }
    match text.as_bytes() {
        [] => Err(InvalidSnowflake::Empty),
        [b'0', _, ..] => Err(InvalidSnowflake::LeadingZero),
        _ => number.map(Snowflake).ok_or(InvalidSnowflake::Overflow),
    }
}

impl fmt::Display for Snowflake {
    /// The id in decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Snowflake {
    type Err = InvalidSnowflake;

    /// Reads the id from its text in decimal.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text, 10, |byte| byte.is_ascii_digit().then(|| byte - b'0'))
    }
}

impl TryFrom<i64> for Snowflake {
    type Error = InvalidSnowflake;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

impl TryFrom<u64> for Snowflake {
    type Error = InvalidSnowflake;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        i64::try_from(number)
            .map(Self)
            .map_err(|_| InvalidSnowflake::TooLarge { found: number })
    }
}

impl TryFrom<String> for Snowflake {
    type Error = InvalidSnowflake;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Snowflake> for String {
    fn from(id: Snowflake) -> Self {
        id.to_string()
    }
}

impl From<Snowflake> for i64 {
    fn from(id: Snowflake) -> Self {
        id.0
    }
}

impl From<Snowflake> for u64 {
    fn from(id: Snowflake) -> Self {
        id.0.unsigned_abs()
    }
}

#[cfg(test)]
mod tests;
