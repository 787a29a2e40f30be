//! Owns the list of a store's streams.

use futures_util::TryStreamExt;
use shared_kernel::{EventStoreExt, StreamsQuery};

use crate::cli::{Format, Streams};
use crate::failure::Failure;
use crate::session::Session;
use crate::view::StreamView;

pub(crate) async fn run(arguments: Streams, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let query = StreamsQuery {
        category: arguments.category.map(|category| category.0),
        ..StreamsQuery::default()
    };
    let events = session.store.events.clone();
    let mut streams = events.streams(query);
    // Written as they come: a store may have more streams than fit into memory.
    while let Some(found) = streams.try_next().await? {
        let (stream, version) = (found.stream.as_str(), found.version.get());
        match session.format {
            Format::Json => session.write_json_line(&StreamView { stream, version })?,
            Format::Human => {
                let stream = crate::print::printable(stream);
                session.write(format_args!("{version:>8}  {stream}"))?;
            }
        }
    }
    Ok(())
}
