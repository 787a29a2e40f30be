//! The command `search`: items by words of their present texts.

use schemars::JsonSchema;
use serde::Serialize;
use work_tracking::{FailureKind, ItemRef};
use work_views::{Found, Words};

use crate::claims::Claims;
use crate::cli::{Rows, Search};
use crate::print::{cell, status_cell, table};
use crate::read_model;
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{FOUND_FIELDS, ItemView, SEARCH_DEFAULTS};

/// An item that was found.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct FoundView<'a> {
    /// Words around the first match.
    excerpt: &'a str,
    #[serde(flatten)]
    item: ItemView<'a>,
}

pub(crate) async fn run(arguments: Search, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let words = Words::new(&arguments.words.join(" ")).ok_or(RunError::NoWords)?;
    let mut found = read_model::search(&words, arguments.limit, session).await?;
    if let [word] = &arguments.words[..] {
        add_named(word, &mut found, session).await?;
        found.truncate(usize::try_from(arguments.limit).unwrap_or(usize::MAX));
    }
    let claims = Claims::of(found.iter().map(|found| &found.tracked.item), session).await?;
    let views = found.iter().map(|found| FoundView {
        excerpt: &found.excerpt,
        item: ItemView::new(&found.tracked.item, found.tracked.version)
            .with_claim(claims.view(&found.tracked.item)),
    });
    let width = session.environment.width;
    let rows = Rows::chosen(arguments.fields, arguments.ids);
    let fields = (&FOUND_FIELDS[..], &SEARCH_DEFAULTS[..]);
    let views = views.collect::<Vec<_>>();
    session.answer_rows(&views, &rows, fields, || match found.is_empty() {
        true => "no work items".to_owned(),
        false => as_table(&found, width),
    })
}

/// Puts the items first that have this alias, or had this number in another store. Their excerpts
/// are the aliases.
async fn add_named(
    word: &str,
    found: &mut Vec<Found>,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let named = match word.parse() {
        Ok(ItemRef::Alias(alias)) => match session.tracker.show(ItemRef::Alias(alias)).await {
            Ok(tracked) => vec![tracked],
            Err(error) if error.kind() == FailureKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        },
        Ok(ItemRef::Number(number)) => {
            let mut named = session.tracker.formerly(number).await?;
            match session.tracker.show(number).await {
                Ok(tracked) => named.push(tracked),
                Err(error) if error.kind() == FailureKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
            named
        }
        _ => Vec::new(),
    };
    for tracked in named {
        found.retain(|other| other.tracked.item.id() != tracked.item.id());
        let aliases = tracked.item.aliases().iter().map(ToString::to_string);
        let excerpt = aliases.collect::<Vec<_>>().join(", ");
        found.insert(0, Found { tracked, excerpt });
    }
    Ok(())
}

fn as_table(found: &[Found], width: Option<u16>) -> String {
    let mut table = table(&["item", "status", "title", "found"], width);
    for Found { tracked, excerpt } in found {
        let item = &tracked.item;
        // A match in the title needs no second column for it.
        let words = match excerpt == item.title().as_str() {
            true => String::new(),
            false => excerpt.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        table.add_row([
            cell(item.id().number()),
            status_cell(item.status()),
            cell(item.title()),
            cell(words),
        ]);
    }
    table.trim_fmt()
}
