//! The command `events`: the events of the whole log, and new ones as they come.

use std::collections::HashMap;

use futures_util::future::try_join;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStoreExt, GlobalPosition, RecordedEvent};
use work_tracking::ItemName;

use crate::chunks;
use crate::cli::{Events, Format};
use crate::context::shorten;
use crate::log_document::log_document;
use crate::names::Names;
use crate::print::{FAINT, STRONG, indented, time};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{EventView, json_in_one_line};
use crate::wording;

pub(crate) async fn run(arguments: Events, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    if arguments.follow && session.format == Format::Toon {
        return Err(RunError::FollowInToon);
    }
    let after = GlobalPosition::new(arguments.after)?;
    // No event can come after the largest position.
    let Some(from) = after.next() else {
        return match session.format {
            Format::Toon => session.write_toon(&log_document(&[], &HashMap::new())?),
            Format::Human | Format::Json => Ok(()),
        };
    };
    let mut query = LogQuery::new().positions(from..).limit(arguments.limit);
    query.filter.categories = arguments.category.into_iter().map(|c| c.0).collect();
    query.filter.event_types = arguments.event_type;

    let store = session.store.events.clone();
    let events = if arguments.follow {
        // Between two events, no write reports that the reader is gone.
        let gone = (session.environment.reader_gone)();
        store.follow(query).take_until(gone).boxed()
    } else {
        store.read_log(query)
    };
    let mut names = Names::default();
    if session.format == Format::Toon {
        let all: Vec<_> = events.try_collect().await?;
        let names = names
            .find(all.iter().map(|event| &event.stream), session)
            .await?;
        return session.write_toon(&log_document(&all, &names)?);
    }
    // The events that are there already share one query for their names.
    let (reading, mut chunks) = chunks::of(events);
    let writing = async {
        while let Some((events, end)) = chunks.next().await {
            write(&events, &mut names, session).await?;
            if arguments.follow {
                session.environment.out.to.flush()?;
            }
            end?;
        }
        Ok::<_, RunError>(())
    };
    try_join(reading.map(Ok), writing).await?;
    Ok(())
}

/// Writes events that stand together.
async fn write(
    events: &[RecordedEvent],
    names: &mut Names,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    for event in events {
        names.take(event, session)?;
    }
    let streams = events.iter().map(|event| &event.stream);
    let names = names.find(streams, session).await?;
    for event in events {
        let name = names.get(&event.stream);
        if session.format == Format::Human {
            session.tell(line(event, name, session.environment.width))?;
        } else {
            session.write_json_line(&EventView::new(event, name))?;
        }
    }
    Ok(())
}

/// The most characters of a title in the line of an event.
const TITLE: usize = 40;

/// The lines of an event. Those after the first begin below its time.
fn line(event: &RecordedEvent, name: Option<&ItemName>, width: Option<u16>) -> String {
    let name = name.map_or_else(String::new, |name| {
        format!("{} {}  ", name.number, shorten(name.title.as_str(), TITLE))
    });
    let actor = event.metadata.actor.as_ref();
    let actor = actor.map_or_else(String::new, wording::actor);
    let payload = json_in_one_line(&event.payload).map_or_else(
        || format!("{} bytes", event.payload.len()),
        |json| match width {
            Some(_) => spaced(json.get()),
            None => json.get().to_owned(),
        },
    );
    let (time, event_type) = (time(event.recorded_at), event.event_type.as_str());
    let (stream, version) = (&event.stream, event.version);
    let rest = format!("{time}  {stream} {version}  {event_type}  {name}{actor} {payload}");
    let text = indented(&rest, 10, width)
        .replacen(&time, &format!("{FAINT}{time}{FAINT:#}"), 1)
        .replacen(event_type, &format!("{STRONG}{event_type}{STRONG:#}"), 1);
    format!("{:>8}  {text}", event.position)
}

/// A JSON text with a space after each comma between its values, where a line can end.
fn spaced(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let (mut is_string, mut is_escaped) = (false, false);
    for c in json.chars() {
        text.push(c);
        match c {
            '"' if !is_escaped => is_string = !is_string,
            ',' if !is_string => text.push(' '),
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commas_between_values_get_a_space() {
        let json = r#"{"a":"x,\"y,","b":["\\",1]}"#;
        assert_eq!(spaced(json), r#"{"a":"x,\"y,", "b":["\\", 1]}"#);
    }
}
