//! Enums with one fixed word for each variant, such as `in_progress` for `Status::InProgress`.

use thiserror::Error;

/// A text that is none of an enum's words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown {what} `{found}`: use one of {}", known.join(", "))]
pub struct UnknownWord {
    /// The kind of word expected, for example `priority`.
    pub what: &'static str,
    /// The text found.
    pub found: String,
    /// All words of the enum.
    pub known: &'static [&'static str],
}

/// Defines an enum with one word for each variant: `Display`, `FromStr` and serde all use that
/// word.
macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident, $what:literal {
            $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            #[doc = concat!("Every ", $what, ", in the order of declaration.")]
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word of this variant.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            /// Reads the word in upper or lower case. Deserializing accepts the exact spelling
            /// only.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().find(|known| known.as_str().eq_ignore_ascii_case(text));
                known.copied().ok_or_else(|| $crate::UnknownWord {
                    what: $what,
                    found: text.to_owned(),
                    known: Self::WORDS,
                })
            }
        }
    };
}
pub(crate) use words;
