//! The names of read models and of their builds.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// The name of a read model: 1 to 64 characters of `a` to `z`, `0` to `9`, `_` and `-`, beginning
/// with a letter. So it can be part of a file name on every system.
///
/// ```
/// use read_side::ModelName;
///
/// assert_eq!(ModelName::new("open_lamps")?.as_str(), "open_lamps");
/// assert!(ModelName::new("Open Lamps").is_err());
/// # Ok::<(), read_side::InvalidModelName>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelName(Arc<str>);

/// A text is not the name of a read model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{} is not the name of a read model; take 1 to 64 of a-z, 0-9, _ and -, with a letter first",
    short(text)
)]
pub struct InvalidModelName {
    /// The text.
    pub text: String,
}

fn short(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}

impl ModelName {
    /// Takes a text as a name.
    ///
    /// # Errors
    /// [`InvalidModelName`].
    pub fn new(text: &str) -> Result<Self, InvalidModelName> {
        let is_allowed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        if begins && text.len() <= 64 && text.chars().all(is_allowed) {
            return Ok(Self(text.into()));
        }
        Err(InvalidModelName {
            text: text.to_owned(),
        })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelName({:?})", &*self.0)
    }
}

/// One copy of the rows of a read model, with its own progress.
///
/// A new version of the projection fills a build of its own, and so does each rebuild. For example,
/// `open_lamps.v3.2` is the second build of version 3.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Build {
    /// The read model.
    pub model: ModelName,
    /// The version of the projection.
    pub version: u32,
    /// The number of the build, counted from 1 for each version.
    pub number: u32,
}

impl AsRef<Build> for Build {
    fn as_ref(&self) -> &Build {
        self
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.v{}.{}", self.model, self.version, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_part_of_a_file_name() {
        for name in ["a", "open_lamps", "items-2", &"x".repeat(64)] {
            assert_eq!(ModelName::new(name).unwrap().as_str(), name);
        }
        for name in [
            "",
            "A",
            "2x",
            "_x",
            "a b",
            "a.b",
            "a/b",
            "ä",
            &"x".repeat(65),
        ] {
            assert!(ModelName::new(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_long_text_is_quoted_by_its_first_80_characters() {
        let error = ModelName::new(&"X".repeat(1000)).unwrap_err();
        assert!(error.to_string().len() < 200);
    }

    #[test]
    fn a_build_shows_name_version_and_number() {
        let build = Build {
            model: ModelName::new("lamps").unwrap(),
            version: 3,
            number: 2,
        };
        assert_eq!(build.to_string(), "lamps.v3.2");
    }
}
