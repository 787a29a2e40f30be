//! Owns the rule for closed lists of words: one spelling each, and an unknown word is an error.

use thiserror::Error;

/// A word that is not on the list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown {what} `{found}`: use one of {}", known.join(", "))]
pub struct UnknownWord {
    /// What the word was to name, for example `priority`.
    pub what: &'static str,
    /// The word found.
    pub found: String,
    /// The words on the list.
    pub known: &'static [&'static str],
}

/// Defines an enum whose variants each have one word, in text and in serialized data.
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

            /// The word for it.
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

            /// Takes the word in capitals or small letters; serialized data has one spelling only.
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
