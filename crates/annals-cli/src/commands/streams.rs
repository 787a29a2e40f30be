//! The command `streams`: the streams of the store.

use futures_util::TryStreamExt;
use shared_kernel::EventStoreExt;
use shared_kernel::store::StreamsQuery;

use crate::cli::{Format, Streams};
use crate::print::printable;
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::StreamView;

pub(crate) async fn run(arguments: Streams, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let query = StreamsQuery {
        category: arguments.category.map(|category| category.0),
        ..StreamsQuery::default()
    };
    let events = session.store.events.clone();
    let mut streams = events.streams(query);
    if session.format == Format::Toon {
        let all: Vec<_> = streams.try_collect().await?;
        let views = all.iter().map(StreamView::from).collect::<Vec<_>>();
        return session.answer(&views, String::new);
    }
    // Each stream is written at once, because a store can have more streams than fit into memory.
    while let Some(found) = streams.try_next().await? {
        let view = StreamView::from(&found);
        if session.format == Format::Human {
            let stream = printable(view.stream);
            session.tell(format_args!("{:>8}  {stream}", view.version))?;
        } else {
            session.write_json_line(&view)?;
        }
    }
    Ok(())
}
