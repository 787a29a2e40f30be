//! The read model of a session's store: its folder, and the answers that it gives.
//!
//! The folder is beside the store: `work.annals-views` for `work.annals`. It is only a cache. If it
//! cannot be used, the program says so and reads the log.

pub(crate) mod overview;

use std::path::{Path, PathBuf};

use read_models_sqlite::SqliteReadModels;
use read_side::ProjectionError;
use shared_kernel::store::DEFAULT_PAGE_SIZE;
use work_tracking::{ListQuery, TrackedItem};
use work_views::{Found, ItemViews, RefreshProgress, ViewError, Words};

use crate::composition::item_views;
use crate::progress::Progress;
use crate::run_error::{RunError, with_causes};
use crate::session::{Session, note};

/// The read model beside a store.
pub(crate) struct Beside {
    pub(crate) folder: PathBuf,
    pub(crate) views: ItemViews,
    /// Whether its files may be written.
    may_write: bool,
    draws_progress: bool,
}

impl Beside {
    /// The read model of the store of a session; `None` if the store is no file.
    pub(crate) fn of(session: &Session<'_, '_>) -> Result<Option<Self>, RunError> {
        if session.store.file.is_none() {
            return Ok(None);
        }
        // A user who may not write the store leaves no file beside it.
        let may_write = !session.read_only && is_writable(&session.path);
        let folder = folder_of(&session.path);
        let models = SqliteReadModels::open(&folder);
        let models = match may_write {
            true => models,
            false => models.read_only(),
        };
        Ok(Some(Self {
            views: item_views(&session.store, models)?,
            folder,
            may_write,
            draws_progress: session.environment.draws_progress,
        }))
    }

    /// Brings the rows up to the end of the log if that is allowed. Returns whether they are there.
    pub(crate) async fn refresh(&self) -> Result<bool, ViewError> {
        if !self.may_write {
            return self.views.is_current().await;
        }
        refresh(&self.views, self.draws_progress).await?;
        Ok(true)
    }

    /// The items of a list, and the number of skipped events; `None` if the log must be read.
    async fn list(
        &self,
        query: &ListQuery,
    ) -> Result<Option<(Vec<TrackedItem>, usize)>, ViewError> {
        let projector = self.views.projector();
        if !self.refresh().await? || !projector.parked().await?.is_empty() {
            return Ok(None);
        }
        let items = self.views.list(query).await?;
        Ok(Some((items, projector.skipped().await?.len())))
    }

    /// The items that a search finds; `None` if the rows are behind and may not be written.
    async fn search(&self, words: &Words, limit: u32) -> Result<Option<Vec<Found>>, ViewError> {
        match self.refresh().await? {
            true => Ok(Some(self.views.search(words, limit).await?)),
            false => Ok(None),
        }
    }
}

/// The items of a list by the read model; `None` if the log must be read.
pub(crate) async fn list(
    query: &ListQuery,
    session: &mut Session<'_, '_>,
) -> Result<Option<Vec<TrackedItem>>, RunError> {
    let Some(beside) = Beside::of(session)? else {
        return Ok(None);
    };
    // A replay of a short log is faster than the first build.
    if !beside.folder.exists() && !is_long(session).await? {
        return Ok(None);
    }
    match beside.list(query).await {
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

/// The items that a search finds. Without a usable read model, it makes a temporary one.
pub(crate) async fn search(
    words: &Words,
    limit: u32,
    session: &mut Session<'_, '_>,
) -> Result<Vec<Found>, RunError> {
    if let Some(beside) = Beside::of(session)? {
        match beside.search(words, limit).await {
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
    refresh(&views, session.environment.draws_progress).await?;
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
async fn refresh(views: &ItemViews, draws_progress: bool) -> Result<(), ViewError> {
    let progress = Progress::begin("building the read model", draws_progress);
    let update = |at: RefreshProgress| progress.update(at.done.get(), at.end.get());
    views.refresh(update).await
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
