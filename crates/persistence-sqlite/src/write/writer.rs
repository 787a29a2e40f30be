//! Serves the jobs of one group on the connection that writes.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use group_commit::{GroupWriter, Waiting};
use shared_kernel::store::{ImportError, LogPart};
use shared_kernel::{Append, GlobalPosition, StoreError, StreamId};
use sqlite_file::{FileError, OpenFile, is_constraint, may_be_committed};
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::watch;

use super::facts::{Facts, LogEnd, StreamFacts};
use super::housekeeping::Housekeeping;
use super::insert::{Row, insert};
use super::job::{AppendJob, Failure, Job, adds_its_ids};
use super::plan::{Looked, Plan, Verdict};
use super::{freeze, import, leases, named_leases, repetition, snapshots};

pub(crate) struct Writer {
    file: Arc<OpenFile>,
    /// `None` once the store is closed, and in a store that only reads.
    connection: Option<SqliteConnection>,
    /// The reason why the store only reads.
    obstacle: Option<String>,
    facts: Facts,
    housekeeping: Housekeeping,
    head: watch::Sender<GlobalPosition>,
}

/// The most batches in a group of several jobs: as many as the events of one append, so that a
/// transaction does not become larger than the largest append makes it.
const MAX_BATCHES: usize = 100_000;

impl GroupWriter for Writer {
    type Job = Job;

    const MAX_JOBS: usize = 256;
    const MAX_WEIGHT: usize = MAX_BATCHES;

    fn weight(job: &Job) -> usize {
        job.batches()
    }

    fn is_abandoned(job: &Job) -> bool {
        match job {
            Job::Append(job) => Waiting::is_abandoned(job),
            Job::Snapshot(job) => Waiting::is_abandoned(job),
            Job::Lease(job) => Waiting::is_abandoned(job),
            Job::NamedLease(job) => Waiting::is_abandoned(job),
            Job::Import(job) => Waiting::is_abandoned(job),
            Job::Freeze(job) => Waiting::is_abandoned(job),
            Job::Close(_) => false,
        }
    }

    /// Serves a group: its appends in one commit, then each other job in a commit of its own.
    async fn serve(&mut self, jobs: Vec<Job>) {
        self.file.look_at_log().await;
        let mut appends = Vec::with_capacity(jobs.len());
        let mut others = Vec::new();
        let mut ids = HashSet::new();
        let is_shared = jobs.len() > 1;
        for job in jobs {
            match job {
                // An append that shares an event id with another one is judged after its commit
                // (laws 12 and 13).
                Job::Append(append) if !is_shared || adds_its_ids(&append, &mut ids) => {
                    appends.push(append);
                }
                other => others.push(other),
            }
        }
        // A group waits for another process only once.
        let mut has_waited = !appends.is_empty() && self.serve_appends(&appends).await;
        for job in others {
            match job {
                Job::Close(job) => {
                    self.close().await;
                    job.answer(());
                }
                job if has_waited => job.refuse(self.busy()),
                job => has_waited = self.serve_alone(&job).await,
            }
        }
    }

    /// The connection may be in the middle of a statement, so a new one takes over.
    async fn after_panic(&mut self, jobs: &[Job]) {
        if self.connection.is_some() {
            self.reopen().await;
        }
        for job in jobs {
            let location = self.file.location.to_string();
            let source = "the commit panicked, for example in a subscriber of `tracing`".into();
            job.refuse(Failure {
                error: StoreError::Backend { location, source },
                is_in_doubt: true,
            });
        }
    }
}

impl Writer {
    /// A writer on an open connection, or the reason why there is none.
    pub(crate) fn new(
        file: Arc<OpenFile>,
        connection: Result<SqliteConnection, String>,
        head: watch::Sender<GlobalPosition>,
    ) -> Self {
        let (connection, obstacle) = match connection {
            Ok(connection) => (Some(connection), None),
            Err(obstacle) => (None, Some(obstacle)),
        };
        Self {
            connection,
            obstacle,
            facts: Facts::default(),
            housekeeping: Housekeeping::new(file.busy_timeout),
            file,
            head,
        }
    }

    /// Why this writer cannot write, or why it must not.
    fn refusal(&self) -> Option<Failure> {
        if self.file.is_lost() {
            return Some(self.file.failed(FileError::Replaced).into());
        }
        let location = self.file.location.to_string();
        let obstacle = self.obstacle.clone()?;
        Some(StoreError::ReadOnly { location, obstacle }.into())
    }

    /// Serves a job. Returns whether another process kept the file busy.
    async fn serve_alone(&mut self, job: &Job) -> bool {
        if let Some(refusal) = self.refusal() {
            job.refuse(refusal);
            return false;
        }
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed);
        let served = match (job, connection) {
            (Job::Append(job), _) => return self.serve_appends(std::slice::from_ref(job)).await,
            (Job::Snapshot(job), Ok(connection)) => {
                let changed = snapshots::change(connection, &job.request).await;
                let changed = changed.map_err(FileError::from);
                self.confirmed(changed)
                    .await
                    .map(|rows| job.answer(Ok(rows)))
            }
            (Job::Lease(job), Ok(connection)) => {
                let (location, timeout) = (&*self.file.location, self.file.busy_timeout);
                let changed = leases::change(connection, location, &job.request, timeout).await;
                self.confirmed(changed)
                    .await
                    .map(|decided| job.answer(decided))
            }
            (Job::NamedLease(job), Ok(connection)) => {
                let held = named_leases::hold(connection, &job.request).await;
                self.confirmed(held).await.map(|held| job.answer(held))
            }
            (Job::Freeze(job), Ok(connection)) => {
                let location = &*self.file.location;
                let changed = freeze::change(connection, location, job.request.as_ref()).await;
                self.confirmed(changed)
                    .await
                    .map(|decided| job.answer(decided))
            }
            (Job::Import(job), Ok(_)) => {
                let imported = self.import(&job.request).await;
                imported.map(|verdict| job.answer(verdict))
            }
            (Job::Close(_), _) => Ok(()),
            (_, Err(closed)) => Err(closed.into()),
        };
        let Err(error) = served else {
            return false;
        };
        let failure = self.failure(error).await;
        let is_busy = failure.is_busy();
        job.refuse(failure);
        is_busy
    }

    /// A result, if the path still leads to the file.
    async fn confirmed<T>(&self, result: Result<T, FileError>) -> Result<T, FileError> {
        let result = result?;
        self.file.confirm().await?;
        Ok(result)
    }

    async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Without this, nothing is lost: the next process to open the file reads the log.
            let _ = connection.close().await;
        }
    }

    /// Commits a group. If that fails, commits each append alone, so that none fails because of its
    /// neighbour. Their event ids make that safe, even if the group may be in the file. Returns
    /// whether another process kept the file busy.
    async fn serve_appends(&mut self, jobs: &[Arc<AppendJob>]) -> bool {
        let Err(failure) = self.commit(jobs).await else {
            return false;
        };
        let mut has_waited = failure.is_busy();
        if let [job] = jobs {
            job.answer(Err(failure.into()));
            return has_waited;
        }
        for job in jobs {
            let served = match has_waited {
                true => Err(self.busy()),
                false => self.commit(std::slice::from_ref(job)).await,
            };
            if let Err(mut alone) = served {
                has_waited |= alone.is_busy();
                alone.is_in_doubt |= failure.is_in_doubt;
                job.answer(Err(alone.into()));
            }
        }
        has_waited
    }

    /// Commits a group, and once more if the file seems damaged: a disk that fails in passing looks
    /// like that, once.
    async fn commit(&mut self, jobs: &[Arc<AppendJob>]) -> Result<(), Failure> {
        match self.try_commit(jobs).await {
            Err(failure) if matches!(failure.error, StoreError::Damaged { .. }) => {
                self.reopen().await;
                self.try_commit(jobs).await
            }
            committed => committed,
        }
    }

    /// Plans a group and writes it, again as long as another process has moved the log in between.
    async fn try_commit(&mut self, jobs: &[Arc<AppendJob>]) -> Result<(), Failure> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let deadline = Instant::now() + self.file.busy_timeout;
        let file = Arc::clone(&self.file);
        let mut looked = Looked::Nowhere;
        let mut repetitions = HashMap::new();
        loop {
            let plan = match Plan::draw(&file.location, jobs, &self.facts, looked, &mut repetitions)
            {
                Ok(plan) => plan,
                Err(missing) => {
                    looked = missing;
                    repetitions = self.look(jobs, looked).await?;
                    continue;
                }
            };
            let Err(error) = self.write(jobs, plan).await else {
                return Ok(());
            };
            let planned_on = self.facts.end;
            self.facts.forget();
            if !matches!(&error, FileError::Sqlite(error) if is_constraint(error)) {
                return Err(self.failure(error).await);
            }
            // Either another process has written, or an event id is recorded. If the file refuses
            // the same rows at the same end of the log, with all ids looked up, it refuses them for
            // good.
            let had_looked = looked == Looked::AtIds;
            looked = Looked::AtIds;
            repetitions = self.look(jobs, looked).await?;
            if had_looked && self.facts.end == planned_on {
                return Err(self.failure(error).await);
            }
            if had_looked && Instant::now() >= deadline {
                return Err(self.busy());
            }
        }
    }

    /// Writes the rows of a plan and answers its jobs.
    async fn write(&mut self, jobs: &[Arc<AppendJob>], plan: Plan<'_>) -> Result<(), FileError> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        let has_rows = !plan.rows.is_empty();
        let bytes = plan.rows.iter().map(Row::bytes).sum();
        if has_rows {
            insert(connection, plan.rows, None).await?;
        }
        self.file.confirm().await?;
        let positions = self.advance(plan.end, plan.streams);
        for (job, verdict) in jobs.iter().zip(plan.verdicts) {
            job.answer(verdict);
        }
        if has_rows {
            self.keep_house(jobs.len(), bytes, positions).await;
        }
        Ok(())
    }

    /// Notes a commit and wakes waiting readers. Returns the move of the end of the log.
    fn advance(&mut self, end: LogEnd, streams: HashMap<StreamId, StreamFacts>) -> Range<i64> {
        let positions = self.facts.end.position..end.position;
        self.facts.advance(end, streams);
        if !positions.is_empty() {
            let head = GlobalPosition::try_from(positions.end);
            self.head
                .send_replace(head.unwrap_or(GlobalPosition::START));
        }
        positions
    }

    async fn keep_house(&mut self, appends: usize, bytes: usize, positions: Range<i64>) {
        if let Some(connection) = self.connection.as_mut() {
            let housekeeping = &mut self.housekeeping;
            housekeeping
                .after_commit(connection, appends, bytes, positions)
                .await;
        }
    }

    /// Imports a part of another log.
    async fn import(&mut self, part: &LogPart) -> Result<Result<(), ImportError>, FileError> {
        let location = Arc::clone(&self.file.location);
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        let written = import::write(connection, &location, &mut self.facts, part).await?;
        let written = match written {
            Ok(written) => written,
            Err(refused) => return Ok(Err(refused)),
        };
        self.file.confirm().await?;
        let positions = self.advance(written.end, written.streams);
        self.keep_house(1, written.bytes, positions).await;
        Ok(Ok(()))
    }

    /// Reads the facts of a group, and the verdicts on repetitions if `at` asks for ids.
    async fn look(
        &mut self,
        jobs: &[Arc<AppendJob>],
        at: Looked,
    ) -> Result<HashMap<usize, Verdict>, Failure> {
        let file = Arc::clone(&self.file);
        let failed = |error: FileError| Failure::from(file.failed(error));
        let connection = self.connection.as_mut();
        let connection = connection.ok_or_else(|| failed(sqlx::Error::PoolClosed.into()))?;
        // The facts first: an id that is recorded after them is a repetition, and no conflict.
        let appends = jobs.iter().map(|job| &job.request.append);
        let streams = appends.flat_map(Append::expectations);
        let streams = streams.map(|(stream, _)| stream);
        self.facts.read(connection, streams).await.map_err(failed)?;
        if at < Looked::AtIds {
            return Ok(HashMap::new());
        }
        let verdicts = repetition::verdicts(connection, jobs, &self.facts).await;
        verdicts.map_err(failed)
    }

    /// The failure of a job after its statement failed. If its outcome is unknown, a new connection
    /// takes over, because the memory of the old one may be wrong; unless the path leads elsewhere.
    async fn failure(&mut self, error: FileError) -> Failure {
        let is_in_doubt = match &error {
            FileError::Sqlite(error) => may_be_committed(error),
            FileError::Replaced => true,
            FileError::Damaged(_) => false,
        };
        let confirmed = self.file.confirm().await;
        if is_in_doubt && confirmed.is_ok() {
            self.reopen().await;
        }
        let error = confirmed.err().unwrap_or(error);
        Failure {
            error: self.file.failed(error),
            is_in_doubt,
        }
    }

    /// Replaces the connection, if it can.
    async fn reopen(&mut self) {
        self.facts.forget();
        if let Ok(fresh) = self.file.connect().await {
            self.connection = Some(fresh);
            self.housekeeping = Housekeeping::new(self.file.busy_timeout);
        }
    }

    fn busy(&self) -> Failure {
        StoreError::busy(self.file.location.to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use group_commit::GroupCommit;
    use jiff::Timestamp;
    use shared_kernel::event::EventType;
    use shared_kernel::lease::WorkerLeaseError;
    use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
    use shared_kernel::{Append, ExpectedVersion, NewEvent, StreamId, StreamVersion};
    use sqlite_file::Settings;
    use sqlx::Executor;

    use super::*;
    use crate::codec::batch::encode;
    use crate::file::schema::STORE;
    use crate::write::job::AppendRequest;
    use crate::write::leases::LeaseDecision;
    use crate::write::snapshots::SnapshotChange;

    /// The first job of a group waits for the lock in vain, so the second one is not even begun.
    #[tokio::test]
    async fn a_group_waits_for_another_process_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let settings = Settings {
            busy_timeout: Duration::ZERO,
            ..Settings::default()
        };
        let opened = OpenFile::open(&path, &STORE, &settings).await;
        let (file, connection) = opened.unwrap();
        let mut other = file.connect().await.unwrap();
        other.execute("BEGIN IMMEDIATE").await.unwrap();
        let (head, _) = watch::channel(GlobalPosition::START);
        let mut writer = Writer::new(Arc::new(file), connection, head);

        let snapshot = Waiting::new(SnapshotChange::Save(SnapshotRecord {
            stream: "a-1".try_into().unwrap(),
            version: StreamVersion::from(1),
            schema: StateSchema::new("tally/1").unwrap(),
            taken_at: Timestamp::UNIX_EPOCH,
            payload: "{}".into(),
        }));
        let is_begun = Arc::new(AtomicBool::new(false));
        let begun = Arc::clone(&is_begun);
        let decision: LeaseDecision = Box::new(move |_| {
            begun.store(true, Ordering::Relaxed);
            Err(WorkerLeaseError::AllTaken {
                free_at: Timestamp::UNIX_EPOCH,
            })
        });
        let lease = Waiting::new(decision);
        let jobs = vec![
            Job::Snapshot(Arc::clone(&snapshot)),
            Job::Lease(Arc::clone(&lease)),
        ];
        writer.serve(jobs).await;
        let busy = |error: &StoreError| matches!(error, StoreError::Busy { .. });
        assert!(
            snapshot
                .take_answer()
                .unwrap()
                .is_err_and(|error| busy(&error))
        );
        let refused = lease.take_answer().unwrap().unwrap_err();
        assert!(matches!(refused, WorkerLeaseError::Store(error) if busy(&error)));
        assert!(!is_begun.load(Ordering::Relaxed));

        other.execute("ROLLBACK").await.unwrap();
        writer.serve(vec![Job::Lease(Arc::clone(&lease))]).await;
        assert!(is_begun.load(Ordering::Relaxed));
    }

    /// The append of the same group is committed before the panic, and its answer stays.
    #[tokio::test]
    async fn a_panic_in_a_commit_fails_its_jobs_and_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let (file, connection) = OpenFile::open(&path, &STORE, &Settings::default())
            .await
            .unwrap();
        let (head, _) = watch::channel(GlobalPosition::START);
        let committer = GroupCommit::new(Writer::new(Arc::new(file), connection, head));

        let decision = || -> LeaseDecision { Box::new(|_| panic!("a decision panics")) };
        let (appended, panicked, behind) = tokio::join!(
            committer.submit(append("a-1"), Job::Append),
            committer.submit(decision(), Job::Lease),
            committer.submit(decision(), Job::Lease),
        );
        assert_eq!(
            appended.unwrap().last_position(),
            Some(GlobalPosition::from(1))
        );
        for refused in [panicked, behind] {
            let error = refused.unwrap_err();
            let WorkerLeaseError::Store(StoreError::Backend { source, .. }) = error else {
                panic!("{error}");
            };
            assert!(source.to_string().contains("panicked"), "{source}");
        }
        let later = committer.submit(append("a-2"), Job::Append).await;
        assert_eq!(
            later.unwrap().last_position(),
            Some(GlobalPosition::from(2))
        );
    }

    fn append(stream: &str) -> AppendRequest {
        let event_type = EventType::new("Happened").unwrap();
        let event = NewEvent::with_fresh_id(event_type, "{}").unwrap();
        let stream = StreamId::new(stream).unwrap();
        let append = Append::new().write(stream, ExpectedVersion::NoStream, vec![event]);
        AppendRequest {
            batches: encode(&append).unwrap(),
            append,
            asked_at: Timestamp::UNIX_EPOCH,
        }
    }
}
