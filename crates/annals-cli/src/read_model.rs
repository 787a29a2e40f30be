//! The read model of a session's store: its folder, and the answers that it gives.
//!
//! The folder is beside the store: `work.annals-views` for `work.annals`. For a store on a server,
//! it is in the cache directory of the user, and its name is the id of the store. It is only a
//! cache. If it cannot be used, the program says so and reads the log.

pub(crate) mod overview;
pub(crate) mod queue;

use std::future::Future;
use std::path::{Path, PathBuf};

use read_models_sqlite::SqliteReadModels;
use read_side::ProjectionError;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::store::DEFAULT_PAGE_SIZE;
use work_tracking::{ItemRef, ItemTree, KnownDependents, ListQuery, TrackedItem};
use work_views::{Found, ItemRows, ItemViews, RefreshProgress, ViewError, Words};

use crate::composition::item_views;
use crate::place::StorePlace;
use crate::progress::Progress;
use crate::run_error::{RunError, with_causes};
use crate::session::{Session, note};

/// The read model beside a store.
pub(crate) struct Beside {
    pub(crate) folder: PathBuf,
    pub(crate) views: ItemViews,
    /// Whether its files may be written.
    may_write: bool,
}

impl Beside {
    /// The read model of the store of a session; `None` if there is no place for it.
    pub(crate) async fn of(session: &mut Session<'_, '_>) -> Result<Option<Self>, RunError> {
        let (folder, may_write) = match &session.place {
            // A user who may not write the store leaves no file beside it.
            StorePlace::File(path) if session.store.file.is_some() => {
                (folder_of(path), is_writable(path))
            }
            StorePlace::File(_) => return Ok(None),
            StorePlace::Server(_) => {
                let cache = session.environment.cache.as_ref();
                let Some(cache) = cache.filter(|path| path.is_absolute()) else {
                    return Ok(None);
                };
                let id = session.store.events.id().await?;
                (cache.join("views").join(id.to_string()), true)
            }
        };
        let may_write = may_write && !session.read_only;
        let models = SqliteReadModels::open(&folder);
        let models = match may_write {
            true => models,
            false => models.read_only(),
        };
        Ok(Some(Self {
            views: item_views(&session.store, models)?,
            folder,
            may_write,
        }))
    }

    /// Creates the folders above that of the read model, for their user alone. If that fails, the
    /// next write reports it.
    fn make_way(&self) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let _ = self.folder.parent().map(|above| builder.create(above));
    }

    /// Brings the rows up to the end of the log, and waits for another process that does it.
    pub(crate) async fn refresh(&self, session: &mut Session<'_, '_>) -> Result<(), ViewError> {
        self.make_way();
        let (environment, format) = (&mut *session.environment, session.format);
        let mut progress = Progress::begin(BUILDING, environment);
        let mut is_told = environment.draws_progress;
        let update = |at: RefreshProgress| {
            progress.update(at.done.get(), at.end.get());
            if at.is_waiting && !is_told {
                is_told = true;
                let text = "another process builds the read model; waiting for it";
                note(environment, format, text);
            }
        };
        self.views.refresh(update).await
    }

    /// Does work on the rows with a progress bar, for example a rebuild.
    pub(crate) async fn watch<T>(
        &self,
        label: &'static str,
        work: impl Future<Output = Result<T, ProjectionError>> + Send,
        session: &mut Session<'_, '_>,
    ) -> Result<T, ViewError> {
        self.make_way();
        let mut progress = Progress::begin(label, session.environment);
        let update = |at: RefreshProgress| progress.update(at.done.get(), at.end.get());
        Ok(self.views.watch(work, update).await??)
    }

    /// Brings the rows up to the end of the log if that is allowed. Returns whether they are there.
    ///
    /// Another process may work on them for minutes. So this fails after a second of waiting, and
    /// the caller reads the log.
    async fn refresh_soon(&self, session: &mut Session<'_, '_>) -> Result<bool, ViewError> {
        if !self.may_write {
            return self.views.is_current().await;
        }
        self.make_way();
        refresh_soon(&self.views, session).await?;
        Ok(true)
    }

    /// Whether the rows are up to date and have all events, so that they equal a replay of the log.
    async fn is_whole(&self, session: &mut Session<'_, '_>) -> Result<bool, ViewError> {
        Ok(self.refresh_soon(session).await? && self.views.projector().parked().await?.is_empty())
    }

    /// The items of a list, and the number of skipped events; `None` if the log must be read.
    async fn list(
        &self,
        query: &ListQuery,
        session: &mut Session<'_, '_>,
    ) -> Result<Option<(Vec<TrackedItem>, usize)>, ViewError> {
        if !self.is_whole(session).await? {
            return Ok(None);
        }
        let items = self.views.list(query).await?;
        let skipped = self.views.projector().skipped().await?;
        Ok(Some((items, skipped.len())))
    }

    /// The items that a search finds; `None` if the rows are behind and may not be written.
    async fn search(
        &self,
        words: &Words,
        limit: u32,
        session: &mut Session<'_, '_>,
    ) -> Result<Option<Vec<Found>>, ViewError> {
        match self.refresh_soon(session).await? {
            true => Ok(Some(self.views.search(words, limit).await?)),
            false => Ok(None),
        }
    }
}

/// The label of the progress bar.
const BUILDING: &str = "building the read model";

/// The read model if `list` may use it; `None` if the log must be read.
///
/// A list uses it if it is there, or if the log is longer than one page, 4,096 events. A replay of
/// a shorter log takes less time than the first build, and often less than opening the files of
/// the read model.
async fn for_lists(session: &mut Session<'_, '_>) -> Result<Option<Beside>, RunError> {
    let Some(beside) = Beside::of(session).await? else {
        return Ok(None);
    };
    let is_used = beside.folder.exists() || is_long(session).await?;
    Ok(is_used.then_some(beside))
}

/// The items of a list by the read model; `None` if the log must be read.
pub(crate) async fn list(
    query: &ListQuery,
    session: &mut Session<'_, '_>,
) -> Result<Option<Vec<TrackedItem>>, RunError> {
    let Some(beside) = for_lists(session).await? else {
        return Ok(None);
    };
    match beside.list(query, session).await {
        Ok(None) => Ok(None),
        Ok(Some((items, skipped))) => {
            if skipped > 0 {
                let text = format!("the read model skips {skipped} event(s); see `annals views`");
                note(session.environment, session.format, &text);
            }
            Ok(Some(items))
        }
        Err(error) => {
            tell_passed_over(&error, session);
            Ok(None)
        }
    }
}

/// The tree of an item by the read model; `None` if the log must be read.
pub(crate) async fn tree(
    item: ItemRef,
    session: &mut Session<'_, '_>,
) -> Result<Option<ItemTree>, RunError> {
    // Without a read model, the few items of a tree are loaded in less time than it is built.
    let Some(beside) = Beside::of(session)
        .await?
        .filter(|beside| beside.folder.exists())
    else {
        return Ok(None);
    };
    let Some(snowflake) = snowflake(item, session).await? else {
        return Ok(None);
    };
    let tree = async {
        let no_events_left_out =
            beside.is_whole(session).await? && beside.views.projector().skipped().await?.is_empty();
        match no_events_left_out {
            true => beside.views.tree(snowflake).await,
            false => Ok(None),
        }
    };
    match tree.await {
        Ok(tree) => Ok(tree),
        Err(error) => {
            tell_passed_over(&error, session);
            Ok(None)
        }
    }
}

/// The rows as they are. Nothing is built, and nothing is reported: the caller reads the rest from
/// the log, and all of it without rows.
pub(crate) async fn rows(session: &mut Session<'_, '_>) -> Result<Option<ItemRows>, RunError> {
    let Some(beside) = Beside::of(session).await? else {
        return Ok(None);
    };
    Ok(beside.views.rows().await.ok().flatten())
}

/// The items that depended on an item, as far as the rows know them.
pub(crate) async fn dependents(
    on: ItemRef,
    session: &mut Session<'_, '_>,
) -> Result<KnownDependents, RunError> {
    let unknown = KnownDependents::default();
    let Some(mut rows) = rows(session).await? else {
        return Ok(unknown);
    };
    let Some(on) = snowflake(on, session).await? else {
        return Ok(unknown);
    };
    Ok(rows.dependents(on).await.unwrap_or(unknown))
}

/// The snowflake of an item; `None` if its number is not assigned yet.
async fn snowflake(
    item: ItemRef,
    session: &mut Session<'_, '_>,
) -> Result<Option<Snowflake>, RunError> {
    Ok(match item {
        ItemRef::Id(snowflake) => Some(snowflake),
        ItemRef::Number(number) => session.tracker.find(number).await?.map(|id| id.snowflake()),
        ItemRef::Alias(_) => {
            let found = session.tracker.show(item).await;
            found.ok().map(|found| found.item.id().snowflake())
        }
    })
}

/// The items that a search finds. Without a usable read model, it makes a temporary one.
pub(crate) async fn search(
    words: &Words,
    limit: u32,
    session: &mut Session<'_, '_>,
) -> Result<Vec<Found>, RunError> {
    if let Some(beside) = Beside::of(session).await? {
        match beside.search(words, limit, session).await {
            Ok(Some(found)) => {
                tell_parked(&beside.views, session).await?;
                return Ok(found);
            }
            Ok(None) => {}
            Err(error) => tell_passed_over(&error, session),
        }
    }
    let models = SqliteReadModels::temporary().map_err(ViewError::from)?;
    let views = item_views(&session.store, models)?;
    refresh_soon(&views, session).await?;
    let found = views.search(words, limit).await?;
    tell_parked(&views, session).await?;
    Ok(found)
}

/// The folder beside the file to which a path leads.
fn folder_of(store: &Path) -> PathBuf {
    let mut path = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push("-views");
    path.set_file_name(name);
    path
}

#[cfg(unix)]
fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.permissions().readonly())
}

/// Whether the log is longer than one page.
async fn is_long(session: &mut Session<'_, '_>) -> Result<bool, RunError> {
    let head = session.store.events.head().await?;
    let page = u64::try_from(DEFAULT_PAGE_SIZE.get()).unwrap_or(u64::MAX);
    Ok(head.is_some_and(|head| head.get() > page))
}

/// Brings the rows up to the end of the log, with a progress bar.
async fn refresh_soon(views: &ItemViews, session: &mut Session<'_, '_>) -> Result<(), ViewError> {
    let mut progress = Progress::begin(BUILDING, session.environment);
    let update = |at: RefreshProgress| progress.update(at.done.get(), at.end.get());
    views.refresh_soon(update).await
}

fn tell_passed_over(error: &ViewError, session: &mut Session<'_, '_>) {
    // Reading the log reports its own failure.
    if matches!(error, ViewError::Projection(ProjectionError::Log(_))) {
        return;
    }
    let reason = with_causes(error).replace('\n', " ");
    let text = format!("the read model is passed over: {reason}");
    note(session.environment, session.format, &text);
}

/// Writes a note if events are put aside, so that a search may miss an item.
async fn tell_parked(views: &ItemViews, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let parked = views.projector().parked().await.map_err(ViewError::from)?;
    if !parked.is_empty() {
        let count = parked.len();
        let text = format!("{count} event(s) cannot be read; `annals views parked` lists them");
        note(session.environment, session.format, &text);
    }
    Ok(())
}
