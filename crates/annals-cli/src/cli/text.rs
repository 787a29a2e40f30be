//! Arguments that are texts or words.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use clap::builder::{PathBufValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
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
    #[arg(long, short = 'F', value_name = "FILE", value_parser = path())]
    pub(crate) file: Option<PathBuf>,
}

/// The parser of an argument that is a path. A path must be one line, so that errors can name it.
pub(super) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match is_address(&path) {
        true => Err("it must be the path of a file, not an address"),
        false => one_line(path),
    })
}

/// The parser of the place of a store: a path, or an address.
pub(super) fn place() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(one_line)
}

/// Whether a text is meant as the address of a database on a server. A mistyped address, such as
/// `postgers://…`, is one, too: as a path, it would be shown with its password.
pub(crate) fn is_address(text: &Path) -> bool {
    let text = text.to_string_lossy();
    let begins = |scheme| text.trim_start().starts_with(scheme);
    text.contains("://") || begins("postgres:") || begins("postgresql:")
}

/// A path, unless it has control characters.
pub(crate) fn one_line(path: PathBuf) -> Result<PathBuf, &'static str> {
    match path.to_string_lossy().contains(char::is_control) {
        true => Err("a path must be one line without control characters"),
        false => Ok(path),
    }
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

/// Words with commas between them: `pending,blocked`.
#[derive(Debug, Clone)]
pub(crate) struct Several<T>(pub(crate) Vec<T>);

/// The parser of [`Several`].
#[derive(Clone)]
pub(super) struct Words<P>(P);

/// The parser of an argument that is one or several of some words.
pub(super) fn words<T>(
    all: &[T],
    as_str: fn(T) -> &'static str,
) -> Words<impl TypedValueParser<Value = T> + use<T>>
where
    T: FromStr<Err = UnknownWord> + Copy + Send + Sync + 'static,
{
    Words(word(all, as_str))
}

/// The parser of an argument that is one or several of some names, such as fields.
pub(super) fn names(
    all: &'static [&'static str],
) -> Words<impl TypedValueParser<Value = &'static str>> {
    let one = PossibleValuesParser::new(all);
    Words(one.map(|name: String| {
        let mut all = all.iter().copied();
        all.find(|one| *one == name).unwrap_or_default()
    }))
}

impl<P> TypedValueParser for Words<P>
where
    P: TypedValueParser,
    P::Value: Copy + Send + Sync + 'static,
{
    type Value = Several<P::Value>;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        let text = value.to_string_lossy();
        let one = |word: &str| self.0.parse_ref(command, argument, OsStr::new(word));
        let mut words = text.split(',');
        // A text that does not begin with a word is refused as a whole.
        let first = words.next().and_then(|word| one(word).ok());
        let Some(first) = first else {
            return Ok(Several(vec![one(&text)?]));
        };
        let rest = words.map(one);
        let all = [Ok(first)].into_iter().chain(rest);
        all.collect::<Result<_, _>>().map(Several)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

/// The parser of a whole number.
pub(super) fn whole_number<T: FromStr>(text: &str) -> Result<T, String> {
    let number = text.parse();
    number.map_err(|_| "it must be a whole number, such as 7".to_owned())
}
