//! Resources: items now and in the past, and pages of the log.
//!
//! | address | content |
//! |---|---|
//! | `annals://item/WORK-7` | the item now |
//! | `annals://item/WORK-7?as_of=12` | the item after its twelfth event; it never changes |
//! | `annals://log?from=57` | the events from position 57 |

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, ListResourcesResult, ReadResourceResult, Resource, ResourceContents,
    ResourceTemplate,
};
use serde_json::{Map, Value};

use crate::arguments::quoted;
use crate::calls::{message_of, run, run_all};
use crate::cursor;
use crate::fit::{self, DEFAULT_BUDGET, Fitted};
use crate::program::Program;
use crate::shape;
use crate::words::Words;

/// The beginning of the address of an item.
const ITEM: &str = "annals://item/";
/// The address of the log.
const LOG: &str = "annals://log";
/// The longest title in the list of resources, in characters.
const LONGEST_TITLE: usize = 60;
/// The number of resources in a page of the list.
const PAGE: usize = 50;
/// The largest number of events in a page of the log.
const EVENTS: u64 = 200;
/// A year, in milliseconds: the time for which a past state may be kept.
const YEAR: u64 = 365 * 24 * 60 * 60 * 1_000;

/// The address of a resource.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Item { item: String, as_of: Option<String> },
    Log { from: u64 },
}

impl Address {
    pub(crate) fn of(uri: &str) -> Result<Self, ErrorData> {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let parameter = |wanted: &str| match query.split_once('=') {
            None if query.is_empty() => Some(None),
            Some((name, value)) if name == wanted => decoded(value).map(Some),
            _ => None,
        };
        let address = match path.strip_prefix(ITEM) {
            Some(item) if !item.is_empty() => decoded(item)
                .zip(parameter("as_of"))
                .map(|(item, as_of)| Self::Item { item, as_of }),
            _ if path == LOG => parameter("from").and_then(|from| {
                let from = from.map_or(Some(1), |from| from.parse().ok())?;
                Some(Self::Log { from })
            }),
            _ => None,
        };
        address.ok_or_else(|| {
            let uri = quoted(uri);
            let message = format!(
                "there is no resource {uri}; examples are {ITEM}WORK-7, {ITEM}WORK-7?as_of=12 and \
                 {LOG}?from=57"
            );
            ErrorData::resource_not_found(message, None)
        })
    }
}

/// A part of an address without its percent signs: `2h%20ago` is `2h ago`.
fn decoded(part: &str) -> Option<String> {
    let decoded = percent_decode_str(part).decode_utf8();
    decoded.ok().map(Cow::into_owned)
}

/// The templates of all resources.
pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let template = |uri: &str, name: &str, about: &str| {
        let template = ResourceTemplate::new(uri, name);
        template
            .with_description(about)
            .with_mime_type("text/plain")
    };
    vec![
        template("annals://item/{item}", "item", "An item now"),
        template(
            "annals://item/{item}{?as_of}",
            "past-item",
            "An item at a version or time",
        ),
        template("annals://log{?from}", "log", "Events from a position"),
    ]
}

/// A page of the items.
pub(crate) async fn list(
    program: &dyn Program,
    given: Option<&str>,
) -> Result<ListResourcesResult, ErrorData> {
    let query = Map::new();
    let skipped = cursor::skipped(given, "resources", &query);
    let skipped = skipped.map_err(|message| ErrorData::invalid_params(message, None))?;
    let words = Words::of("list")
        .option("fields", Some("number,title"))
        .option("limit", Some((skipped + PAGE + 1).to_string()));
    let items = run(program, words).await.map_err(|error| refused(&error))?;
    let items = items.as_array().map_or(&[][..], Vec::as_slice);
    let page = items.iter().skip(skipped).take(PAGE);
    let resources = page.filter_map(|item| {
        let number = item["number"].as_str()?;
        let resource = Resource::new(format!("{ITEM}{number}"), number);
        let title = item["title"].as_str().unwrap_or_default();
        let title: String = title.chars().take(LONGEST_TITLE).collect();
        Some(resource.with_title(title).with_mime_type("text/plain"))
    });
    let mut result = ListResourcesResult::with_all_items(resources.collect());
    if items.len() > skipped + PAGE {
        result.next_cursor = Some(cursor::cursor(skipped + PAGE, "resources", &query));
    }
    Ok(result)
}

/// The content of a resource, within the default budget.
pub(crate) async fn read(
    program: &dyn Program,
    uri: &str,
) -> Result<ReadResourceResult, ErrorData> {
    let address = Address::of(uri)?;
    let Fitted { text, .. } = match &address {
        Address::Item { item, as_of } => {
            let words = Words::of("show")
                .option("as-of", as_of.as_ref())
                .values([item.as_str()]);
            let item = run(program, words).await.map_err(|error| refused(&error))?;
            fit::object(&shape::without_ids(item), DEFAULT_BUDGET)
        }
        Address::Log { from } => log(program, *from).await?,
    };
    let result = ReadResourceResult::new(vec![ResourceContents::text(text, uri)]);
    Ok(match address {
        // A version of an item is the same for ever; a time can be in the future.
        Address::Item {
            as_of: Some(version),
            ..
        } if version.bytes().all(|byte| byte.is_ascii_digit()) => result
            .with_ttl_ms(YEAR)
            .with_cache_scope(CacheScope::Private),
        _ => result.with_ttl_ms(0).with_cache_scope(CacheScope::Private),
    })
}

async fn log(program: &dyn Program, from: u64) -> Result<Fitted, ErrorData> {
    let words = Words::of("events")
        .option("after", Some(from.saturating_sub(1).to_string()))
        .option("limit", Some(EVENTS.to_string()));
    let events = run_all(program, words)
        .await
        .map_err(|error| refused(&error))?;
    let has_more = events.len() as u64 == EVENTS;
    let rows = shape::rows("log", events);
    let rows: Vec<_> = rows.into_iter().map(shape::without_ids).collect();
    let next = |shown: usize| {
        let last = shown
            .checked_sub(1)
            .and_then(|last| rows[last]["position"].as_u64());
        format!("{LOG}?from={}", last.map_or(from, |last| last + 1))
    };
    Ok(fit::rows("events", &rows, has_more, DEFAULT_BUDGET, next))
}

/// The error of a resource after its command was refused.
pub(crate) fn refused(error: &Value) -> ErrorData {
    let message = message_of(error);
    match error["error"]["exit_code"].as_u64() {
        Some(5) => ErrorData::internal_error(message, None),
        _ => ErrorData::resource_not_found(message, None),
    }
}
