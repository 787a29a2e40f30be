//! The rule for stored names: not empty, not too long, and without control characters.
//!
//! Names are never trimmed, folded or normalised. For example, `" lamp"` and `"lamp"` are two
//! names. [`InvalidText`] is the error of every name type, such as [`StreamId`](crate::StreamId)
//! and [`EventType`](crate::event::EventType).

use std::fmt;
use std::marker::PhantomData;

use serde::de::Visitor;
use thiserror::Error;

/// A name breaks the rule for stored names ([law 10](crate::laws#law-10)).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid {what}: {problem}")]
pub struct InvalidText {
    /// The kind of name, for example `stream id`.
    pub what: &'static str,
    /// The broken rule.
    pub problem: TextProblem,
}

/// The rule that a name breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextProblem {
    /// The name is empty.
    #[error("it is empty")]
    Empty,
    /// The name is longer than the limit, in bytes of UTF-8.
    #[error("it has {bytes} bytes, at most {max} are allowed")]
    TooLong {
        /// The length found, in bytes.
        bytes: usize,
        /// The longest length allowed, in bytes.
        max: usize,
    },
    /// The name has a control character (Unicode category Cc).
    #[error("it has the control character U+{:04X} at byte {at}", u32::from(*.found))]
    ControlCharacter {
        /// The character found.
        found: char,
        /// Its offset in bytes.
        at: usize,
    },
    /// The name has a character that separates the parts of a larger name. For example, a category
    /// has no dash.
    #[error("it has the separator `{found}` at byte {at}")]
    Separator {
        /// The character found.
        found: char,
        /// Its offset in bytes.
        at: usize,
    },
}

pub(crate) fn check(what: &'static str, max: usize, text: &str) -> Result<(), InvalidText> {
    let problem = if text.is_empty() {
        TextProblem::Empty
    } else if text.len() > max {
        TextProblem::TooLong {
            bytes: text.len(),
            max,
        }
    } else if text.bytes().fold(true, |is_plain, byte| {
        is_plain & matches!(byte, b' '..=b'~')
    }) {
        // The fast path for nearly every name: a loop over bytes that the compiler vectorizes.
        return Ok(());
    } else if let Some((at, found)) = text.char_indices().find(|(_, c)| c.is_control()) {
        TextProblem::ControlCharacter { found, at }
    } else {
        return Ok(());
    };
    Err(InvalidText { what, problem })
}

/// Deserializes a validated text directly from a borrowed text, without a copy.
pub(crate) struct TextVisitor<T>(pub(crate) PhantomData<T>);

impl<T> Visitor<'_> for TextVisitor<T>
where
    T: for<'t> TryFrom<&'t str, Error = InvalidText>,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        T::try_from(text).map_err(E::custom)
    }
}

/// Defines a type for validated text that is cheap to clone, with its conversions.
macro_rules! validated_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, max $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            #[doc = concat!("The longest ", $what, ", in bytes of UTF-8.")]
            pub const MAX_BYTES: usize = $max;

            #[doc = concat!("Takes `text` as a ", $what, ".")]
            ///
            /// # Errors
            /// [`InvalidText`](crate::text::InvalidText) if it is empty, longer than
            /// [`MAX_BYTES`](Self::MAX_BYTES), or has a control character.
            pub fn new(text: impl AsRef<str>) -> Result<Self, $crate::text::InvalidText> {
                let text = text.as_ref();
                $crate::text::check($what, Self::MAX_BYTES, text)?;
                Ok(Self(text.into()))
            }

            /// The text, unchanged.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::InvalidText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::InvalidText;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::text::InvalidText;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0.as_ref().to_owned()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::text::TextVisitor(std::marker::PhantomData))
            }
        }
    };
}
pub(crate) use validated_text;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::StreamId;
    use crate::event::EventType;

    proptest! {
        #[test]
        fn an_accepted_name_round_trips_through_its_text(text in "\\PC{1,40}") {
            let stream = StreamId::new(text.as_str()).unwrap();
            prop_assert_eq!(stream.to_string(), text.as_str());
            prop_assert_eq!(stream.to_string().parse(), Ok(stream));
            let event_type = EventType::new(text.as_str()).unwrap();
            prop_assert_eq!(event_type.to_string().parse(), Ok(event_type));
        }
    }

    #[test]
    fn any_unicode_but_control_characters_is_accepted() {
        for text in ["a", "a/b", "Ä ö", "🦀🚀", "a%b_c-d", " lead and trail "] {
            assert_eq!(check("name", 40, text), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_error_has_the_problem_and_its_place() {
        let problem = |text| check("name", 4, text).map_err(|e| e.problem);
        assert_eq!(problem(""), Err(TextProblem::Empty));
        assert_eq!(
            problem("abcde"),
            Err(TextProblem::TooLong { bytes: 5, max: 4 })
        );
        assert_eq!(
            problem("ab\n"),
            Err(TextProblem::ControlCharacter { found: '\n', at: 2 })
        );
        assert_eq!(
            problem("é\u{85}"),
            Err(TextProblem::ControlCharacter {
                found: '\u{85}',
                at: 2
            })
        );
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert_eq!(check("name", 4, "abcd"), Ok(()));
        assert_eq!(check("name", 4, "🦀"), Ok(()));
    }

    #[test]
    fn every_conversion_from_and_to_text_agrees() {
        let name = StreamId::new("a-1").unwrap();
        assert_eq!("a-1".parse(), Ok(name.clone()));
        assert_eq!(StreamId::try_from("a-1"), Ok(name.clone()));
        assert_eq!(StreamId::try_from("a-1".to_owned()), Ok(name.clone()));
        assert!("".parse::<StreamId>().is_err());
        assert!(StreamId::try_from("").is_err());
        assert!(StreamId::try_from(String::new()).is_err());
        assert_eq!((name.as_ref(), name.as_str()), ("a-1", "a-1"));
        assert_eq!(format!("{name:>5}|{name:?}"), "  a-1|StreamId(\"a-1\")");
        assert_eq!(String::from(name), "a-1");
    }
}
