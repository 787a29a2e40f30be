//! The name of a work item in another tracker or store, for example `bd-a1b2`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest alias, in bytes.
const MAX_BYTES: usize = 64;

/// The name of a work item in the tracker or the store from which it came.
///
/// It has 1 to 64 of the characters `a` to `z`, `A` to `Z`, `0` to `9`, `.`, `_` and `-`, begins
/// with a letter or a digit, and has a dash. It is copied like the other ids of an item.
///
/// ```
/// use work_item::Alias;
///
/// let alias: Alias = "bd-a1b2.1".parse()?;
/// assert_eq!(alias.as_str(), "bd-a1b2.1");
/// assert!("a b".parse::<Alias>().is_err());
/// # Ok::<(), work_item::AliasInvalid>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Alias {
    bytes: [u8; MAX_BYTES],
    length: u8,
}

/// The text is not an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AliasInvalid {
    /// It is empty, or longer than 64 bytes.
    #[error("a name of another tracker has 1 to {MAX_BYTES} characters, not {bytes}")]
    Length {
        /// The length found, in bytes.
        bytes: usize,
    },
    /// It has another character, or begins with one of `.`, `_` and `-`.
    #[error("`{found}` at byte {at} is not allowed in a name of another tracker")]
    Character {
        /// The character found.
        found: char,
        /// Its offset in bytes.
        at: usize,
    },
    /// It has no dash, so it could be another kind of name.
    #[error("a name of another tracker has a dash, for example bd-a1b2")]
    NoDash,
}

impl Alias {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes come from a text of ASCII characters.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }

    /// The text in lower case. Two aliases with the same key name the same items.
    #[must_use]
    pub fn key(&self) -> String {
        self.as_str().to_ascii_lowercase()
    }
}

impl FromStr for Alias {
    type Err = AliasInvalid;

    fn from_str(text: &str) -> Result<Self, AliasInvalid> {
        let length = text.len();
        if !(1..=MAX_BYTES).contains(&length) {
            return Err(AliasInvalid::Length { bytes: length });
        }
        let is_allowed = |at: usize, c: char| {
            c.is_ascii_alphanumeric() || (at > 0 && matches!(c, '.' | '_' | '-'))
        };
        if let Some((at, found)) = text.char_indices().find(|(at, c)| !is_allowed(*at, *c)) {
            return Err(AliasInvalid::Character { found, at });
        }
        if !text.contains('-') {
            return Err(AliasInvalid::NoDash);
        }
        let mut bytes = [0; MAX_BYTES];
        bytes[..length].copy_from_slice(text.as_bytes());
        let length = u8::try_from(length).map_err(|_| AliasInvalid::Length { bytes: length })?;
        Ok(Self { bytes, length })
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Alias({:?})", self.as_str())
    }
}

impl TryFrom<String> for Alias {
    type Error = AliasInvalid;

    fn try_from(text: String) -> Result<Self, AliasInvalid> {
        text.parse()
    }
}

impl From<Alias> for String {
    fn from(alias: Alias) -> Self {
        alias.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_kept_as_given_and_compared_in_lower_case() {
        for text in [
            "bd-a1b2",
            "BD-a1b2.10",
            "3d-x",
            "my_repo-1",
            &"a-".repeat(32),
        ] {
            let alias: Alias = text.parse().unwrap();
            assert_eq!(alias.as_str(), text);
            assert_eq!(alias.key(), text.to_lowercase());
            let json = serde_json::to_string(&alias).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Alias>(&json).unwrap(), alias);
        }
    }

    #[test]
    fn other_texts_are_refused_with_the_reason() {
        let parse = |text: &str| text.parse::<Alias>();
        assert_eq!(parse(""), Err(AliasInvalid::Length { bytes: 0 }));
        let long = format!("b-{}", "x".repeat(63));
        assert_eq!(parse(&long), Err(AliasInvalid::Length { bytes: 65 }));
        for (text, found, at) in [("-4", '-', 0), ("a b-1", ' ', 1), ("bd-ä", 'ä', 3)] {
            assert_eq!(parse(text), Err(AliasInvalid::Character { found, at }));
        }
        assert_eq!(parse("bd1"), Err(AliasInvalid::NoDash));
    }
}
