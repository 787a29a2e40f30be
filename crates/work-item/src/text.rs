//! The free texts of a work item: titles, descriptions, reasons and notes.
//!
//! Lengths are counted in characters (Unicode scalar values), not in bytes: `é` has length 1.

use thiserror::Error;

use crate::first_hidden;

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TextProblem {
    /// The text has no characters, or only white space.
    #[error("it is empty")]
    Empty,
    /// The text is longer than the limit.
    #[error("it has {characters} characters, at most {max} are allowed")]
    TooLong {
        /// The length of the text.
        characters: usize,
        /// The largest length allowed.
        max: usize,
    },
    /// The text must be one line, but contains a line break or another control character.
    #[error("it must be one line without control characters: found U+{:04X} at byte {at}", u32::from(*.found))]
    NotOneLine {
        /// The character found.
        found: char,
        /// Its offset in bytes.
        at: usize,
    },
    /// The text has a [hidden](crate::mark_hidden) character, so it could show other words than it
    /// contains.
    #[error("it has the hidden character U+{:04X} at byte {at}", u32::from(*.found))]
    Hidden {
        /// The character found.
        found: char,
        /// Its offset in bytes.
        at: usize,
    },
}

/// Defines a checked text newtype, its error and its conversions.
macro_rules! checked_text {
    (
        $(#[$doc:meta])*
        $name:ident, $error:ident, $noun:literal, max $max:literal, $check:path, stored $stored:path
    ) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize,
        )]
        #[serde(into = "String")]
        pub struct $name(String);

        #[doc = concat!("An invalid ", $noun, ".")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
        #[error("invalid {noun}: {problem}", noun = $noun)]
        pub struct $error {
            /// The rule that the text breaks.
            pub problem: TextProblem,
        }

        impl $name {
            #[doc = concat!("The largest length of a ", $noun, ", in characters.")]
            pub const MAX_CHARACTERS: usize = $max;

            #[doc = concat!("Creates a ", $noun, " from `text`.")]
            ///
            /// # Errors
            #[doc = concat!("[`", stringify!($error), "`] if the text breaks a rule.")]
            pub fn new(text: &str) -> Result<Self, $error> {
                Self::checked(text, $check)
            }

            fn checked(
                text: &str,
                check: fn(&str, usize) -> Result<&str, TextProblem>,
            ) -> Result<Self, $error> {
                check(text, Self::MAX_CHARACTERS)
                    .map(|text| Self(text.to_owned()))
                    .map_err(|problem| $error { problem })
            }

            /// The text.
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

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        /// Reads a stored text, which was valid when it was stored.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::checked(&text, $stored).map_err(serde::de::Error::custom)
            }
        }
    };
}

checked_text! {
    /// The title of a work item: one line of 1 to 200 characters. White space around it is removed.
    /// [Hidden](crate::mark_hidden) characters are refused; old events may have them.
    ///
    /// ```
    /// use work_item::Title;
    ///
    /// assert_eq!(Title::new("  Tidy up ")?.as_str(), "Tidy up");
    /// assert!(Title::new("two\nlines").is_err());
    /// # Ok::<(), work_item::TitleInvalid>(())
    /// ```
    Title, TitleInvalid, "title", max 200, visible_line, stored one_line
}

checked_text! {
    /// The description of a work item: 1 to 20,000 characters, stored unchanged, not only white
    /// space.
    Description, DescriptionInvalid, "description", max 20_000, as_given, stored as_given
}

checked_text! {
    /// The reason of a block, a cancellation or a reopening, or the resolution of a work item: 1 to
    /// 2,000 characters in one or several lines. White space around them is removed.
    Reason, ReasonInvalid, "reason", max 2_000, trimmed, stored trimmed
}

checked_text! {
    /// A note about a work item: 1 to 10,000 characters in one or several lines. White space around
    /// them is removed.
    Note, NoteInvalid, "note", max 10_000, trimmed, stored trimmed
}

fn visible_line(text: &str, max: usize) -> Result<&str, TextProblem> {
    let text = one_line(text, max)?;
    match first_hidden(text) {
        Some((at, found)) => Err(TextProblem::Hidden { found, at }),
        None => Ok(text),
    }
}

checked_text! {
    /// The name of a file without its folders: one line of 1 to 255 characters without
    /// [hidden](crate::mark_hidden) ones, stored unchanged.
    FileName, FileNameInvalid, "file name", max 255, visible_exact_line, stored exact_line
}

checked_text! {
    /// A pattern for the names of tests: one line of 1 to 200 characters without
    /// [hidden](crate::mark_hidden) ones, stored unchanged.
    TestPattern, TestPatternInvalid, "test pattern", max 200, visible_exact_line, stored exact_line
}

fn visible_exact_line(text: &str, max: usize) -> Result<&str, TextProblem> {
    exact_line(text, max)?;
    match first_hidden(text) {
        Some((at, found)) => Err(TextProblem::Hidden { found, at }),
        None => Ok(text),
    }
}

fn exact_line(text: &str, max: usize) -> Result<&str, TextProblem> {
    one_line(text, max)?;
    match text.char_indices().find(|(_, c)| c.is_control()) {
        Some((at, found)) => Err(TextProblem::NotOneLine { found, at }),
        None => as_given(text, max),
    }
}

fn one_line(text: &str, max: usize) -> Result<&str, TextProblem> {
    let text = trimmed(text, max)?;
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    match text.char_indices().find(|(_, c)| breaks(*c)) {
        Some((at, found)) => Err(TextProblem::NotOneLine { found, at }),
        None => Ok(text),
    }
}

fn trimmed(text: &str, max: usize) -> Result<&str, TextProblem> {
    as_given(text.trim(), max)
}

fn as_given(text: &str, max: usize) -> Result<&str, TextProblem> {
    let characters = text.chars().count();
    if text.trim().is_empty() {
        Err(TextProblem::Empty)
    } else if characters > max {
        Err(TextProblem::TooLong { characters, max })
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> Result<String, TextProblem> {
        Title::new(text).map(String::from).map_err(|e| e.problem)
    }

    #[test]
    fn a_title_is_trimmed_and_its_length_counted_in_characters() {
        assert_eq!(title("\t Fix\u{a0}it \n"), Ok("Fix\u{a0}it".into()));
        assert_eq!(title("x"), Ok("x".into()));
        let long = "🦀".repeat(200);
        assert_eq!(title(&format!(" {long} ")), Ok(long.clone()));
        assert_eq!(
            title(&format!("{long}x")),
            Err(TextProblem::TooLong {
                characters: 201,
                max: 200
            })
        );
    }

    #[test]
    fn a_title_without_letters_or_of_several_lines_is_refused() {
        for blank in ["", " ", "\n\t", "\u{3000}"] {
            assert_eq!(title(blank), Err(TextProblem::Empty), "{blank:?}");
        }
        for found in ['\n', '\r', '\t', '\u{1b}', '\u{85}', '\u{2028}', '\u{2029}'] {
            let problem = TextProblem::NotOneLine { found, at: 3 };
            assert_eq!(title(&format!(" abc{found}d")), Err(problem));
        }
    }

    #[test]
    fn a_title_with_a_hidden_character_is_refused_and_still_loads() {
        for found in [
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{e0001}',
            '\u{e007f}',
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{3164}',
            '\u{e0100}',
        ] {
            let text = format!("ab{found}c");
            assert_eq!(title(&text), Err(TextProblem::Hidden { found, at: 2 }));
            let stored: Title = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            assert_eq!(stored.as_str(), text);
        }
        for kept in ["می\u{200c}خواهم", "👩\u{200d}💻", "שלום", "❤\u{fe0f}"] {
            assert_eq!(title(kept), Ok(kept.into()));
        }
        assert!(serde_json::from_str::<Title>("\"a\u{9b}b\"").is_err());
    }

    #[test]
    fn a_description_is_kept_as_given() {
        let text = "  indented\n\n\ttext\u{1b} ";
        assert_eq!(Description::new(text).map(String::from), Ok(text.into()));
        assert!(Description::new(&"é".repeat(20_000)).is_ok());
        let problem = |text: &str| Description::new(text).map_err(|e| e.problem);
        assert_eq!(problem(" \n"), Err(TextProblem::Empty));
        assert_eq!(
            problem(&"é".repeat(20_001)),
            Err(TextProblem::TooLong {
                characters: 20_001,
                max: 20_000
            })
        );
    }

    #[test]
    fn a_reason_is_trimmed_and_may_have_lines() {
        assert_eq!(
            Reason::new(" a\nb ").as_ref().map(Reason::as_str),
            Ok("a\nb")
        );
        assert!(Reason::new("").is_err());
        assert!(Reason::new(&"r".repeat(2_000)).is_ok());
        assert!(Reason::new(&"r".repeat(2_001)).is_err());
    }

    #[test]
    fn a_note_is_trimmed_and_may_have_lines() {
        assert_eq!(
            Note::new("\na\n\nb ").as_ref().map(Note::as_str),
            Ok("a\n\nb")
        );
        let problem = |text: &str| Note::new(text).map_err(|e| e.problem);
        assert_eq!(problem(" \t"), Err(TextProblem::Empty));
        assert!(Note::new(&"n".repeat(10_000)).is_ok());
        assert_eq!(
            problem(&"n".repeat(10_001)),
            Err(TextProblem::TooLong {
                characters: 10_001,
                max: 10_000
            })
        );
    }

    #[test]
    fn a_file_name_is_kept_as_given_or_refused() {
        let name = |text: &str| FileName::new(text).map(String::from);
        assert_eq!(name(" a b.xml "), Ok(" a b.xml ".into()));
        for text in [
            "",
            "  ",
            "a\nb",
            "a\u{1b}b",
            "a\u{202e}lmx.txt",
            "a\u{200b}b",
            "b \t",
        ] {
            assert!(name(text).is_err(), "{text:?}");
        }
        let old: FileName = serde_json::from_str("\"a\u{200b}b\"").unwrap();
        assert_eq!(old.as_str(), "a\u{200b}b");
        assert!(name(&"f".repeat(255)).is_ok() && name(&"f".repeat(256)).is_err());
    }

    #[test]
    fn serde_keeps_the_rules() {
        let title: Title = serde_json::from_str(r#"" a ""#).unwrap();
        assert_eq!(serde_json::to_string(&title).unwrap(), r#""a""#);
        assert!(serde_json::from_str::<Title>(r#""a\nb""#).is_err());
        assert!(serde_json::from_str::<Reason>(r#""""#).is_err());
        assert_eq!("t".parse::<Title>().unwrap().to_string(), "t");
    }
}
