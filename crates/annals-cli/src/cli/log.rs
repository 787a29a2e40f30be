//! The arguments of `streams` and `events`.

use clap::Args;
use shared_kernel::event::EventType;
use shared_kernel::stream::Category;

use super::text::whole_number;

#[derive(Debug, Args)]
pub(crate) struct Streams {
    /// Only streams of this category: the part of their names before the first dash
    #[arg(long)]
    pub(crate) category: Option<CategoryArgument>,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// After the events so far, wait for new ones and show them, until interrupted with Ctrl-C
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only events after this position
    #[arg(long, value_name = "POSITION", default_value_t = 0, value_parser = whole_number::<u64>, allow_negative_numbers = true)]
    pub(crate) after: u64,
    /// Only events of this category of streams, for example work_item; can be given several times
    #[arg(long)]
    pub(crate) category: Vec<CategoryArgument>,
    /// Only events of this type, for example NoteAdded; can be given several times
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) event_type: Vec<EventType>,
    /// The largest number of events
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<u64>, allow_negative_numbers = true)]
    pub(crate) limit: Option<u64>,
}

/// A category on the command line.
#[derive(Debug, Clone)]
pub(crate) struct CategoryArgument(pub(crate) Category);

impl std::str::FromStr for CategoryArgument {
    type Err = shared_kernel::text::InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Category::new(text).map(Self)
    }
}
