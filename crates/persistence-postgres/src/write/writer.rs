//! Serves the jobs of one group on the connection that writes.

use std::sync::Arc;
use std::time::Duration;

use foldhash::{HashSet, HashSetExt};
use group_commit::{GroupWriter, Waiting};
use postgres_database::{Database, DatabaseError};
use shared_kernel::store::{Destination, ImportError, LogPart};
use shared_kernel::{EventId, GlobalPosition, StoreError};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::sync::watch;

use super::group::{Group, Verdict};
use super::job::{AppendJob, Failure, Job, NamedLeaseJob};
use super::{freeze, import, leases, named_leases, repetition, snapshots};
use crate::options::PostgresOptions;
use crate::read::lookup;

pub(crate) struct Writer {
    database: Arc<Database>,
    /// `None` after a failure that leaves its state unknown, and once the store is closed.
    connection: Option<PgConnection>,
    busy_timeout: Duration,
    notifies: bool,
    head: watch::Sender<GlobalPosition>,
}

impl GroupWriter for Writer {
    type Job = Job;

    const MAX_JOBS: usize = 256;

    /// Bytes of payloads.
    const MAX_WEIGHT: usize = 16 * 1024 * 1024;

    fn weight(job: &Job) -> usize {
        match job {
            Job::Append(job) => {
                let events = job.request.append.events();
                events.map(|(_, event)| event.payload.len()).sum()
            }
            _ => 0,
        }
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
        if !appends.is_empty() {
            self.serve_appends(&appends).await;
        }
        for job in others {
            self.serve_alone(&job).await;
        }
    }

    async fn after_panic(&mut self, jobs: &[Job]) {
        self.connection = None;
        for job in jobs {
            let location = self.database.location.clone();
            let source = "the commit panicked, for example in a subscriber of `tracing`".into();
            job.refuse(Failure {
                error: StoreError::Backend { location, source },
                is_in_doubt: true,
            });
        }
    }
}

impl Writer {
    pub(crate) fn new(
        database: Arc<Database>,
        connection: PgConnection,
        options: &PostgresOptions,
        head: watch::Sender<GlobalPosition>,
    ) -> Self {
        Self {
            database,
            connection: Some(connection),
            busy_timeout: options.busy_timeout,
            notifies: options.notifies,
            head,
        }
    }

    async fn serve_alone(&mut self, job: &Job) {
        let served = match job {
            Job::Append(job) => return self.serve_appends(std::slice::from_ref(job)).await,
            Job::Close(job) => {
                if let Some(connection) = self.connection.take() {
                    let _ = connection.close().await;
                }
                job.answer(());
                return;
            }
            Job::Snapshot(job) => self.change_snapshot(job).await,
            Job::Lease(job) => self.change_lease(job).await,
            Job::NamedLease(job) => self.hold_name(job).await,
            Job::Import(job) => {
                let imported = self.import(&job.request).await;
                imported.map(|verdict| job.answer(verdict))
            }
            Job::Freeze(job) => {
                let frozen = self.freeze(job.request.as_ref()).await;
                frozen.map(|verdict| job.answer(verdict))
            }
        };
        if let Err(error) = served {
            let failure = self.failure(error);
            job.refuse(failure);
        }
    }

    async fn change_snapshot(
        &mut self,
        job: &Waiting<snapshots::SnapshotChange, Result<u64, StoreError>>,
    ) -> Result<(), DatabaseError> {
        let database = Arc::clone(&self.database);
        let changed = snapshots::change(&database, self.connect().await?, &job.request).await;
        let changed = match changed {
            // The server may only have closed an idle connection, and a second save of a snapshot
            // changes nothing.
            Err(error) if error.is_connection_lost() => {
                self.connection = None;
                snapshots::change(&database, self.connect().await?, &job.request).await?
            }
            changed => changed?,
        };
        job.answer(Ok(changed));
        Ok(())
    }

    async fn hold_name(&mut self, job: &NamedLeaseJob) -> Result<(), DatabaseError> {
        let (database, wanted) = (Arc::clone(&self.database), &job.request);
        let held = match named_leases::hold(&database, self.connect().await?, wanted).await {
            // A second call with the same term and holder answers the same.
            Err(error) if error.is_connection_lost() => {
                self.connection = None;
                named_leases::hold(&database, self.connect().await?, wanted).await?
            }
            held => held?,
        };
        job.answer(held);
        Ok(())
    }

    async fn change_lease(
        &mut self,
        job: &Waiting<
            leases::LeaseDecision,
            Result<shared_kernel::lease::WorkerLease, shared_kernel::lease::WorkerLeaseError>,
        >,
    ) -> Result<(), DatabaseError> {
        let (database, timeout) = (Arc::clone(&self.database), self.busy_timeout);
        let mut tried = None;
        let connection = self.connect().await?;
        let changed = leases::change(&database, connection, &job.request, &mut tried, timeout);
        let changed = match changed.await {
            // The server may only have closed an idle connection. It decides again.
            Err(error) if error.is_connection_lost() => {
                self.connection = None;
                let connection = self.connect().await?;
                leases::change(&database, connection, &job.request, &mut tried, timeout).await?
            }
            changed => changed?,
        };
        job.answer(changed);
        Ok(())
    }

    async fn import(&mut self, part: &LogPart) -> Result<Result<(), ImportError>, DatabaseError> {
        let database = Arc::clone(&self.database);
        let (timeout, notifies) = (self.busy_timeout, self.notifies);
        let connection = self.connect().await?;
        let imported = import::write(&database, connection, part, timeout, notifies).await?;
        if let (Ok(()), Some(last)) = (&imported, part.events.last()) {
            self.announce(last.position);
        }
        Ok(imported)
    }

    async fn freeze(
        &mut self,
        destination: Option<&Destination>,
    ) -> Result<Result<Option<GlobalPosition>, StoreError>, DatabaseError> {
        let (database, timeout) = (Arc::clone(&self.database), self.busy_timeout);
        let connection = self.connect().await?;
        freeze::change(&database, connection, destination, timeout).await
    }

    /// Wakes the readers that wait for this position.
    fn announce(&self, end: GlobalPosition) {
        self.head.send_if_modified(|head| {
            let is_further = end > *head;
            *head = end.max(*head);
            is_further
        });
    }

    /// Commits a group. If that fails, commits each append alone, so that none fails because of its
    /// neighbour. Their event ids make that safe, even if the group may be in the database.
    async fn serve_appends(&mut self, jobs: &[Arc<AppendJob>]) {
        let Err(failure) = self.commit(jobs).await else {
            return;
        };
        // An append whose outcome is unknown is repeated once: the server may only have closed an
        // idle connection.
        let is_repeated = jobs.len() > 1 || failure.is_in_doubt;
        if let ([job], false) = (jobs, is_repeated) {
            return job.answer(Err(failure.into()));
        }
        for job in jobs {
            if let Err(mut alone) = self.commit(std::slice::from_ref(job)).await {
                alone.is_in_doubt |= failure.is_in_doubt;
                job.answer(Err(alone.into()));
            }
        }
    }

    /// Judges and writes a group in one statement, and answers its jobs.
    async fn commit(&mut self, jobs: &[Arc<AppendJob>]) -> Result<(), Failure> {
        match self.try_commit(jobs).await {
            Ok(verdicts) => {
                for (job, verdict) in jobs.iter().zip(verdicts) {
                    job.answer(verdict);
                }
                Ok(())
            }
            Err(error) => Err(self.failure(error)),
        }
    }

    async fn try_commit(&mut self, jobs: &[Arc<AppendJob>]) -> Result<Vec<Verdict>, DatabaseError> {
        let database = Arc::clone(&self.database);
        let (timeout, notifies) = (self.busy_timeout, self.notifies);
        let connection = self.connect().await?;
        let group = Group::new(jobs)?;
        let statement = group.statement(timeout, notifies);
        let rows = match database.write(connection, statement).await {
            Err(error) if error.is_lock_timeout() => {
                let holder = lookup::holder(&database, connection).await;
                return Err(holder.map_or(error, DatabaseError::Busy));
            }
            written => written?,
        };
        let no_answer = || DatabaseError::Damaged("annals.append_1 has no answer".to_owned());
        let answer = rows.first().ok_or_else(no_answer)?;
        let (known, end) = group.verdicts(jobs, answer, &database.location)?;
        let mut verdicts = Vec::with_capacity(jobs.len());
        for (job, verdict) in jobs.iter().zip(known) {
            verdicts.push(match verdict {
                Some(verdict) => verdict,
                None => repetition::verdict(&database, connection, &job.request.append)
                    .await?
                    .ok_or_else(|| {
                        DatabaseError::Damaged("a recorded event id has no event".to_owned())
                    })?,
            });
        }
        let end = GlobalPosition::try_from(end).unwrap_or(GlobalPosition::START);
        self.announce(end);
        Ok(verdicts)
    }

    /// The connection; a new one if the last one has failed.
    async fn connect(&mut self) -> Result<&mut PgConnection, DatabaseError> {
        if self.database.is_closed() {
            return Err(sqlx::Error::PoolClosed.into());
        }
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.database.connection().await?,
        };
        Ok(self.connection.insert(connection))
    }

    /// The failure of a job after its statement failed.
    fn failure(&mut self, error: DatabaseError) -> Failure {
        if error.is_connection_lost() {
            self.connection = None;
        }
        Failure {
            is_in_doubt: error.may_be_committed(),
            error: error.at(&self.database.location),
        }
    }
}

/// Adds the event ids of an append to `ids`. Returns whether none of them was there.
fn adds_its_ids(append: &AppendJob, ids: &mut HashSet<EventId>) -> bool {
    let append = &append.request.append;
    let before = ids.len();
    ids.extend(append.events().map(|(_, event)| event.id));
    ids.len() == before + append.event_count()
}
