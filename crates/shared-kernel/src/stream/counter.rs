//! The counters of a store: whole numbers from 0 to 2⁶³ − 1.
//!
//! SQL databases count in signed 64 bits. A larger number is a typed error at its conversion, so no
//! adapter wraps or clamps it ([law 22](crate::laws#law-22)).

use thiserror::Error;

/// A number is larger than 2⁶³ − 1, the largest that a store can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{what} {found} is above the maximum, 9223372036854775807")]
pub struct OutOfRange {
    /// The counter, for example `stream version`.
    pub what: &'static str,
    /// The number found.
    pub found: u64,
}

/// The steps of a counter, for code over both counters.
pub(crate) trait Counter: Copy {
    const ZERO: Self;
    const MAX: Self;
    fn next(self) -> Option<Self>;
    fn previous(self) -> Option<Self>;
}

/// Defines a counter type: 0 is before the first event, and 2⁶³ − 1 is the maximum.
macro_rules! counter {
    ($(#[$doc:meta])* $name:ident, $what:literal, zero $(#[$zero_doc:meta])* $zero:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "u64", into = "u64")]
        pub struct $name(u64);

        impl $name {
            $(#[$zero_doc])*
            pub const $zero: Self = Self(0);
            #[doc = concat!("The largest ", $what, ", 2⁶³ − 1.")]
            pub const MAX: Self = Self(i64::MAX as u64);

            #[doc = concat!("Takes `number` as a ", $what, ".")]
            ///
            /// # Errors
            /// [`OutOfRange`](crate::stream::OutOfRange) above [`MAX`](Self::MAX).
            pub const fn new(number: u64) -> Result<Self, $crate::stream::OutOfRange> {
                if number > Self::MAX.0 {
                    return Err($crate::stream::OutOfRange { what: $what, found: number });
                }
                Ok(Self(number))
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The number as a signed one, for SQL databases; never negative.
            #[must_use]
            pub const fn as_i64(self) -> i64 {
                self.0.cast_signed()
            }

            /// The number plus `count`.
            ///
            /// # Errors
            /// [`OutOfRange`](crate::stream::OutOfRange) above [`MAX`](Self::MAX).
            pub const fn advanced_by(self, count: u64) -> Result<Self, $crate::stream::OutOfRange> {
                Self::new(self.0.saturating_add(count))
            }

            /// The next number; `None` at [`MAX`](Self::MAX).
            #[must_use]
            pub const fn next(self) -> Option<Self> {
                if self.0 == Self::MAX.0 { None } else { Some(Self(self.0 + 1)) }
            }

            /// The number before; `None` at 0.
            #[must_use]
            pub const fn previous(self) -> Option<Self> {
                if self.0 == 0 { None } else { Some(Self(self.0 - 1)) }
            }
        }

        impl $crate::stream::counter::Counter for $name {
            const ZERO: Self = Self::$zero;
            const MAX: Self = Self::MAX;

            fn next(self) -> Option<Self> {
                self.next()
            }

            fn previous(self) -> Option<Self> {
                self.previous()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<u32> for $name {
            fn from(number: u32) -> Self {
                Self(u64::from(number))
            }
        }

        impl TryFrom<u64> for $name {
            type Error = $crate::stream::OutOfRange;

            fn try_from(number: u64) -> Result<Self, Self::Error> {
                Self::new(number)
            }
        }

        /// For numbers from a database. The error has a negative number as its two's complement: -1
        /// as 18446744073709551615.
        impl TryFrom<i64> for $name {
            type Error = $crate::stream::OutOfRange;

            fn try_from(number: i64) -> Result<Self, Self::Error> {
                Self::new(number.cast_unsigned())
            }
        }

        impl From<$name> for u64 {
            fn from(counter: $name) -> u64 {
                counter.0
            }
        }
    };
}
pub(crate) use counter;
