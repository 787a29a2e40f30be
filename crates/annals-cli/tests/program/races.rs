//! Races of two processes on one file: the rules that span items and the numbers hold.
//!
//! `ANNALS_RACE_ROUNDS` sets the number of rounds of each race; the default is a few.
//! In every second round both processes decide before the first append; in the others the order is
//! free. The test prints the number of wins of each process.

use std::collections::HashSet;

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::held_program::{Answer, HeldProgram};
use crate::racer::{Manner, Racer, race};

#[expect(
    clippy::disallowed_methods,
    reason = "the environment may ask for more rounds"
)]
fn rounds(unless_asked: usize) -> usize {
    let asked = std::env::var("ANNALS_RACE_ROUNDS");
    asked.map_or(unless_asked, |rounds| rounds.parse().unwrap())
}

/// From this number of rounds on, each of two processes wins at least one: that one process wins
/// all is less likely than a failure of the machine.
const ENOUGH: usize = 100;

/// Two processes and this one, on one file.
struct Course {
    runtime: Runtime,
    referee: HeldProgram,
    racers: [Racer; 2],
    folder: TempDir,
}

impl Course {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.annals").display().to_string();
        let runtime = Runtime::new().unwrap();
        let referee = runtime.block_on(HeldProgram::open(&path, "referee"));
        let racers = ["ada", "grace"].map(|actor| Racer::start(&path, actor));
        Self {
            runtime,
            referee,
            racers,
            folder,
        }
    }

    /// The outcome of this process.
    fn done(&self, words: &[&str]) -> Value {
        self.runtime.block_on(self.referee.done(words))
    }

    /// The number of a new item.
    fn item(&self, kind: &str) -> String {
        let added = self.done(&["add", "x", "--type", kind]);
        added["item"]["number"].as_str().unwrap().to_owned()
    }

    /// Lets each process run one command line.
    fn race_two(&mut self, round: usize, commands: [Vec<&str>; 2]) -> [Answer; 2] {
        let commands = commands.map(|words| vec![words]);
        let answers = race(&mut self.racers, commands, manner(round));
        answers.map(|answers| {
            let [answer] = <[Answer; 1]>::try_from(answers).unwrap();
            answer
        })
    }

    /// Ends the processes and checks the file: numbers from 1 without gaps, different ids, no
    /// damage.
    fn finish(self) {
        self.racers.into_iter().for_each(Racer::finish);
        let list = self.runtime.block_on(self.referee.done(&["list"]));
        let items = list.as_array().unwrap();
        let numbers: Vec<_> = items.iter().map(|item| number(&item["number"])).collect();
        let count = items.len() as u64;
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
        let ids: HashSet<_> = items.iter().map(|item| item["id"].as_str()).collect();
        assert_eq!(ids.len(), items.len());
        self.runtime.block_on(self.referee.close());

        let file = self.folder.path().join("work.annals");
        let check = std::process::Command::new(env!("CARGO_BIN_EXE_annals"))
            .args(["check", "--store"])
            .arg(file)
            .output();
        let check = check.unwrap();
        assert!(check.status.success(), "{check:?}");
    }
}

fn manner(round: usize) -> Manner {
    match round.is_multiple_of(2) {
        true => Manner::Decided,
        false => Manner::Free,
    }
}

fn number(number: &Value) -> u64 {
    let digits = number.as_str().unwrap().strip_prefix("WORK-").unwrap();
    digits.parse().unwrap()
}

/// The number of wins of each process, for each order of the rounds.
#[derive(Debug, Default)]
struct Score {
    decided: [usize; 2],
    free: [usize; 2],
}

impl Score {
    /// Counts a round in which one process must succeed and the other one must be refused. Returns
    /// the one that succeeded.
    fn take(&mut self, round: usize, answers: &[Answer; 2]) -> usize {
        let winner = match [answers[0].code, answers[1].code] {
            [0, 3] => 0,
            [3, 0] => 1,
            _ => panic!("round {round}: {answers:?}"),
        };
        let of_manner = match manner(round) {
            Manner::Decided => &mut self.decided,
            Manner::Free => &mut self.free,
        };
        of_manner[winner] += 1;
        winner
    }

    /// Prints the wins. After enough rounds both processes must have won.
    fn finish(&self, race: &str) {
        println!("{race}: {self:?}");
        let won = [0, 1].map(|racer| self.decided[racer] + self.free[racer]);
        let rounds: usize = won.iter().sum();
        assert!(rounds < ENOUGH || !won.contains(&0), "{race}: {self:?}");
    }
}

#[test]
fn two_processes_that_add_dependencies_close_no_circle() {
    let mut course = Course::new();
    let mut score = Score::default();
    for round in 0..rounds(50) {
        // Each item waits for the next one, except the first and the last.
        let items: Vec<_> = (0..2 + round / 2 % 3)
            .map(|_| course.item("task"))
            .collect();
        let (first, last) = (&items[0], &items[items.len() - 1]);
        for pair in items[1..].windows(2) {
            course.done(&["depend", &pair[0], "--on", &pair[1]]);
        }
        let first_waits = vec!["depend", first, "--on", &items[1]];
        let last_waits = vec!["depend", last, "--on", first];
        let answers = course.race_two(round, [first_waits, last_waits]);
        let winner = score.take(round, &answers);
        let refused = &answers[1 - winner].told["error"]["message"];
        assert!(
            refused.as_str().unwrap().contains("wait for each other"),
            "round {round}: {refused}"
        );

        // The file has every link except the refused one.
        let linked = |item: &str| {
            let shown = course.done(&["show", item]);
            shown["dependencies"].as_array().unwrap().len()
        };
        let links: Vec<_> = items.iter().map(|item| linked(item)).collect();
        let mut expected = vec![1; items.len()];
        expected[if winner == 0 { items.len() - 1 } else { 0 }] = 0;
        assert_eq!(links, expected, "round {round}");
    }
    course.finish();
    score.finish("a dependency against another one");
}

#[test]
fn no_process_completes_a_parent_while_another_creates_a_child() {
    let mut course = Course::new();
    let mut score = Score::default();
    for round in 0..rounds(50) {
        let story = course.item("story");
        course.done(&["start", &story]);
        course.done(&["test-run", &story, "--positive", "1"]);
        let answers = course.race_two(
            round,
            [vec!["done", &story], vec!["add", "x", "--parent", &story]],
        );
        let winner = score.take(round, &answers);

        let shown = course.done(&["show", &story]);
        let children = shown["children"].as_array().unwrap();
        let (status, known) = match winner {
            0 => ("done", vec![]),
            _ => ("in_progress", vec![answers[1].number()]),
        };
        assert_eq!(shown["status"], status, "round {round}");
        let children: Vec<_> = children.iter().map(|child| &child["number"]).collect();
        assert_eq!(children, known, "round {round}");
    }
    course.finish();
    score.finish("completing against creating a child");
}

#[test]
fn creators_in_two_processes_get_numbers_without_gaps_or_duplicates() {
    const CREATORS: usize = 4;
    let mut course = Course::new();
    let mut firsts = [0, 0];
    for round in 0..rounds(10) {
        let story = course.item("story");
        let create = vec![vec!["add", "x", "--parent", &story]; CREATORS];
        let answers = race(&mut course.racers, [create.clone(), create], Manner::Free);
        let mut created: Vec<_> = answers
            .iter()
            .enumerate()
            .flat_map(|(racer, answers)| answers.iter().map(move |answer| (answer, racer)))
            .map(|(answer, racer)| {
                assert_eq!(answer.code, 0, "round {round}: {answer:?}");
                (answer.number(), racer)
            })
            .collect();
        created.sort_by_key(|(text, _)| number(&Value::from(*text)));
        let numbers: Vec<_> = created
            .iter()
            .map(|(text, _)| number(&(*text).into()))
            .collect();
        let story_number = number(&Value::from(story.as_str()));
        let expected: Vec<_> = (1..=2 * CREATORS as u64)
            .map(|n| story_number + n)
            .collect();
        assert_eq!(numbers, expected, "round {round}");
        firsts[created[0].1] += 1;

        // The parent lists all of them in the order of their numbers.
        let shown = course.done(&["show", &story]);
        let children = shown["children"].as_array().unwrap();
        let children: Vec<_> = children
            .iter()
            .map(|child| number(&child["number"]))
            .collect();
        assert_eq!(children, numbers, "round {round}");
    }
    course.finish();
    println!("creators: the first number went to each process in {firsts:?} rounds");
    let rounds: usize = firsts.iter().sum();
    assert!(rounds < ENOUGH || !firsts.contains(&0), "{firsts:?}");
}
