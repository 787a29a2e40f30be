//! Arguments that are texts or words.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use work_item::UnknownWord;

/// A text: the argument itself, or standard input if the argument is `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextArgument<T> {
    Given(T),
    Input,
}

impl<T: FromStr> FromStr for TextArgument<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        match text {
            "-" => Ok(Self::Input),
            _ => text.parse().map(Self::Given),
        }
    }
}

/// The file with the text of a command.
#[derive(Debug, Args)]
pub(crate) struct TextFile {
    /// Read the text from this file
    #[arg(long, short = 'F', value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// The parser of an argument that is one of some words, in upper or lower case.
pub(super) fn word<T>(
    all: &[T],
    as_str: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> + use<T>
where
    T: FromStr<Err = UnknownWord> + Copy + Send + Sync + 'static,
{
    let words: Vec<_> = all.iter().map(|one| as_str(*one)).collect();
    PossibleValuesParser::new(words).try_map(|word: String| word.parse::<T>())
}

/// The parser of a whole number.
pub(super) fn whole_number<T: FromStr>(text: &str) -> Result<T, String> {
    let number = text.parse();
    number.map_err(|_| "it must be a whole number, such as 7".to_owned())
}
