//! Laws 35 and 49 to 51 in random rounds: crashes, restores, and foreign hands on the file, against
//! a model.
//!
//! Each round mixes appends and reads with programs that move, delete or copy the store together
//! with its log, and that copy a backup over it. No acknowledged append is lost in silence, no
//! answer is wrong, and each refusal leads on. `ANNALS_ROUNDS=500` runs more rounds than the gate
//! does.

use std::path::Path;
use std::process::Command;

use persistence_sqlite::{OpenError, ReplaceError, RestoreError, SqliteOptions, SqliteStore};
use shared_kernel::{AppendError, EventId, EventStore, EventStoreExt, ExpectedVersion, StoreError};

use crate::fixture::{Place, events, stream};
#[cfg(unix)]
use crate::read_only::other_users::{run, set_mode};

const STEPS: usize = 14;
const FILES: [&str; 3] = ["", "-wal", "-shm"];

/// The events of a store.
#[derive(Debug, Clone, Default)]
struct Content {
    acknowledged: Vec<EventId>,
    /// Their appends had an unknown outcome.
    doubtful: Vec<EventId>,
}

impl Content {
    fn agrees(&self, found: &[EventId]) -> bool {
        let certain = found.iter().filter(|id| !self.doubtful.contains(id));
        certain.eq(&self.acknowledged)
    }
}

/// An open handle.
struct Handle {
    store: SqliteStore,
    /// The number of the file that it has opened.
    file: usize,
    /// Whether it has seen that the path leads elsewhere.
    is_lost: bool,
}

/// The file at the path, as the model knows it.
#[derive(Debug, Clone)]
struct Present {
    file: usize,
    content: Content,
    /// A backup was copied over the file and its log stays: it must be restored first.
    is_refused: bool,
    /// No handle has opened it for writing, so it is still a marked backup: another one that is
    /// copied over it looks the same.
    is_marked: bool,
}

struct Round {
    place: Place,
    chance: u64,
    steps: Vec<&'static str>,
    files: usize,
    present: Option<Present>,
    moved: Option<Present>,
    backup: Option<Content>,
    writer: Option<Handle>,
    reader: Option<Handle>,
}

fn shell(words: &[&str], paths: &[&Path]) {
    let status = Command::new(words[0])
        .args(&words[1..])
        .args(paths)
        .status();
    assert!(status.unwrap().success(), "{words:?} {paths:?}");
}

impl Round {
    fn new(number: u64) -> Self {
        Self {
            place: Place::new(),
            chance: number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            steps: Vec::new(),
            files: 0,
            present: None,
            moved: None,
            backup: None,
            writer: None,
            reader: None,
        }
    }

    /// A number below `bound` (xorshift64).
    fn below(&mut self, bound: u64) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        (self.chance >> 16) % bound
    }

    fn new_file(&mut self, content: Content) -> Present {
        self.files += 1;
        Present {
            file: self.files,
            content,
            is_refused: false,
            is_marked: false,
        }
    }

    /// Opens a handle, unless the model knows why that fails.
    async fn open(&mut self, reads_only: bool) -> Option<Handle> {
        let options = match reads_only {
            true => SqliteOptions::new().read_only(),
            false => SqliteOptions::new(),
        };
        let opened = SqliteStore::open_with(self.place.store_path(), options).await;
        if let (Some(present), Ok(_), false) = (&mut self.present, &opened, reads_only) {
            present.is_marked = false;
        }
        match (&self.present, opened) {
            (
                Some(Present {
                    is_refused: true, ..
                }),
                Err(OpenError::BackupBesideLog { path, log }),
            ) => {
                assert_eq!(path, self.place.store_path());
                assert_eq!(log, self.place.path("store.annals-wal"));
                None
            }
            (None, Err(OpenError::NoStore { .. })) if reads_only => None,
            (
                Some(Present {
                    is_refused: false,
                    file,
                    ..
                }),
                Ok(store),
            ) => Some(Handle {
                store,
                file: *file,
                is_lost: false,
            }),
            (None, Ok(store)) if !reads_only => {
                let new = self.new_file(Content::default());
                let file = new.file;
                self.present = Some(new);
                Some(Handle {
                    store,
                    file,
                    is_lost: false,
                })
            }
            (present, opened) => panic!("{:?}: {present:?} {opened:?}", self.steps),
        }
    }

    /// Whether a handle must answer; it has looked then.
    fn is_here(&self, handle: &mut Handle) -> bool {
        let file = self.present.as_ref().map(|present| present.file);
        handle.is_lost |= file != Some(handle.file);
        !handle.is_lost
    }

    async fn append(&mut self) {
        let Some(mut writer) = (match self.writer.take() {
            None => self.open(false).await,
            open => open,
        }) else {
            return;
        };
        let was_lost = writer.is_lost;
        let is_here = self.is_here(&mut writer);
        let new = events(usize::try_from(self.below(40)).unwrap() + 1);
        let ids: Vec<_> = new.iter().map(|event| event.id).collect();
        let answer = writer
            .store
            .append_to(stream("a-1"), ExpectedVersion::Any, new)
            .await;
        match answer {
            Ok(_) if is_here => {
                let present = self.present.as_mut().unwrap();
                present.content.acknowledged.extend(ids);
            }
            Err(AppendError::Store(StoreError::Replaced { .. })) if was_lost => (),
            Err(AppendError::OutcomeUnknown { source }) if !is_here && !was_lost => {
                let source = source.downcast_ref();
                assert!(
                    matches!(source, Some(StoreError::Replaced { .. })),
                    "{source:?}"
                );
                let moved = self
                    .moved
                    .iter_mut()
                    .filter(|moved| moved.file == writer.file);
                moved.for_each(|moved| moved.content.doubtful.extend(&ids));
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
        for is_writer in [false, true] {
            let slot = if is_writer {
                &mut self.writer
            } else {
                &mut self.reader
            };
            let Some(mut handle) = slot.take() else {
                continue;
            };
            let is_here = self.is_here(&mut handle);
            match handle.store.read_whole_stream(stream("a-1")).await {
                Ok(found) if is_here => {
                    let found: Vec<_> = found.iter().map(|event| event.id).collect();
                    let expected = &self.present.as_ref().unwrap().content;
                    assert!(
                        expected.agrees(&found),
                        "{:?}: {expected:?} {found:?}",
                        self.steps
                    );
                }
                Err(StoreError::Replaced { .. }) if !is_here => (),
                answer => panic!("{:?}: {is_writer} {is_here} {answer:?}", self.steps),
            }
            let slot = if is_writer {
                &mut self.writer
            } else {
                &mut self.reader
            };
            *slot = Some(handle);
        }
    }

    async fn close(&mut self) {
        for handle in [self.writer.take(), self.reader.take()]
            .into_iter()
            .flatten()
        {
            handle.store.close().await;
        }
    }

    /// The files as a killed process leaves them.
    async fn crash(&mut self) {
        if self.present.is_none() {
            return;
        }
        let name = |base: &str, end: &str| self.place.path(&format!("{base}{end}"));
        for end in FILES {
            if name("store.annals", end).exists() {
                shell(
                    &["cp"],
                    &[&name("store.annals", end), &name("crashed", end)],
                );
            }
        }
        self.close().await;
        self.remove_files("store.annals");
        self.move_files("crashed", "store.annals");
        let content = self.present.take().unwrap();
        self.files += 1;
        self.present = Some(Present {
            file: self.files,
            ..content
        });
    }

    fn remove_files(&self, base: &str) {
        for end in FILES {
            let _ = std::fs::remove_file(self.place.path(&format!("{base}{end}")));
        }
    }

    fn move_files(&self, from: &str, to: &str) {
        for end in FILES {
            let name = |base: &str| self.place.path(&format!("{base}{end}"));
            if name(from).exists() {
                std::fs::rename(name(from), name(to)).unwrap();
            }
        }
    }

    async fn back_up(&mut self) {
        let Some(mut handle) = self.open(true).await else {
            return;
        };
        assert!(self.is_here(&mut handle));
        let _ = std::fs::remove_file(self.place.path("backup"));
        handle
            .store
            .backup(self.place.path("backup"))
            .await
            .unwrap();
        handle.store.close().await;
        self.backup = self.present.as_ref().map(|present| present.content.clone());
    }

    /// Restores the backup, or the backup that lies at the path as the message says.
    async fn restore(&mut self) {
        let is_refused = self
            .present
            .as_ref()
            .is_some_and(|present| present.is_refused);
        let (from, content) = match &self.backup {
            Some(_) if is_refused => (self.place.store_path(), None),
            Some(backup) => (self.place.path("backup"), Some(backup.clone())),
            None => return,
        };
        if self.writer.is_some() {
            let refused = SqliteStore::restore(&from, self.place.store_path()).await;
            assert!(
                matches!(
                    refused,
                    Err(RestoreError::Replace(ReplaceError::InUse { .. }))
                ),
                "{refused:?}"
            );
        }
        self.close().await;
        let restored = SqliteStore::restore(&from, self.place.store_path()).await;
        let restored = restored.unwrap_or_else(|e| panic!("{:?}: {e:?}", self.steps));
        assert_eq!(restored.set_aside.is_empty(), self.present.is_none());
        let old = self.present.take();
        let content = content.unwrap_or_else(|| old.clone().unwrap().content);
        let mut new = self.new_file(content);
        new.is_marked = true;
        self.present = Some(new);
        // Nothing of the old store is lost.
        if let (Some(old), Some(aside)) = (old, restored.set_aside.first())
            && !old.is_refused
        {
            let aside = SqliteStore::open(aside).await.unwrap();
            let found = aside.read_whole_stream(stream("a-1")).await.unwrap();
            let found: Vec<_> = found.iter().map(|event| event.id).collect();
            assert!(old.content.agrees(&found), "{:?}", self.steps);
            aside.close().await;
        }
    }

    fn move_away(&mut self) {
        let Some(present) = self.present.take() else {
            return;
        };
        self.remove_files("moved");
        self.move_files("store.annals", "moved");
        self.moved = Some(present);
    }

    /// Moves the store back to an empty path, without other handles in between.
    async fn move_back(&mut self) {
        if self.present.is_some() || self.moved.is_none() {
            return;
        }
        self.remove_files("store.annals");
        self.move_files("moved", "store.annals");
        self.present = self.moved.take();
    }

    fn delete(&mut self) {
        self.remove_files("store.annals");
        self.present = None;
    }

    /// Copies the store with its log over itself, while no handle is open: an older state returns.
    async fn copy_over(&mut self) {
        let Some(old) = self.present.clone() else {
            return;
        };
        self.close().await;
        self.remove_files("older");
        let folder = self.place.path("");
        let name = |base: &str, end: &str| folder.join(format!("{base}{end}"));
        let ends = || ["", "-wal"].into_iter();
        for end in ends().filter(|end| name("store.annals", end).exists()) {
            shell(&["cp"], &[&name("store.annals", end), &name("older", end)]);
        }
        self.append().await;
        self.close().await;
        for end in FILES.into_iter().filter(|end| !end.is_empty()) {
            let _ = std::fs::remove_file(name("store.annals", end));
        }
        for end in ends().filter(|end| name("older", end).exists()) {
            shell(&["cp"], &[&name("older", end), &name("store.annals", end)]);
        }
        self.present = Some(old);
    }

    /// `cp backup store.annals`, whatever has the store open and whatever log lies beside it.
    async fn copy_backup_over(&mut self) {
        let (Some(backup), Some(present)) = (self.backup.clone(), self.present.clone()) else {
            return;
        };
        let copy = self.place.path("backup");
        shell(&["cp"], &[&copy, &self.place.store_path()]);
        self.files += 1;
        let file = self.files;
        self.present = Some(Present {
            file,
            content: backup,
            is_refused: false,
            is_marked: true,
        });
        // Handles of the old file notice it, and leave the log where it is when they are closed.
        for handle in [self.writer.take(), self.reader.take()]
            .into_iter()
            .flatten()
        {
            let mut handle = handle;
            assert!(!self.is_here(&mut handle));
            if self.below(2) == 0 && !present.is_marked {
                let head = handle.store.head().await;
                assert!(
                    matches!(head, Err(StoreError::Replaced { .. })),
                    "{:?}: {head:?}",
                    self.steps
                );
            }
            handle.store.close().await;
        }
        let log = std::fs::metadata(self.place.path("store.annals-wal"));
        let is_refused = log.is_ok_and(|log| log.len() > 0);
        if let Some(new) = &mut self.present {
            new.is_refused = is_refused;
        }
        assert!(is_refused || !present.is_refused, "{:?}", self.steps);
    }

    /// `chmod`, a look of a user who may not write, and `chmod` back.
    #[cfg(unix)]
    fn look_as_another_user(&self) {
        let Some(Present {
            content,
            is_refused: false,
            ..
        }) = &self.present
        else {
            return;
        };
        let is_there = |end: &str| self.place.path(&format!("store.annals{end}")).exists();
        if !content.doubtful.is_empty() || (is_there("-wal") && !is_there("-shm")) {
            return;
        }
        let before = self.place.file_names();
        set_mode(&self.place.path(""), 0o755);
        set_mode(&self.place.store_path(), 0o444);
        run(
            "opens_reads_and_may_not_append",
            &self.place,
            content.acknowledged.len(),
        );
        set_mode(&self.place.store_path(), 0o644);
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
        let mut number = self.below(steps.iter().map(|(_, weight)| weight).sum());
        let (step, _) = steps
            .into_iter()
            .find(|(_, weight)| {
                let is_it = number < *weight;
                number = number.saturating_sub(*weight);
                is_it
            })
            .unwrap();
        self.steps.push(step);
        match step {
            "append" => self.append().await,
            "read" => self.read().await,
            "close" => self.close().await,
            "crash" => self.crash().await,
            "back up" => self.back_up().await,
            "restore" => self.restore().await,
            "move away" => self.move_away(),
            "move back" => self.move_back().await,
            "delete" => self.delete(),
            "copy over" => self.copy_over().await,
            "look as another user" => self.look_as_another_user(),
            _ => self.copy_backup_over().await,
        }
    }

    /// In the end the store is as the model says, sound, and goes on.
    async fn end(&mut self) {
        self.close().await;
        if self
            .present
            .as_ref()
            .is_some_and(|present| present.is_refused)
        {
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
