//! Random rounds that part a store from its log while no process has it open. The guide lists which
//! of them can be detected, and this test reads that list.

use std::path::Path;

use persistence_sqlite::{OpenError, SqliteOptions, SqliteStore};

use super::{Chance, rounds};
use crate::fixture::{Place, append, beside, copy_files, count, program};

/// The chapter of the guide with the list.
const OPERATIONS: &str = include_str!("../../../../../docs/guide/src/operations.md");

/// The detection of a kind, in the words of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detected {
    /// `detected: BackupBesideLog` and the like.
    ByOpening(&'static str),
    /// An error of a read, or a problem that `check` finds.
    ByCheck,
    /// The store opens with fewer events.
    Never,
    Harmless,
}

impl Detected {
    fn words(self) -> String {
        match self {
            Self::ByOpening(error) => format!("`{error}`"),
            Self::ByCheck => "damage, which `check` finds".to_owned(),
            Self::Never => "not detected: the commits of the log are missing".to_owned(),
            Self::Harmless => "harmless: nothing is missing".to_owned(),
        }
    }
}

const KINDS: [(&str, Detected); 9] = [
    ("deletes the log", Detected::Never),
    ("cuts the log short", Detected::Never),
    ("deletes the index of the log", Detected::Harmless),
    (
        "moves or copies the file alone, and opens it there",
        Detected::Never,
    ),
    (
        "moves or deletes the file alone, and opens a store where it was",
        Detected::ByOpening("LogWithoutStore"),
    ),
    (
        "copies a marked backup over the file alone",
        Detected::ByOpening("BackupBesideLog"),
    ),
    (
        "copies an older state of the file over the file alone",
        Detected::ByCheck,
    ),
    (
        "copies another store over the file alone",
        Detected::ByCheck,
    ),
    (
        "copies the log of another store over the log",
        Detected::ByCheck,
    ),
];

/// A store with `in_file` events in its file and `in_log` more in its log; its process was killed.
/// `older` is a copy of its file without the last 300 of `in_file`, and `backup` a backup of it.
async fn crashed(place: &Place, name: &str, in_file: usize, in_log: usize) {
    let live = place.path(&format!("live-{name}"));
    let store = SqliteStore::open(&live).await.unwrap();
    append(&store, in_file - 300).await;
    store
        .backup(place.path(&format!("{name}-backup")))
        .await
        .unwrap();
    store.close().await;
    copy_files(&live, &place.path(&format!("{name}-older")), &[""]);
    let store = SqliteStore::open(&live).await.unwrap();
    append(&store, 300).await;
    store.close().await;
    let store = SqliteStore::open(&live).await.unwrap();
    append(&store, in_log).await;
    copy_files(&live, &place.path(name), &["", "-wal", "-shm"]);
    store.close().await;
}

/// Does it to the store `own`. Returns the path that is opened then.
fn part(kind: &str, place: &Place, chance: &mut Chance) -> std::path::PathBuf {
    let own = place.path("own");
    let (log, index) = (beside(&own, "-wal"), beside(&own, "-shm"));
    let copy = |from: &Path, to: &Path| program(&["cp"], &[from, to]);
    match kind {
        "deletes the log" => std::fs::remove_file(log).unwrap(),
        "cuts the log short" => {
            let length = std::fs::metadata(&log).unwrap().len();
            let cut = chance.below(usize::try_from(length).unwrap() - 4_096);
            program(&["truncate", "--size", &cut.to_string()], &[&log]);
        }
        "deletes the index of the log" => std::fs::remove_file(index).unwrap(),
        "moves or copies the file alone, and opens it there" => {
            let words = [["cp"], ["mv"]][chance.below(2)];
            program(&words, &[&own, &place.path("there")]);
            return place.path("there");
        }
        "moves or deletes the file alone, and opens a store where it was" => {
            match chance.below(2) {
                0 => std::fs::remove_file(&own).unwrap(),
                _ => std::fs::rename(&own, place.path("there")).unwrap(),
            }
        }
        "copies a marked backup over the file alone" => copy(&place.path("own-backup"), &own),
        "copies an older state of the file over the file alone" => {
            copy(&place.path("own-older"), &own);
        }
        "copies another store over the file alone" => copy(&place.path("other"), &own),
        _ => copy(&place.path("other-wal"), &log),
    }
    own
}

async fn detected(path: &Path, expected: usize) -> Detected {
    let looked = SqliteStore::open_with(path, SqliteOptions::new().read_only()).await;
    let store = match (looked, SqliteStore::open(path).await) {
        (Err(OpenError::LogWithoutStore { .. }), Err(OpenError::LogWithoutStore { .. })) => {
            return Detected::ByOpening("LogWithoutStore");
        }
        (Err(OpenError::BackupBesideLog { .. }), Err(OpenError::BackupBesideLog { .. })) => {
            return Detected::ByOpening("BackupBesideLog");
        }
        (Ok(_), Ok(store)) => store,
        _ => return Detected::ByCheck,
    };
    let detected = match store.check(|_| ()).await {
        Ok(report) if report.is_clean() && count(&store).await == expected => Detected::Harmless,
        Ok(report) if report.is_clean() => Detected::Never,
        _ => Detected::ByCheck,
    };
    store.close().await;
    detected
}

#[tokio::test]
async fn a_store_that_is_parted_from_its_log_is_detected_where_the_guide_says_so() {
    for (kind, expected) in KINDS {
        let row = format!("| {kind} | {} |", expected.words());
        assert!(OPERATIONS.contains(&row), "the guide has no row `{row}`");
        for number in 0..rounds().div_ceil(9) {
            let mut chance = Chance::of_round(number);
            let place = Place::new();
            let (in_file, in_log) = (600 + chance.below(900), 100 + chance.below(300));
            crashed(&place, "own", in_file, in_log).await;
            crashed(
                &place,
                "other",
                600 + chance.below(900),
                100 + chance.below(300),
            )
            .await;
            let path = part(kind, &place, &mut chance);
            let found = detected(&path, in_file + in_log).await;
            assert_eq!(found, expected, "{kind}, round {number}");
        }
    }
}
