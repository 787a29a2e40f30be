//! The arguments of `toon`, `toon encode` and `toon decode`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serialization::toon::{Delimiter, Indent};

use super::text::path;

const ENCODING: &str = "\
Keys keep their order. A key that occurs twice in an object is refused.

Numbers keep all of their digits in the form of TOON: 9007199254740993.0 becomes 9007199254740993, \
1.50 becomes 1.5, 1e3 becomes 1000, and -0 becomes 0. The 17 digits that C prints of a double become \
the shortest that mean the same double: 0.10000000000000001 becomes 0.1.

Documents have at most 128 levels and less than 4 GiB. The conversion needs up to eight times the \
size of the document in memory.";

const DECODING: &str = "\
Keys keep their order. An empty document becomes an empty object.

Numbers keep all of their digits: 9007199254740993.0 becomes 9007199254740993, 1.50 becomes 1.5, 1e3 \
becomes 1000. The 17 digits that C prints of a double become the shortest that mean the same double: \
0.10000000000000001 becomes 0.1.

Documents have at most 128 levels. The conversion needs about four times the size of the document \
in memory.";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(crate) struct Toon {
    #[command(subcommand)]
    pub(crate) direction: Option<Direction>,
    #[command(flatten)]
    pub(crate) by_name: ByName,
}

/// A conversion in the direction that the name of the file decides.
#[derive(Debug, Args)]
pub(crate) struct ByName {
    /// A file whose name ends with .json (it becomes TOON) or .toon (it becomes JSON)
    #[arg(value_parser = path())]
    pub(crate) file: Option<PathBuf>,
    /// Write into this file instead of standard output; a file with this name is replaced
    #[arg(long, short, value_name = "FILE", value_parser = path())]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Direction {
    /// Read JSON and write TOON
    #[command(after_help = ENCODING)]
    Encode(Encode),
    /// Read TOON and write JSON
    #[command(after_help = DECODING)]
    Decode(Decode),
}

#[derive(Debug, Args)]
pub(crate) struct Encode {
    /// The JSON file; `-` or none is standard input
    #[arg(value_parser = path())]
    pub(crate) file: Option<PathBuf>,
    /// Write into this file instead of standard output; a file with this name is replaced
    #[arg(long, short, value_name = "FILE", value_parser = path())]
    pub(crate) output: Option<PathBuf>,
    /// The separator between the values of a row; `,` and `|` are names too
    #[arg(long, value_enum, default_value_t = DelimiterArgument::Comma)]
    pub(crate) delimiter: DelimiterArgument,
    /// The spaces of each level of indentation, 1 to 64
    #[arg(long, value_name = "SPACES", default_value = "2", value_parser = indent)]
    pub(crate) indent: Indent,
}

#[derive(Debug, Args)]
pub(crate) struct Decode {
    /// The TOON file; `-` or none is standard input
    #[arg(value_parser = path())]
    pub(crate) file: Option<PathBuf>,
    /// Write into this file instead of standard output; a file with this name is replaced
    #[arg(long, short, value_name = "FILE", value_parser = path())]
    pub(crate) output: Option<PathBuf>,
    /// Accept a wrong length, a key that occurs twice (the last one counts) and uneven indentation
    #[arg(long)]
    pub(crate) lenient: bool,
    /// The spaces of each level of indentation in the document, 1 to 64
    #[arg(long, value_name = "SPACES", default_value = "2", value_parser = indent)]
    pub(crate) indent: Indent,
    /// Write the JSON in several indented lines
    #[arg(long)]
    pub(crate) pretty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DelimiterArgument {
    #[value(alias = ",")]
    Comma,
    #[value(aliases = ["\t", "\\t"])]
    Tab,
    #[value(alias = "|")]
    Pipe,
}

impl From<DelimiterArgument> for Delimiter {
    fn from(argument: DelimiterArgument) -> Self {
        match argument {
            DelimiterArgument::Comma => Self::Comma,
            DelimiterArgument::Tab => Self::Tab,
            DelimiterArgument::Pipe => Self::Pipe,
        }
    }
}

impl Encode {
    /// The conversion of a file without options.
    fn of(file: PathBuf, output: Option<PathBuf>) -> Self {
        Self {
            file: Some(file),
            output,
            delimiter: DelimiterArgument::Comma,
            indent: Indent::default(),
        }
    }
}

impl Decode {
    /// The conversion of a file without options.
    fn of(file: PathBuf, output: Option<PathBuf>) -> Self {
        Self {
            file: Some(file),
            output,
            lenient: false,
            indent: Indent::default(),
            pretty: false,
        }
    }
}

impl Toon {
    /// The conversion that the arguments ask for. The error is a file whose name does not say
    /// whether it is JSON or TOON.
    pub(crate) fn direction(self) -> Result<Direction, PathBuf> {
        let ByName { file, output } = self.by_name;
        match (self.direction, file.unwrap_or_default()) {
            (Some(direction), _) => Ok(direction),
            (None, file) if has_ending(&file, "json") => {
                Ok(Direction::Encode(Encode::of(file, output)))
            }
            (None, file) if has_ending(&file, "toon") => {
                Ok(Direction::Decode(Decode::of(file, output)))
            }
            (None, file) => Err(file),
        }
    }
}

fn has_ending(file: &Path, ending: &str) -> bool {
    let found = file.extension();
    found.is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

fn indent(text: &str) -> Result<Indent, String> {
    let spaces = text.parse::<usize>().map_err(|error| error.to_string())?;
    Indent::new(spaces).map_err(|error| error.to_string())
}
