//! The command `streams`: the streams of the store.

use futures_util::future::try_join;
use futures_util::{FutureExt, TryStreamExt};
use shared_kernel::EventStoreExt;
use shared_kernel::store::{StreamSummary, StreamsQuery};

use crate::chunks;
use crate::cli::{Format, Streams};
use crate::names::Names;
use crate::print::indented;
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::StreamView;

pub(crate) async fn run(arguments: Streams, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let query = StreamsQuery {
        category: arguments.category.map(|category| category.0),
        ..StreamsQuery::default()
    };
    let events = session.store.events.clone();
    let streams = events.streams(query);
    let mut names = Names::default();
    if session.format == Format::Toon {
        let all: Vec<_> = streams.try_collect().await?;
        let names = names
            .find(all.iter().map(|found| &found.stream), session)
            .await?;
        let views = all.iter();
        let views = views.map(|found| StreamView::new(found, names.get(&found.stream)));
        return session.answer(&views.collect::<Vec<_>>(), String::new);
    }
    // Streams are written a few at once: a store can have more of them than fit into memory.
    let (reading, mut chunks) = chunks::of(streams);
    let writing = async {
        while let Some((found, end)) = chunks.next().await {
            write(&found, &mut names, session).await?;
            end?;
        }
        Ok::<_, RunError>(())
    };
    try_join(reading.map(Ok), writing).await?;
    Ok(())
}

async fn write(
    streams: &[StreamSummary],
    names: &mut Names,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let found = streams.iter().map(|found| &found.stream);
    let names = names.find(found, session).await?;
    for found in streams {
        let name = names.get(&found.stream);
        if session.format == Format::Human {
            let named = name.map(|name| format!("  {} {}", name.number, name.title));
            let text = format!("{}{}", found.stream, named.unwrap_or_default());
            let text = indented(&text, 10, session.environment.width);
            session.tell(format_args!("{:>8}  {text}", found.version))?;
        } else {
            session.write_json_line(&StreamView::new(found, name))?;
        }
    }
    Ok(())
}
