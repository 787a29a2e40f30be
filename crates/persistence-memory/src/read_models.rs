//! Read models in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use read_side::{
    Build, BuildRecord, BuildState, Checksum, Definition, HeldLease, Lease, ModelName, Parked,
    Progress, ReadModelError, ReadModelStore, Rows, Skipped, Step,
};
use sha2::{Digest, Sha256};
use shared_kernel::lease::LeaseHolder;
use shared_kernel::time::{Clock, SystemClock};

/// The location in errors.
const LOCATION: &str = "memory";

/// Table and key of a row.
type Key = (String, String);

/// Read models in memory, as documents by table and key. A clone is another handle on the same
/// rows. They are lost when the process ends, and then built again.
#[derive(Clone)]
pub struct MemoryReadModels {
    clock: Arc<dyn Clock>,
    builds: Arc<Mutex<BTreeMap<Build, Kept>>>,
    /// The last number of each version. A number is never used again, so an old lease never fits a
    /// new build.
    numbers: Arc<Mutex<BTreeMap<(ModelName, u32), u32>>>,
}

/// A build, its progress and its rows.
struct Kept {
    record: BuildRecord,
    progress: Vec<Progress>,
    parked: Vec<Parked>,
    skipped: Vec<Skipped>,
    rows: BTreeMap<Key, Bytes>,
}

/// A transaction in memory: the new rows by key; `None` for one that is removed.
pub struct MemoryTx {
    models: MemoryReadModels,
    build: Build,
    writes: BTreeMap<Key, Option<Bytes>>,
}

impl MemoryReadModels {
    /// Without rows, with the system clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// Without rows, with the given clock, which judges leases.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            builds: Arc::default(),
            numbers: Arc::default(),
        }
    }

    /// A handle on the same rows that judges leases by another clock.
    #[must_use]
    pub fn judging_by(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The document of a key in a build; `None` if there is no such row.
    ///
    /// # Errors
    /// [`ReadModelError::NoSuchBuild`].
    pub fn get(
        &self,
        build: &impl AsRef<Build>,
        table: &str,
        key: &str,
    ) -> Result<Option<Bytes>, ReadModelError> {
        let key = (table.to_owned(), key.to_owned());
        self.with(build.as_ref(), |kept| Ok(kept.rows.get(&key).cloned()))
    }

    /// The rows of a table of a build, by key.
    ///
    /// # Errors
    /// [`ReadModelError::NoSuchBuild`].
    pub fn rows(
        &self,
        build: &impl AsRef<Build>,
        table: &str,
    ) -> Result<Vec<(String, Bytes)>, ReadModelError> {
        let is_in = |(key, _): &(&Key, &Bytes)| key.0 == table;
        self.with(build.as_ref(), |kept| {
            let rows = kept.rows.iter().filter(is_in);
            Ok(rows
                .map(|(key, row)| (key.1.clone(), row.clone()))
                .collect())
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Build, Kept>> {
        self.builds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(
        &self,
        build: &Build,
        look: impl FnOnce(&mut Kept) -> Result<T, ReadModelError>,
    ) -> Result<T, ReadModelError> {
        let mut builds = self.lock();
        let kept = builds.get_mut(build);
        look(kept.ok_or_else(|| no_such(build))?)
    }

    /// Looks at a segment whose last lease must be this one.
    fn owned<T>(
        &self,
        lease: &Lease,
        change: impl FnOnce(&mut Kept) -> Result<T, ReadModelError>,
    ) -> Result<T, ReadModelError> {
        self.with(&lease.build, |kept| {
            kept.segment(&lease.build, lease.segment)?.check(lease)?;
            change(kept)
        })
    }

    /// Writes the next lease of a segment.
    fn lease(
        &self,
        build: &Build,
        segment: u16,
        next: impl FnOnce(Option<&HeldLease>) -> Result<HeldLease, HeldLease>,
    ) -> Result<Lease, ReadModelError> {
        self.with(build, |kept| {
            let own = kept.segment(build, segment)?;
            let lease = next(own.lease.as_ref()).map_err(|held| held.error(build, segment))?;
            own.lease = Some(lease.clone());
            Ok(lease.of(build, segment))
        })
    }
}

fn no_such(build: &Build) -> ReadModelError {
    ReadModelError::NoSuchBuild {
        location: LOCATION.to_owned(),
        build: build.clone(),
    }
}

impl Kept {
    fn segment(&mut self, build: &Build, segment: u16) -> Result<&mut Progress, ReadModelError> {
        let own = self.progress.get_mut(usize::from(segment));
        own.ok_or_else(|| no_such(build))
    }
}

impl Default for MemoryReadModels {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryReadModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReadModels")
            .field("builds", &self.lock().keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MemoryTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTx")
            .field("build", &self.build)
            .field("writes", &self.writes.len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Rows for MemoryTx {
    async fn get(&mut self, table: &str, key: &str) -> Result<Option<Bytes>, ReadModelError> {
        let own = self.writes.get(&(table.to_owned(), key.to_owned()));
        match own {
            Some(written) => Ok(written.clone()),
            None => self.models.get(&self.build, table, key),
        }
    }

    fn put(&mut self, table: &str, key: &str, document: Bytes) {
        let key = (table.to_owned(), key.to_owned());
        self.writes.insert(key, Some(document));
    }

    fn delete(&mut self, table: &str, key: &str) {
        self.writes.insert((table.to_owned(), key.to_owned()), None);
    }
}

#[async_trait]
impl ReadModelStore for MemoryReadModels {
    type Tx = MemoryTx;

    async fn builds(&self, model: &ModelName) -> Result<Vec<BuildRecord>, ReadModelError> {
        let builds = self.lock();
        let own = builds
            .values()
            .filter(|kept| kept.record.build.model == *model);
        Ok(own.map(|kept| kept.record.clone()).collect())
    }

    async fn create_build(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError> {
        let mut builds = self.lock();
        let build = {
            let numbers = self.numbers.lock();
            let mut numbers = numbers.unwrap_or_else(PoisonError::into_inner);
            let last = numbers.entry((model.clone(), version)).or_default();
            *last += 1;
            Build {
                model: model.clone(),
                version,
                number: *last,
            }
        };
        let record = BuildRecord {
            build: build.clone(),
            fingerprint: definition.fingerprint.clone(),
            segments: definition.segments,
            log: definition.log,
            start: definition.start,
            state: BuildState::Aside,
        };
        let kept = Kept {
            record: record.clone(),
            progress: (0..definition.segments)
                .map(|segment| Progress::never_run(segment, definition.start))
                .collect(),
            parked: Vec::new(),
            skipped: Vec::new(),
            rows: BTreeMap::new(),
        };
        builds.insert(build, kept);
        Ok(record)
    }

    async fn switch(&self, to: &Build, from: Option<&Build>) -> Result<(), ReadModelError> {
        let mut builds = self.lock();
        let live = builds.values().map(|kept| &kept.record).find(|record| {
            record.is_live() && record.build.model == to.model && record.build.version == to.version
        });
        if live.map(|live| &live.build) != from {
            return Err(ReadModelError::Switched { build: to.clone() });
        }
        let new = builds.get_mut(to).ok_or_else(|| no_such(to))?;
        new.record.state = BuildState::Live;
        if let Some(old) = from
            .filter(|from| *from != to)
            .and_then(|from| builds.get_mut(from))
        {
            old.record.state = BuildState::Earlier;
        }
        Ok(())
    }

    async fn remove_build(&self, build: &Build) -> Result<(), ReadModelError> {
        self.lock().remove(build);
        Ok(())
    }

    async fn progress(&self, build: &Build) -> Result<Vec<Progress>, ReadModelError> {
        self.with(build, |kept| Ok(kept.progress.clone()))
    }

    async fn claim(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        let now = self.clock.now();
        self.lease(build, segment, |last| {
            HeldLease::claim(last, holder, now, ttl)
        })
    }

    async fn take_over(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        let now = self.clock.now();
        self.lease(build, segment, |last| {
            Ok(HeldLease::take_over(last, holder, now, ttl))
        })
    }

    async fn renew(&self, lease: &Lease) -> Result<(), ReadModelError> {
        let now = self.clock.now();
        self.owned(lease, |kept| {
            let own = kept.segment(&lease.build, lease.segment)?;
            own.lease = Some(lease.renewed(now));
            Ok(())
        })
    }

    async fn release(&self, lease: &Lease) -> Result<(), ReadModelError> {
        let released = self.owned(lease, |kept| {
            let own = kept.segment(&lease.build, lease.segment)?;
            own.lease = Some(lease.released());
            Ok(())
        });
        match released {
            Err(ReadModelError::Fenced { .. } | ReadModelError::NoSuchBuild { .. }) => Ok(()),
            released => released,
        }
    }

    async fn begin(&self, lease: &Lease) -> Result<MemoryTx, ReadModelError> {
        self.owned(lease, |_| Ok(()))?;
        Ok(MemoryTx {
            models: self.clone(),
            build: lease.build.clone(),
            writes: BTreeMap::new(),
        })
    }

    async fn commit(&self, tx: MemoryTx, lease: &Lease, step: Step) -> Result<(), ReadModelError> {
        let now = self.clock.now();
        self.owned(lease, |kept| {
            let own = kept.segment(&lease.build, lease.segment)?;
            step.check(lease, own.through)?;
            own.through = step.through;
            own.last_event = step.last_event;
            own.status = step.status;
            own.lease = Some(lease.renewed(now));
            for (key, row) in tx.writes {
                match row {
                    Some(row) => kept.rows.insert(key, row),
                    None => kept.rows.remove(&key),
                };
            }
            kept.parked
                .retain(|p| !step.unpark.contains(&p.failure.event_id));
            kept.parked.extend(step.park);
            kept.parked.sort_by_key(|parked| parked.failure.position);
            kept.skipped.extend(step.skip);
            kept.skipped.sort_by_key(|skipped| skipped.failure.position);
            Ok(())
        })
    }

    async fn parked(&self, build: &Build) -> Result<Vec<Parked>, ReadModelError> {
        self.with(build, |kept| Ok(kept.parked.clone()))
    }

    async fn skipped(&self, build: &Build) -> Result<Vec<Skipped>, ReadModelError> {
        self.with(build, |kept| Ok(kept.skipped.clone()))
    }

    async fn checksum(&self, build: &Build) -> Result<Checksum, ReadModelError> {
        self.with(build, |kept| {
            let mut hash = Sha256::new();
            for ((table, key), row) in &kept.rows {
                for part in [table.as_bytes(), key.as_bytes(), row] {
                    hash.update(part.len().to_be_bytes());
                    hash.update(part);
                }
            }
            Ok(Checksum::from_bytes(&hash.finalize()))
        })
    }
}
