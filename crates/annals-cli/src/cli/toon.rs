//! The arguments of `toon encode` and `toon decode`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serialization::toon::{Delimiter, Indent};

const ENCODING: &str = "\
Keys keep their order. A key that occurs twice in an object is refused.

Numbers keep their value: integers of up to 128 bits and all numbers that fit a 64-bit float are \
written exactly. A number that would lose digits is refused. -0 becomes 0, because TOON has no -0.";

const DECODING: &str = "\
Keys keep their order. An empty document becomes an empty object.

Numbers keep their value: integers of up to 128 bits and all numbers that fit a 64-bit float are \
written exactly. A number that would lose digits is refused.";

#[derive(Debug, Subcommand)]
pub(crate) enum Toon {
    /// Read JSON and write TOON
    #[command(after_help = ENCODING)]
    Encode(Encode),
    /// Read TOON and write JSON
    #[command(after_help = DECODING)]
    Decode(Decode),
}

#[derive(Debug, Args)]
pub(crate) struct Encode {
    /// The JSON file; standard input by default
    pub(crate) file: Option<PathBuf>,
    /// The separator between the values of a row
    #[arg(long, value_enum, default_value_t = DelimiterArgument::Comma)]
    pub(crate) delimiter: DelimiterArgument,
    /// The spaces of each level of indentation, 1 to 64
    #[arg(long, value_name = "SPACES", default_value = "2", value_parser = indent)]
    pub(crate) indent: Indent,
}

#[derive(Debug, Args)]
pub(crate) struct Decode {
    /// The TOON file; standard input by default
    pub(crate) file: Option<PathBuf>,
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
    Comma,
    Tab,
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

fn indent(text: &str) -> Result<Indent, String> {
    let spaces = text.parse::<usize>().map_err(|error| error.to_string())?;
    Indent::new(spaces).map_err(|error| error.to_string())
}
