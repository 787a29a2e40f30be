//! Laws 35 and 49 to 51 in random rounds: crashes, restores, and foreign hands on the file, against
//! a model.
//!
//! Each round mixes appends and reads with a process that is killed, and with programs that move,
//! delete or copy the store together with its log, and that copy a backup over it. No acknowledged
//! append is lost in silence, no answer is wrong, and each refusal leads on. `ANNALS_ROUNDS=500`
//! runs more rounds than the gate does.

mod model;
mod parted;

use std::path::Path;

use futures_util::TryStreamExt;
use persistence_sqlite::{OpenError, RestoreError, SqliteOptions, SqliteStore};
use shared_kernel::store::LogQuery;
use shared_kernel::{AppendError, EventId, EventStore, EventStoreExt, ExpectedVersion, StoreError};

use self::model::{Content, Model, Present};
use crate::fixture::{Place, beside, copy_files, events, program, stream};
#[cfg(unix)]
use crate::read_only::other_users::{run, set_mode};
use crate::writer_process::WriterProcess;

const STEPS: usize = 14;
const FILES: [&str; 3] = ["", "-wal", "-shm"];

/// An open handle.
struct Handle {
    store: SqliteStore,
    /// The number of the file that it has opened.
    file: usize,
    /// Whether it has seen that the path leads elsewhere.
    is_lost: bool,
}

/// Random numbers (xorshift64), the same for each run of a round.
struct Chance(u64);

impl Chance {
    fn of_round(number: u64) -> Self {
        Self(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % bound
    }
}

struct Round {
    place: Place,
    chance: Chance,
    steps: Vec<&'static str>,
    model: Model,
    writer: Option<Handle>,
    reader: Option<Handle>,
}

async fn found(store: &SqliteStore) -> Result<Vec<EventId>, StoreError> {
    let all = store.read_log(LogQuery::new());
    let ids = all.map_ok(|event| event.id).try_collect();
    ids.await
}

fn remove_files(base: &Path) {
    for end in FILES {
        let _ = std::fs::remove_file(beside(base, end));
    }
}

fn move_files(from: &Path, to: &Path) {
    remove_files(to);
    for end in FILES {
        let (from, to) = (beside(from, end), beside(to, end));
        if from.exists() {
            std::fs::rename(from, to).unwrap();
        }
    }
}

impl Round {
    fn new(number: u64) -> Self {
        Self {
            place: Place::new(),
            chance: Chance::of_round(number),
            steps: Vec::new(),
            model: Model::default(),
            writer: None,
            reader: None,
        }
    }

    /// Opens a handle, unless the model knows why that fails.
    async fn open(&mut self, reads_only: bool) -> Option<Handle> {
        let options = match reads_only {
            true => SqliteOptions::new().read_only(),
            false => SqliteOptions::new(),
        };
        let opened = SqliteStore::open_with(self.place.store_path(), options).await;
        let (store, file) = match (&mut self.model.present, opened) {
            (Some(now), Err(OpenError::BackupBesideLog { path, log })) if now.is_refused => {
                assert_eq!(path, self.place.store_path());
                assert_eq!(log, self.place.path("store.annals-wal"));
                return None;
            }
            (None, Err(OpenError::NoStore { .. })) if reads_only => return None,
            (Some(now), Ok(store)) if !now.is_refused => {
                now.is_marked &= reads_only;
                (store, now.file)
            }
            (None, Ok(store)) if !reads_only => (store, self.model.put(Content::default(), false)),
            (present, opened) => panic!("{:?}: {present:?} {opened:?}", self.steps),
        };
        Some(Handle {
            store,
            file,
            is_lost: false,
        })
    }

    /// Whether a handle must answer; it has looked then.
    fn is_here(&self, handle: &mut Handle) -> bool {
        handle.is_lost |= !self.model.leads_to(handle.file);
        !handle.is_lost
    }

    async fn append(&mut self) {
        let mut writer = match self.writer.take() {
            Some(open) => open,
            None => match self.open(false).await {
                Some(opened) => opened,
                None => return,
            },
        };
        let was_lost = writer.is_lost;
        let is_here = self.is_here(&mut writer);
        let new = events(self.chance.below(40) + 1);
        let ids: Vec<_> = new.iter().map(|event| event.id).collect();
        let append = writer
            .store
            .append_to(stream("a-1"), ExpectedVersion::Any, new);
        match append.await {
            Ok(_) if is_here => self.model.content().acknowledged.extend(ids),
            Err(AppendError::Store(StoreError::Replaced { .. })) if !is_here => (),
            Err(AppendError::OutcomeUnknown { source }) if !is_here && !was_lost => {
                let source = source.downcast_ref();
                let is_replaced = matches!(source, Some(StoreError::Replaced { .. }));
                assert!(is_replaced, "{source:?}");
                self.model.doubt(writer.file, &ids);
            }
            answer => panic!("{:?}: {is_here} {answer:?}", self.steps),
        }
        self.writer = Some(writer);
    }

    /// Reads with each open handle, and with a new reader if there is none.
    async fn read(&mut self) {
        if self.reader.is_none() {
            self.reader = self.open(true).await;
        }
        let (mut reader, mut writer) = (self.reader.take(), self.writer.take());
        for handle in [&mut reader, &mut writer].into_iter().flatten() {
            let is_here = self.is_here(handle);
            match found(&handle.store).await {
                Ok(found) if is_here => {
                    let expected = self.model.content();
                    let agrees = expected.agrees(&found);
                    assert!(agrees, "{:?}: {expected:?} {found:?}", self.steps);
                }
                Err(StoreError::Replaced { .. }) if !is_here => (),
                answer => panic!("{:?}: {is_here} {answer:?}", self.steps),
            }
        }
        (self.reader, self.writer) = (reader, writer);
    }

    async fn close(&mut self) {
        let handles = [self.writer.take(), self.reader.take()];
        for handle in handles.into_iter().flatten() {
            handle.store.close().await;
        }
    }

    /// A process appends beside the handles that are open, and is killed in the middle of its work.
    async fn crash(&mut self) {
        if self.model.is_refused() {
            return;
        }
        let batch = self.chance.below(30) + 1;
        let mut process = WriterProcess::start(&self.place.store_path(), 1, usize::MAX, batch);
        let mut told = Vec::new();
        for _ in 0..=self.chance.below(60) {
            told.push(process.next().await.unwrap().id);
        }
        told.extend(process.kill().await.iter().map(|event| event.id));
        match &mut self.model.present {
            Some(now) => now.is_marked = false,
            None => drop(self.model.put(Content::default(), false)),
        }
        let looker = self.open(true).await.unwrap();
        let found = found(&looker.store).await.unwrap();
        looker.store.close().await;
        let agrees = self.model.content().adopt(&told, &found, batch);
        assert!(agrees, "{:?}: {told:?} {found:?}", self.steps);
    }

    async fn back_up(&mut self) {
        let Some(mut handle) = self.open(true).await else {
            return;
        };
        assert!(self.is_here(&mut handle));
        let backup = self.place.path("backup");
        let _ = std::fs::remove_file(&backup);
        handle.store.backup(&backup).await.unwrap();
        handle.store.close().await;
        self.model.backup = Some(self.model.content().clone());
    }

    /// Restores the backup, or the backup that lies at the path as the message says.
    async fn restore(&mut self) {
        let path = self.place.store_path();
        let (from, content) = match (&self.model.backup, &self.model.present) {
            (Some(_), Some(now)) if now.is_refused => (path.clone(), now.content.clone()),
            (Some(backup), _) => (self.place.path("backup"), backup.clone()),
            (None, _) => return,
        };
        if self.writer.is_some() && self.chance.below(4) == 0 {
            let refused = SqliteStore::restore(&from, &path).await;
            let is_in_use = matches!(refused, Err(RestoreError::InUse { .. }));
            assert!(is_in_use, "{refused:?}");
        }
        self.close().await;
        let restored = SqliteStore::restore(&from, &path).await;
        let restored = restored.unwrap_or_else(|e| panic!("{:?}: {e:?}", self.steps));
        let old = self.model.present.take();
        assert_eq!(restored.set_aside.is_empty(), old.is_none());
        self.model.put(content, true);
        // Nothing of the old store is lost.
        if let (Some(mut old), Some(aside)) = (old, restored.set_aside.first())
            && !old.is_refused
        {
            let aside = SqliteStore::open(aside).await.unwrap();
            let found = found(&aside).await.unwrap();
            let agrees = old.content.agrees(&found);
            assert!(agrees, "{:?}: {old:?} {found:?}", self.steps);
            aside.close().await;
        }
    }

    fn move_away(&mut self) {
        if let Some(present) = self.model.present.take() {
            move_files(&self.place.store_path(), &self.place.path("moved"));
            self.model.moved = Some(present);
        }
    }

    /// Moves the store back to an empty path.
    fn move_back(&mut self) {
        if self.model.present.is_none() && self.model.moved.is_some() {
            move_files(&self.place.path("moved"), &self.place.store_path());
            self.model.present = self.model.moved.take();
        }
    }

    fn delete(&mut self) {
        remove_files(&self.place.store_path());
        self.model.present = None;
    }

    /// Copies the store with its log over itself, while no handle is open: an older state returns.
    async fn copy_over(&mut self) {
        let Some(old) = self.model.present.clone() else {
            return;
        };
        self.close().await;
        let (path, older) = (self.place.store_path(), self.place.path("older"));
        remove_files(&older);
        copy_files(&path, &older, &["", "-wal"]);
        self.append().await;
        self.close().await;
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(&path, end));
        }
        copy_files(&older, &path, &["", "-wal"]);
        self.model.present = Some(old);
    }

    /// `cp backup store.annals`, whatever has the store open and whatever log lies beside it.
    async fn copy_backup_over(&mut self) {
        let (Some(backup), Some(old)) = (self.model.backup.clone(), self.model.present.clone())
        else {
            return;
        };
        let path = self.place.store_path();
        program(&["cp"], &[&self.place.path("backup"), &path]);
        self.model.put(backup, true);
        // Handles of the old file notice it, and leave the log where it is when they are closed.
        let handles = [self.writer.take(), self.reader.take()];
        for mut handle in handles.into_iter().flatten() {
            assert!(!self.is_here(&mut handle));
            if self.chance.below(2) == 0 && !old.is_marked {
                let head = handle.store.head().await;
                let is_replaced = matches!(head, Err(StoreError::Replaced { .. }));
                assert!(is_replaced, "{:?}: {head:?}", self.steps);
            }
            handle.store.close().await;
        }
        let log = std::fs::metadata(beside(&path, "-wal"));
        let is_refused = log.is_ok_and(|log| log.len() > 0);
        assert!(is_refused || !old.is_refused, "{:?}", self.steps);
        if let Some(now) = &mut self.model.present {
            now.is_refused = is_refused;
        }
    }

    /// `chmod`, a look of a user who may not write, and `chmod` back.
    #[cfg(unix)]
    fn look_as_another_user(&self) {
        let Some(Present {
            content,
            is_refused: false,
            ..
        }) = &self.model.present
        else {
            return;
        };
        let path = self.place.store_path();
        let is_there = |end: &str| beside(&path, end).exists();
        let is_known = content.doubtful.is_empty() && content.in_flight.is_none();
        if !is_known || (is_there("-wal") && !is_there("-shm")) {
            return;
        }
        let before = self.place.file_names();
        set_mode(&self.place.path(""), 0o755);
        set_mode(&path, 0o444);
        let expected = content.acknowledged.len();
        run("opens_reads_and_may_not_append", &self.place, expected);
        set_mode(&path, 0o644);
        assert_eq!(self.place.file_names(), before, "{:?}", self.steps);
    }

    #[cfg(not(unix))]
    fn look_as_another_user(&self) {}

    async fn step(&mut self) {
        let steps = [
            ("append", 6),
            ("read", 5),
            ("close", 1),
            ("crash", 2),
            ("back up", 2),
            ("restore", 2),
            ("move away", 1),
            ("move back", 2),
            ("delete", 1),
            ("copy over", 1),
            ("look as another user", 1),
            ("copy a backup over", 2),
        ];
        let each = steps.iter().flat_map(|(step, weight)| vec![*step; *weight]);
        let each: Vec<_> = each.collect();
        let step = each[self.chance.below(each.len())];
        self.steps.push(step);
        match step {
            "append" => self.append().await,
            "read" => self.read().await,
            "close" => self.close().await,
            "crash" => self.crash().await,
            "back up" => self.back_up().await,
            "restore" => self.restore().await,
            "move away" => self.move_away(),
            "move back" => self.move_back(),
            "delete" => self.delete(),
            "copy over" => self.copy_over().await,
            "look as another user" => self.look_as_another_user(),
            _ => self.copy_backup_over().await,
        }
    }

    /// In the end the store is as the model says, sound, and goes on.
    async fn end(&mut self) {
        self.close().await;
        if self.model.is_refused() {
            self.restore().await;
        }
        self.append().await;
        self.read().await;
        let writer = self.writer.as_ref().unwrap();
        let report = writer.store.check(|_| ()).await.unwrap();
        assert!(report.is_clean(), "{:?}: {report:?}", self.steps);
        self.close().await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the number of rounds is given by the environment"
)]
fn rounds() -> u64 {
    let rounds = std::env::var("ANNALS_ROUNDS").ok();
    rounds.map_or(25, |rounds| rounds.parse().unwrap())
}

#[tokio::test]
async fn crashes_restores_and_foreign_hands_lose_nothing_in_silence() {
    for number in 0..rounds() {
        let mut round = Round::new(number);
        for _ in 0..STEPS {
            round.step().await;
        }
        round.end().await;
    }
}
