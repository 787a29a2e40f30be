//! The same commands give the same bytes on a store in memory, in a file and on a server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use annals_cli::{OpenStore, OpenStoreError, OpenedStore, Purpose, StorePlace, Stores};
use async_trait::async_trait;
use persistence_memory::{MemoryNamedLeases, MemoryStore, MemoryWorkerLeases};
use shared_kernel::time::{Clock, ManualClock};

use crate::inside::Inside;
use crate::served::{Served, shown};

const MORNING: &str = "2026-01-05T08:00:00Z";

/// One store in memory.
struct InMemory(OpenedStore);

impl InMemory {
    fn new(clock: &Arc<ManualClock>) -> Self {
        let store = Arc::new(MemoryStore::with_clock(clock.clone()));
        Self(OpenedStore {
            events: store.clone(),
            snapshots: store.clone(),
            combined: Some(store.clone()),
            transfer: store,
            leases: Arc::new(MemoryWorkerLeases::with_clock(clock.clone())),
            named_leases: Arc::new(MemoryNamedLeases::with_clock(clock.clone())),
            file: None,
            server: None,
        })
    }
}

#[async_trait]
impl OpenStore for InMemory {
    async fn open(
        &self,
        _: &StorePlace,
        _: Purpose,
        _: Arc<dyn Clock>,
    ) -> Result<Option<OpenedStore>, OpenStoreError> {
        Ok(Some(self.0.clone()))
    }
}

/// Commands that change the store. A minute passes after each.
const CHANGES: [&[&str]; 20] = [
    &["add", "A year of reports", "--type", "epic"],
    &[
        "add",
        "Report of January",
        "--type",
        "story",
        "--parent",
        "1",
    ],
    &[
        "add",
        "Sum up",
        "--parent",
        "2",
        "--risk",
        "T2",
        "--priority",
        "high",
    ],
    &["add", "Draw the charts", "--parent", "2"],
    &["add", "Choose the colours ✓", "--type", "spike"],
    &["start", "3"],
    &["done", "3"],
    &[
        "test-run",
        "3",
        "--positive",
        "6",
        "--negative",
        "3",
        "--coverage",
        "92.5",
    ],
    &["done", "3", "--resolution", "all figures agree"],
    &["depend", "4", "--on", "5"],
    &["start", "4"],
    &["block", "4", "--reason", "no colours yet"],
    &["depend", "5", "--on", "4"],
    &["retitle", "4", "Draw both charts"],
    &["describe", "4", "One for the costs, one for the income."],
    &["note", "1", "The costs of March are unknown."],
    &["note", "1", "late", "--expect", "1"],
    &["prioritise", "5", "critical"],
    &["assign", "5", "agent:painter"],
    &["cancel", "2", "--reason", "a child is open"],
];

/// Commands that read it.
const READS: [&[&str]; 24] = [
    &["list"],
    &["list", "--status", "pending,blocked", "--sort", "priority"],
    &["list", "--text", "charts", "--limit", "1"],
    &["search", "costs"],
    &["search", "report", "--limit", "1"],
    &["list", "--type", "task"],
    &["board"],
    &["board", "--as-of", "7"],
    &["stats", "--since", "2026-01-04", "--until", "2026-01-06"],
    &["tree"],
    &["tree", "1"],
    &["why", "4"],
    &["history", "3"],
    &["show", "4"],
    &["show", "4", "--as-of", "2"],
    &["show", "4", "--as-of", "2026-01-05T08:12:30Z"],
    &["diff", "4", "--from", "1"],
    &["context", "4", "--budget", "400"],
    &["streams"],
    &["events"],
    &[
        "events",
        "--after",
        "3",
        "--category",
        "work_item",
        "--limit",
        "4",
    ],
    &["events", "--follow", "--limit", "9"],
    &["show", "404"],
    &["done", "1"],
];

/// The program on one store.
struct Candidate<'a> {
    stores: &'a dyn OpenStore,
    /// `ANNALS_STORE`.
    name: String,
    folder: PathBuf,
    clock: Arc<ManualClock>,
}

impl Candidate<'_> {
    /// The exit code and the outputs, without the random parts.
    async fn run(&self, words: &[&str], format: &str) -> String {
        let variables = [("ANNALS_ACTOR", "ada"), ("ANNALS_STORE", &self.name)];
        let nowhere = self.folder.join("none");
        let inside = Inside {
            clock: self.clock.clone(),
            cache: Some(self.folder.join("cache")),
            ..Inside::new(self.stores, &nowhere, &variables)
        };
        let words = [words, &["--format", format]].concat();
        let run = inside.run(words.iter().map(ToString::to_string)).await;
        let text = format!("{:?}\n{}\n{}", run.code, run.out, run.err);
        let text = without_event_ids(&text);
        text.replace(&shown(&self.name), "STORE")
            .replace(&self.name, "STORE")
    }
}

/// The text with a mark for each event id, because these are random. An id has 32 hexadecimal
/// digits
/// in five groups, or 14 letters and digits in the tables of TOON: `0FqikozaADnUAj`.
fn without_event_ids(text: &str) -> String {
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_id = |word: &str| match word.len() {
        36 => word.bytes().filter(|byte| *byte == b'-').count() == 4,
        14 => word.starts_with('0') && !word.contains('-'),
        _ => false,
    };
    let mut masked = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(is_of_id) {
        let (before, from_word) = rest.split_at(begin);
        let end = from_word.find(|c| !is_of_id(c)).unwrap_or(from_word.len());
        let (word, after) = from_word.split_at(end);
        masked.push_str(before);
        masked.push_str(if is_id(word) { "EVENT-ID" } else { word });
        rest = after;
    }
    masked + rest
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_commands_print_the_same_bytes_on_every_store() {
    let Some(served) = Served::new() else { return };
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let clocks: Vec<_> = (0..3)
        .map(|_| Arc::new(ManualClock::at(MORNING.parse().unwrap())))
        .collect();
    let path = |n: usize, name: &str| Path::join(folders[n].path(), name).display().to_string();
    let memory = InMemory::new(&clocks[0]);
    let of = |n: usize, stores, name| Candidate {
        stores,
        name,
        folder: folders[n].path().to_owned(),
        clock: clocks[n].clone(),
    };
    let candidates = [
        of(0, &memory as &dyn OpenStore, path(0, "work.annals")),
        of(1, &Stores, path(1, "work.annals")),
        of(2, &Stores, served.address.clone()),
    ];
    let same = async |words: &[&str], format: &str| {
        let mut answers = Vec::new();
        for candidate in &candidates {
            answers.push(candidate.run(words, format).await);
        }
        assert_eq!(answers[0], answers[1], "{words:?}: memory and SQLite");
        assert_eq!(answers[1], answers[2], "{words:?}: SQLite and PostgreSQL");
        answers.remove(0)
    };
    let mut codes = Vec::new();
    for words in CHANGES {
        let answer = same(words, "json").await;
        codes.push(answer.lines().next().unwrap().to_owned());
        for clock in &clocks {
            clock.advance(Duration::from_secs(60));
        }
    }
    let refused = codes.iter().filter(|code| *code != "Some(0)").count();
    assert_eq!(refused, 3, "{codes:?}");
    let mut all = String::new();
    // In the second turn, the search of the first has built the read model.
    for _ in 0..2 {
        for words in READS {
            for format in ["human", "json", "toon"] {
                all.push_str(&same(words, format).await);
            }
        }
    }
    for expected in ["Choose the colours ✓", "EVENT-ID", "\"version\":"] {
        assert!(all.contains(expected), "{expected}");
    }
}

#[test]
fn only_event_ids_are_masked() {
    let id = "0192a1b0-0000-7000-8000-00000000000f";
    let text = format!("ä {id}, {id}g 0FqikozaADnUAj 1FqikozaADnUAj ü");
    let masked = format!("ä EVENT-ID, {id}g EVENT-ID 1FqikozaADnUAj ü");
    assert_eq!(without_event_ids(&text), masked);
}
