//! Splitting the names of tests into words.

use std::str::FromStr;

use thiserror::Error;
use work_item::{TestPattern, TestPatternInvalid};

/// A sequence of words in lower case.
///
/// A name is split at each character that is neither a letter nor a digit, and before a capital
/// after a small letter or a digit: `negative::refuses_zero` and `NegativeRefusesZero` have the
/// same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words(Vec<String>);

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum InvalidWords {
    #[error("a word needs at least one letter or digit")]
    NoWord,
    #[error(transparent)]
    Pattern(#[from] TestPatternInvalid),
}

impl Words {
    pub(crate) fn of(name: &str) -> Self {
        let mut words = Vec::new();
        let mut word = String::new();
        let mut before_capital = false;
        for c in name.chars() {
            let cuts = !c.is_alphanumeric() || (before_capital && c.is_uppercase());
            if cuts && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if c.is_alphanumeric() {
                word.extend(c.to_lowercase());
            }
            before_capital = c.is_lowercase() || c.is_numeric();
        }
        if !word.is_empty() {
            words.push(word);
        }
        Self(words)
    }

    /// The words as a pattern, separated by spaces: `adds_more` gives `adds more`.
    pub(crate) fn pattern(&self) -> Result<TestPattern, TestPatternInvalid> {
        TestPattern::new(&self.0.join(" "))
    }

    /// Whether `others` contains these words next to each other and in this order.
    pub(crate) fn are_in(&self, others: &Self) -> bool {
        others
            .0
            .windows(self.0.len().max(1))
            .any(|window| window == self.0)
    }
}

impl FromStr for Words {
    type Err = InvalidWords;

    fn from_str(text: &str) -> Result<Self, InvalidWords> {
        let words = Self::of(text);
        if words.0.is_empty() {
            return Err(InvalidWords::NoWord);
        }
        words.pattern()?;
        Ok(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(pattern: &str, name: &str) -> bool {
        pattern.parse::<Words>().unwrap().are_in(&Words::of(name))
    }

    #[test]
    fn a_word_is_found_in_names_of_every_style() {
        for name in [
            "negative",
            "tests::negative::refuses_zero",
            "test_negative_login",
            "NegativeLoginTest",
            "loginNegative",
            "a NEGATIVE one",
            "run2Negative",
        ] {
            assert!(is_in("negative", name), "{name}");
            assert!(is_in("Negative", name), "{name}");
        }
        assert!(is_in("edge_case", "TheEdgeCaseOfZero"));
        assert!(is_in("grenzfälle", "tests::Grenzfälle::null"));
    }

    #[test]
    fn a_part_of_a_word_is_another_word() {
        for name in ["knowledge", "edges", "edge1", "", "hedge_fund"] {
            assert!(!is_in("edge", name), "{name}");
        }
        assert!(!is_in("edge case", "case_of_the_edge"));
        for none in ["", "::", " _ "] {
            assert_eq!(none.parse::<Words>(), Err(InvalidWords::NoWord));
        }
    }
}
