//! The command `import --merge`: a store that grew on another branch.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use persistence_memory::MemoryEventStore;
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::EventStore;
use work_item::WorkItemId;
use work_tracking::{Merged, TrackingError};

use super::lines::{Lines, finish};
use crate::cli::{Global, is_address};
use crate::environment::{Environment, OpenedStore, Purpose};
use crate::moving::MovingError;
use crate::place::StorePlace;
use crate::print::printable;
use crate::progress::Progress;
use crate::run_error::{Left, RunError};
use crate::session::Session;
use crate::view::IdView;

/// The answer of `import --merge`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct MergeView<'a> {
    store: String,
    /// The other store, or its export.
    from: &'a str,
    /// The number of events that were added.
    imported: u64,
    already_there: u64,
    /// The items that came from the other store.
    new_items: Vec<IdView>,
    /// The items of this store that got events.
    changed_items: Vec<IdView>,
    /// The new items with another number than in the other store.
    renumbered: Vec<RenumberedView>,
    last_position: u64,
}

/// An item with another number than in the other store.
#[derive(Debug, JsonSchema, Serialize)]
struct RenumberedView {
    /// The number in the other store, which is an alias now.
    from: String,
    #[serde(flatten)]
    item: IdView,
}

/// The beginning of every SQLite file.
const SQLITE: &[u8] = b"SQLite format 3\0";

pub(super) async fn run(
    file: PathBuf,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    let store = match is_store(&file) {
        true => {
            let place = StorePlace::named(&file)?;
            let clock = Arc::clone(&environment.clock);
            let opened = environment.stores.open(&place, Purpose::Read, clock).await;
            let opened = opened.map_err(|error| RunError::opening(&place, error))?;
            match opened {
                Some(store) => Some((place.to_string(), Other::Store(store))),
                None if is_address(&file) => {
                    let is_named = true;
                    return Err(RunError::NoStore { place, is_named });
                }
                None => None,
            }
        }
        false => None,
    };
    let (from, other) = match store {
        Some(store) => store,
        // A name without a file is told as one that cannot be read.
        None => {
            let (from, events) = of_export(file, environment).await?;
            (from, Other::Export(events))
        }
    };
    let events: &dyn EventStore = match &other {
        Other::Store(store) => &*store.events,
        Other::Export(events) => events,
    };
    let mut session = Session::open(global, Purpose::Create, environment).await?;
    let outcome = merge(&from, events, &mut session).await;
    session.close().await;
    if let Other::Store(store) = other {
        store.close().await;
    }
    outcome
}

/// The other branch.
enum Other {
    Store(OpenedStore),
    Export(MemoryEventStore),
}

/// Whether a name can be that of a store, and not of an export.
fn is_store(name: &Path) -> bool {
    if is_address(name) || !(name.as_os_str() == "-" || name.exists()) {
        return true;
    }
    let mut begin = [0; SQLITE.len()];
    let read = File::open(name).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == SQLITE
}

/// The events of a whole export, in memory.
async fn of_export(
    file: PathBuf,
    environment: &mut Environment<'_>,
) -> Result<(String, MemoryEventStore), RunError> {
    let mut lines = Lines::of(file, environment)?;
    let events = MemoryEventStore::new();
    let mut import = log_transfer::Import::into(&events);
    let progress = Progress::begin("reading the export", environment);
    lines
        .feed(&mut import, progress)
        .await
        .map_err(of_nothing)?;
    finish(&lines.from, import).await.map_err(of_nothing)?;
    Ok((lines.from, events))
}

/// The error of an export that was read into memory only, so nothing of it was written.
fn of_nothing(error: MovingError) -> MovingError {
    match error {
        MovingError::PartlyImported { from, source, .. } => {
            MovingError::NotImported { from, source }
        }
        other => other,
    }
}

async fn merge(
    from: &str,
    other: &dyn EventStore,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let merged = session.tracker.merge(other, &session.metadata()).await;
    let merged = merged.map_err(|error| match error {
        TrackingError::Clashes { clashes } => RunError::Moving(MovingError::Clashes {
            from: from.to_owned(),
            clashes,
        }),
        error => error.into(),
    })?;
    let head = session.store.events.head().await?;
    let ids = |ids: &[WorkItemId]| ids.iter().copied().map(IdView::from).collect();
    let renumbered = merged.renumbered.iter();
    let view = MergeView {
        store: session.absolute_place(),
        from,
        imported: merged.added,
        already_there: merged.known,
        new_items: ids(&merged.new_items),
        changed_items: ids(&merged.changed_items),
        renumbered: renumbered
            .map(|(from, item)| RenumberedView {
                from: from.to_string(),
                item: (*item).into(),
            })
            .collect(),
        last_position: head.map_or(0, |head| head.get()),
    };
    let answered = session.answer(&view, || printable(&people(&merged)));
    answered.map_err(|error| error.after_change(Left::Log))
}

fn people(merged: &Merged) -> String {
    let Merged { added, known, .. } = merged;
    let mut lines = vec![format!("merged {added} events; {known} were there already")];
    for (text, items) in [
        ("new", &merged.new_items),
        ("changed", &merged.changed_items),
    ] {
        if !items.is_empty() {
            let numbers: Vec<_> = items.iter().map(ToString::to_string).collect();
            lines.push(format!("{text}: {}", numbers.join(", ")));
        }
    }
    for (from, item) in &merged.renumbered {
        lines.push(format!("{from} of the other store is now {item}"));
    }
    lines.join("\n")
}
