//! Serves the jobs of one group on the connection that writes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::{HashMap, HashMapExt};
use shared_kernel::GlobalPosition;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::watch;

use super::facts::Facts;
use super::housekeeping::Housekeeping;
use super::insert::{Row, insert};
use super::job::{AppendJob, Failure, Job};
use super::plan::{Looked, NoPlan, Plan, Verdict};
use super::repetition;
use crate::error::{ReadError, is_busy, is_constraint, may_be_committed};
use crate::{leases, snapshots};

pub(crate) struct Writer {
    location: Arc<str>,
    connect: SqliteConnectOptions,
    /// `None` once the store is closed.
    connection: Option<SqliteConnection>,
    busy_timeout: Duration,
    facts: Facts,
    housekeeping: Housekeeping,
    head: watch::Sender<GlobalPosition>,
}

impl Writer {
    /// Opens the connection that writes.
    ///
    /// # Errors
    /// What SQLite says of the file.
    pub(crate) async fn open(
        location: Arc<str>,
        connect: SqliteConnectOptions,
        busy_timeout: Duration,
        head: watch::Sender<GlobalPosition>,
    ) -> Result<Self, sqlx::Error> {
        Ok(Self {
            location,
            connection: Some(connect.connect().await?),
            connect,
            busy_timeout,
            facts: Facts::default(),
            housekeeping: Housekeeping::default(),
            head,
        })
    }

    /// Serves a group: its appends in one commit, then each other job in one of its own.
    pub(super) async fn serve(&mut self, jobs: Vec<Job>) {
        let mut appends = Vec::with_capacity(jobs.len());
        let mut others = Vec::new();
        for job in jobs.into_iter().filter(|job| !job.is_abandoned()) {
            match job {
                Job::Append(append) => appends.push(append),
                other => others.push(other),
            }
        }
        if !appends.is_empty() {
            self.serve_appends(&appends).await;
        }
        for job in &others {
            self.serve_one(job).await;
        }
    }

    async fn serve_one(&mut self, job: &Job) {
        let Some(connection) = self.connection.as_mut() else {
            return job.fail(&self.location, Failure::Closed);
        };
        let served = match job {
            Job::Snapshot(job) => match snapshots::change(connection, &job.request).await {
                Ok(rows) => return job.answer(Ok(rows)),
                Err(error) => error,
            },
            Job::Lease(job) => {
                match leases::change(connection, &self.location, &job.request, self.busy_timeout)
                    .await
                {
                    Ok(Some(decided)) => return job.answer(decided),
                    Ok(None) => {
                        return job.answer(Err(Failure::Busy.of_write(&self.location).into()));
                    }
                    Err(error) => error,
                }
            }
            Job::Append(job) => return self.serve_appends(&[Arc::clone(job)]).await,
            Job::Close(job) => {
                if let Some(connection) = self.connection.take() {
                    // Nothing is lost where this fails: the next one to open the file reads the log.
                    let _ = connection.close().await;
                }
                return job.answer(());
            }
        };
        let failure = self.failure(served).await;
        job.fail(&self.location, failure);
    }

    /// Commits a group. Where that fails, commits each append alone, so that none fails because
    /// of its neighbour; their event ids make that safe even where the group may be in the file.
    async fn serve_appends(&mut self, jobs: &[Arc<AppendJob>]) {
        let failure = match self.commit(jobs).await {
            Ok(()) => return,
            Err(failure) => failure,
        };
        match failure {
            failure @ (Failure::Busy | Failure::Closed) => {
                let closed = matches!(failure, Failure::Closed);
                for job in jobs {
                    let failure = if closed {
                        Failure::Closed
                    } else {
                        Failure::Busy
                    };
                    job.answer(Err(failure.of_append(&self.location)));
                }
            }
            failure => match jobs {
                [job] => job.answer(Err(failure.of_append(&self.location))),
                _ => {
                    let in_doubt = matches!(failure, Failure::InDoubt(_));
                    for job in jobs {
                        self.serve_alone(job, in_doubt).await;
                    }
                }
            },
        }
    }

    async fn serve_alone(&mut self, job: &Arc<AppendJob>, in_doubt: bool) {
        if let Err(failure) = self.commit(std::slice::from_ref(job)).await {
            let failure = match failure {
                failure if in_doubt => Failure::StillInDoubt(Box::new(failure)),
                failure => failure,
            };
            job.answer(Err(failure.of_append(&self.location)));
        }
    }

    /// Plans a group and writes it, again as long as another process has moved the log in between.
    async fn commit(&mut self, jobs: &[Arc<AppendJob>]) -> Result<(), Failure> {
        let deadline = Instant::now() + self.busy_timeout;
        let location = Arc::clone(&self.location);
        let mut looked = Looked::Nowhere;
        let mut repetitions = HashMap::new();
        loop {
            let plan = Plan::draw(&location, jobs, &self.facts, looked, &mut repetitions);
            let plan = match plan {
                Ok(plan) => plan,
                Err(NoPlan::Look(at)) => {
                    looked = at;
                    repetitions = self.look(jobs, at).await?;
                    continue;
                }
                Err(NoPlan::Failed(failure)) => return Err(failure),
            };
            let Some(connection) = self.connection.as_mut() else {
                return Err(Failure::Closed);
            };
            let Plan {
                rows,
                verdicts,
                end,
                streams,
            } = plan;
            let has_rows = !rows.is_empty();
            let bytes = rows.iter().map(Row::bytes).sum();
            let written = match has_rows {
                true => insert(connection, rows).await,
                false => Ok(()),
            };
            let error = match written {
                Ok(()) => {
                    let before = self.facts.end.position;
                    self.facts.advance(end, streams);
                    if has_rows {
                        self.head.send_replace(position(end.position));
                    }
                    for (job, verdict) in jobs.iter().zip(verdicts) {
                        job.answer(verdict);
                    }
                    if has_rows {
                        self.housekeeping
                            .after_commit(connection, jobs.len(), bytes, before..end.position)
                            .await;
                    }
                    return Ok(());
                }
                Err(error) => error,
            };
            let planned_on = self.facts.end;
            self.facts.forget();
            if !is_constraint(&error) {
                return Err(self.failure(error).await);
            }
            // Either another process has written, or an event id is recorded. What refuses the same
            // rows at the same end of the log, with all ids looked up, refuses them for good.
            let had_looked = looked == Looked::AtIds;
            looked = Looked::AtIds;
            repetitions = self.look(jobs, looked).await?;
            if had_looked && self.facts.end == planned_on {
                return Err(Failure::Sqlite(error));
            }
            if had_looked && Instant::now() >= deadline {
                return Err(Failure::Busy);
            }
        }
    }

    /// Reads the facts of a group, and the verdicts on repetitions.
    async fn look(
        &mut self,
        jobs: &[Arc<AppendJob>],
        at: Looked,
    ) -> Result<HashMap<usize, Verdict>, Failure> {
        let connection = self.connection.as_mut().ok_or(Failure::Closed)?;
        let appends = jobs.iter().map(|job| &job.request.append);
        let recorded = self
            .facts
            .read(connection, appends, at == Looked::AtIds)
            .await;
        let verdicts = match recorded {
            Ok(recorded) => repetition::verdicts(connection, jobs, &self.facts, &recorded).await,
            Err(error) => Err(error),
        };
        verdicts.map_err(|error| match error {
            ReadError::Sqlite(error) if is_busy(&error) => Failure::Busy,
            ReadError::Sqlite(error) => Failure::Sqlite(error),
            damaged => Failure::Damaged(damaged.at(&self.location)),
        })
    }

    /// What a failed statement means for its job. After one whose outcome is unknown, the
    /// connection is replaced: its memory of the file may be wrong.
    async fn failure(&mut self, error: sqlx::Error) -> Failure {
        if is_busy(&error) {
            return Failure::Busy;
        }
        if !may_be_committed(&error) {
            return Failure::Sqlite(error);
        }
        self.facts.forget();
        if let Ok(fresh) = self.connect.connect().await {
            self.connection = Some(fresh);
            self.housekeeping = Housekeeping::default();
        }
        Failure::InDoubt(error)
    }
}

/// The position of the last event of the log.
fn position(end: i64) -> GlobalPosition {
    GlobalPosition::try_from(end).unwrap_or(GlobalPosition::START)
}
