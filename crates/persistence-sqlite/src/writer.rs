//! Owns the one writer of a store: a task that takes queued writes and commits them together.
//!
//! All writes of a handle go through here, so that they never contend with each other for the
//! write lock of the file, and those that wait share one commit. Each is accepted or refused by
//! itself, and answered only after the commit that holds it.

use shared_kernel::{Clock, GlobalPosition};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot, watch};

use crate::connection::LONG_WAL;
use crate::draft::{Draft, Outline};
use crate::error::is_busy;
use crate::index;
use crate::inserts::{Halt, HaltedAt, PREPARE_CONNECTION};
use crate::known_log::KnownLog;
use crate::linger::Linger;
use crate::write_job::{Failure, Request, WriteJob};
use crate::write_transaction::{WriteTransaction, Written};

/// How many queued writes may share one commit.
const MOST_IN_A_GROUP: usize = 256;

/// How often the writer looks in vain whether more of those come back that it has just answered.
const PATIENCE: usize = 3;

/// So many writes in a group are many.
const MANY: usize = 8;

/// How many more events come at least before the index is to follow again where it could not.
const MORE_IN_TAIL: usize = 1_024;

/// Moves what is in the write-ahead log into the file, without waiting for anybody.
const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

pub(crate) struct Writer {
    connect: SqliteConnectOptions,
    connection: SqliteConnection,
    queue: mpsc::Receiver<Request>,
    head: watch::Sender<GlobalPosition>,
    clock: Arc<dyn Clock>,
    known: KnownLog,
    linger: Linger,
    /// How many events the index may lag behind the log.
    index_lag: usize,
    /// With how many it is to follow next.
    index_at: usize,
    /// Whether events were written since the index followed.
    is_behind: bool,
    /// Whether the connection gathers a [long](LONG_WAL) write-ahead log.
    is_wal_long: bool,
}

/// Writes that are done together.
struct Group {
    /// In the order in which they came.
    jobs: Vec<Box<dyn WriteJob>>,
    /// Which of them are drafted, from the first one on.
    drafted: Vec<bool>,
    /// What is drafted of them.
    outline: Option<Outline>,
}

impl Writer {
    /// A writer with a connection of its own.
    ///
    /// # Errors
    /// What SQLite says of the file.
    pub(crate) async fn open(
        connect: SqliteConnectOptions,
        queue: mpsc::Receiver<Request>,
        head: watch::Sender<GlobalPosition>,
        clock: Arc<dyn Clock>,
        known: KnownLog,
        index_lag: NonZeroUsize,
    ) -> Result<Self, sqlx::Error> {
        let linger = Linger::default();
        let connect = linger.teach(connect);
        let connection = open_connection(&connect).await?;
        Ok(Self {
            connect,
            connection,
            queue,
            head,
            clock,
            known,
            linger,
            index_lag: index_lag.get(),
            index_at: index_lag.get(),
            is_behind: false,
            is_wal_long: false,
        })
    }

    /// Serves the queue until the store is closed or its last handle is gone.
    pub(crate) async fn run(mut self) {
        let mut requests = Vec::with_capacity(MOST_IN_A_GROUP);
        let mut closing = Vec::new();
        let mut expected = 0;
        while closing.is_empty() && self.queue.recv_many(&mut requests, MOST_IN_A_GROUP).await > 0 {
            let group = self.gather(&mut requests, expected, &mut closing).await;
            expected = group.jobs.len();
            let rest = self.serve_drafted(group).await;
            self.serve_asking(rest).await;
            if expected >= MANY && !self.is_wal_long {
                self.is_wal_long = self.connection.execute(LONG_WAL).await.is_ok();
            }
            if self.known.tail().events() >= self.index_at {
                self.index().await;
                // Now, so that nobody has to wait twice. Where it does not come off, SQLite does it later.
                let _ = self.connection.execute(CHECKPOINT).await;
            }
        }
        self.queue.close();
        while let Some(request) = self.queue.recv().await {
            match request {
                Request::Write(job) => job.failed(Failure::Closed),
                Request::Close(done) => closing.push(done),
            }
        }
        if self.is_behind {
            self.index().await;
        }
        // Nothing is lost when this fails: the next one to open the file takes over its log.
        let _ = self.connection.close().await;
        for done in closing {
            let _ = done.send(());
        }
    }

    /// Lets the index follow the log. Where that fails, the tail goes on leading to what the index does not, nothing is
    /// lost but time, and it is tried again after some more events, always a quarter more, so that what is in
    /// vain does not grow with all of them.
    async fn index(&mut self) {
        let followed = index::catch_up(&mut self.connection, self.known.tail(), self.known.names());
        match self.linger.until_sent(followed).await {
            Ok(through) => {
                self.known.tail().forget_up_to(through);
                self.index_at = self.index_lag;
                self.is_behind = false;
            }
            Err(error) => {
                let events = self.known.tail().events();
                self.index_at = events + MORE_IN_TAIL.max(events / 4);
                self.recover(&Failure::InCommit(error)).await;
            }
        }
    }

    /// Drafts the appends among the writes that are requested from what is known of the log. Meanwhile those who
    /// have just been answered, who were as many as are `expected`, come with their next writes, and share the
    /// commit.
    async fn gather(
        &mut self,
        requests: &mut Vec<Request>,
        expected: usize,
        closing: &mut Vec<oneshot::Sender<()>>,
    ) -> Group {
        let expected = expected.max(requests.len()).min(MOST_IN_A_GROUP);
        let mut jobs = Vec::with_capacity(expected);
        let mut drafted = Vec::with_capacity(expected);
        let mut draft = Draft::new(&mut self.known, self.clock.now(), expected);
        loop {
            for request in requests.drain(..) {
                match request {
                    Request::Write(job) if closing.is_empty() => jobs.push(job),
                    Request::Write(job) => job.failed(Failure::Closed),
                    Request::Close(done) => closing.push(done),
                }
            }
            let new: &mut [Box<dyn WriteJob>] = &mut jobs[drafted.len()..];
            if draft.knows(new.iter().filter_map(|job| job.append())) {
                drafted.extend(new.iter_mut().map(|job| job.propose(&mut draft)));
            }
            // Once the store is being closed, nobody is waited for: who is refused may come again and again.
            if closing.is_empty() && jobs.len() < expected {
                let room = MOST_IN_A_GROUP - jobs.len();
                wait_for_more(&mut self.queue, room, requests).await;
            }
            if requests.is_empty() {
                break;
            }
        }
        // From the first one on that names what is not known yet: the file is asked once for all of them. What
        // stands in the way of that stands in the way of `serve_asking` too, and is reported there.
        let new: &mut [Box<dyn WriteJob>] = &mut jobs[drafted.len()..];
        if !new.is_empty() {
            let appends = new.iter().filter_map(|job| job.append());
            let looked_up = draft.look_up(&mut self.connection, appends);
            if self.linger.until_sent(looked_up).await.is_ok() {
                drafted.extend(new.iter_mut().map(|job| job.propose(&mut draft)));
            }
        }
        Group {
            outline: draft.finish(),
            jobs,
            drafted,
        }
    }

    /// Commits what is drafted of a group. Gives back the writes that are still to be done.
    async fn serve_drafted(&mut self, group: Group) -> Vec<Box<dyn WriteJob>> {
        let Group {
            mut jobs,
            drafted,
            outline,
        } = group;
        let Some(outline) = outline else {
            return jobs;
        };
        let appends = drafted.iter().filter(|is_drafted| **is_drafted).count();
        let turn = self.linger.turn(appends, Instant::now());
        let commit = outline.inserts.commit(turn, &mut self.connection);
        let committed = self.linger.until_sent(commit).await;
        self.linger.committed(Instant::now());
        let failure = match committed {
            Ok(()) => None,
            Err(Halt { at, error }) => {
                self.known.forget();
                Some(match at {
                    HaltedAt::Begin if is_busy(&error) => Failure::Busy,
                    HaltedAt::Commit => Failure::InCommit(error),
                    HaltedAt::Begin | HaltedAt::Insert => Failure::RolledBack(error),
                })
            }
        };
        if let Some(failure @ Failure::RolledBack(_)) = &failure {
            // Most often another process wrote in between. Asking tells.
            self.recover(failure).await;
            return jobs;
        }
        let mut drafted = drafted.into_iter();
        let left = jobs.extract_if(.., |_| !drafted.next().unwrap_or(false));
        let rest: Vec<_> = left.collect();
        let done = jobs;
        match failure {
            None => {
                self.is_behind = true;
                self.known
                    .tail()
                    .extend(outline.added, outline.last.as_i64());
                self.known.accept(outline.end);
                self.head.send_replace(outline.last);
                done.into_iter().for_each(|job| job.committed());
                rest
            }
            Some(Failure::Busy) => {
                let all = done.into_iter().chain(rest);
                all.for_each(|job| job.failed(Failure::Busy));
                Vec::new()
            }
            Some(failure) => {
                self.recover(&failure).await;
                self.fail(done, failure).await;
                rest
            }
        }
    }

    /// Does a group of writes in one transaction that asks the file for all it needs to know.
    async fn serve_asking(&mut self, mut jobs: Vec<Box<dyn WriteJob>>) {
        if jobs.is_empty() {
            return;
        }
        match self.commit(&mut jobs).await {
            Ok(()) => jobs.into_iter().for_each(|job| job.committed()),
            Err(failure) => self.fail(jobs, failure).await,
        }
    }

    /// Deals with a group whose transaction failed: each write is done again alone, so that none
    /// fails for its neighbour's sake; event ids make that safe even where the outcome of the
    /// commit is not known. Only for the write lock, all wait together and no second time.
    async fn fail(&mut self, mut jobs: Vec<Box<dyn WriteJob>>, failure: Failure) {
        match failure {
            Failure::Busy => jobs.into_iter().for_each(|job| job.failed(Failure::Busy)),
            failure if jobs.len() == 1 => {
                if let Some(job) = jobs.pop() {
                    job.failed(failure);
                }
            }
            failure => {
                self.serve_each(jobs, matches!(failure, Failure::InCommit(_)))
                    .await
            }
        }
    }

    /// Does each write of a group that failed again, alone. `in_doubt` says that the group may be in
    /// the file all the same.
    async fn serve_each(&mut self, jobs: Vec<Box<dyn WriteJob>>, in_doubt: bool) {
        let doubt = |failure| {
            if in_doubt {
                Failure::InDoubt(Box::new(failure))
            } else {
                failure
            }
        };
        let mut is_busy = false;
        for mut job in jobs {
            if is_busy {
                job.failed(doubt(Failure::Busy));
                continue;
            }
            match self.commit(std::slice::from_mut(&mut job)).await {
                Ok(()) => job.committed(),
                Err(failure) => {
                    is_busy = matches!(failure, Failure::Busy);
                    job.failed(doubt(failure));
                }
            }
        }
    }

    /// Does `jobs` in one transaction that takes the write lock at once, so that all that is read
    /// in it holds until the commit.
    async fn commit(&mut self, jobs: &mut [Box<dyn WriteJob>]) -> Result<(), Failure> {
        let begin = self.connection.execute("BEGIN IMMEDIATE");
        if let Err(error) = self.linger.until_sent(begin).await {
            return Err(if is_busy(&error) {
                Failure::Busy
            } else {
                Failure::RolledBack(error)
            });
        }
        let failure = match self.perform(jobs).await {
            Ok(written) => match self.connection.execute("COMMIT").await {
                Ok(_) => {
                    if let Some(Written { last, added }) = written {
                        self.is_behind = true;
                        self.known.tail().extend(added, last.as_i64());
                        self.known.forget();
                        self.head.send_replace(last);
                    }
                    return Ok(());
                }
                Err(error) => Failure::InCommit(error),
            },
            Err(error) => Failure::RolledBack(error),
        };
        self.recover(&failure).await;
        Err(failure)
    }

    /// Gives what was written, if anything.
    async fn perform(
        &mut self,
        jobs: &mut [Box<dyn WriteJob>],
    ) -> Result<Option<Written>, sqlx::Error> {
        let clock = &*self.clock;
        let mut transaction = WriteTransaction::new(&mut self.connection, &self.known, clock);
        for job in jobs {
            job.perform(&mut transaction).await?;
        }
        Ok(transaction.finish())
    }

    /// Leaves no transaction open. After a commit that failed, the connection is replaced as well:
    /// what it holds in memory may not be what is in the file. Should that fail too, the next write
    /// finds out and says so.
    async fn recover(&mut self, failure: &Failure) {
        // SQLite has often rolled back by itself; then there is nothing to roll back.
        let _ = self.connection.execute("ROLLBACK").await;
        if matches!(failure, Failure::InCommit(_))
            && let Ok(fresh) = open_connection(&self.connect).await
        {
            self.connection = fresh;
            self.is_wal_long = false;
        }
    }
}

/// Takes up to `room` requests out of the queue as soon as any come; none where nobody comes.
async fn wait_for_more(
    queue: &mut mpsc::Receiver<Request>,
    room: usize,
    requests: &mut Vec<Request>,
) {
    for _ in 0..PATIENCE {
        tokio::task::yield_now().await;
        while requests.len() < room
            && let Ok(request) = queue.try_recv()
        {
            requests.push(request);
        }
        if !requests.is_empty() {
            return;
        }
    }
}

/// A connection that is prepared for [`Inserts::commit`](crate::inserts::Inserts::commit).
async fn open_connection(connect: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = connect.connect().await?;
    connection.execute(PREPARE_CONNECTION).await?;
    Ok(connection)
}

#[cfg(test)]
mod tests;
