//! The list of gates, and the run through all of them.
//!
//! A red gate does not stop the run. Gates that need it are left out, every other one still runs,
//! and a table of the results ends the run.

use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow};

use crate::failure::{Failure, NotChecked};
use crate::{bdd, checks, coverage, files, layers, test};

/// One check that must be green.
pub(crate) struct Gate {
    /// The command word.
    pub(crate) name: &'static str,
    /// One line for the help.
    pub(crate) about: &'static str,
    /// Gates that must be green for this one to find anything new.
    needs: &'static [&'static str],
    run: fn() -> Result<()>,
}

const fn gate(name: &'static str, about: &'static str, run: fn() -> Result<()>) -> Gate {
    Gate {
        name,
        about,
        needs: &[],
        run,
    }
}

/// Every gate, the quick ones first.
pub(crate) const GATES: &[Gate] = &[
    gate("fmt", "the code is formatted", checks::fmt),
    gate("files", "links, lengths and forbidden text", files::run),
    gate("typos", "no known misspelling", checks::typos),
    gate("layers", "the arrows between the crates", layers::run),
    gate("deny", "licences, versions, sources", checks::deny),
    gate("advisories", "vulnerable dependencies", checks::advisories),
    gate("clippy", "no warning in any target", checks::clippy),
    gate("docs", "the documentation builds without one", checks::docs),
    gate("book", "the guide builds, into target/book", checks::book),
    gate("test", "unit and integration tests, examples", test::run),
    gate("bdd", "the features, and their mix", bdd::run),
    Gate {
        // It runs the same tests again, instrumented: a red one would only be red twice.
        needs: &["test", "bdd"],
        ..gate("coverage", "the share of lines that run", coverage::run)
    },
];

/// How a gate ended.
enum Outcome {
    Green,
    NotChecked,
    Red(Error),
    LeftOut(&'static str),
}

impl Outcome {
    fn of(result: Result<()>) -> Self {
        match result {
            Ok(()) => Self::Green,
            Err(error) if error.is::<NotChecked>() => {
                println!("{error}");
                Self::NotChecked
            }
            Err(error) => Self::Red(error),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Green => "ok",
            Self::NotChecked => "not checked",
            Self::Red(_) => "FAILED",
            Self::LeftOut(_) => "left out",
        }
    }
}

/// Runs one gate by name.
pub(crate) fn run_one(name: &str) -> Result<()> {
    let gate = GATES.iter().find(|gate| gate.name == name);
    let gate = gate.ok_or_else(|| anyhow!("there is no gate `{name}`"))?;
    match Outcome::of((gate.run)()) {
        Outcome::Red(error) => Err(error),
        _ => Ok(()),
    }
}

/// Runs every gate and prints the table.
pub(crate) fn run_all() -> Result<()> {
    let rows = run_each(GATES);
    print!("{}", table(&rows));
    match next_steps(&rows) {
        None => Ok(()),
        Some(next) => Err(Failure::new("not every gate is green", next).into()),
    }
}

type Row = (&'static str, Outcome, Duration);

fn run_each(gates: &'static [Gate]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for gate in gates {
        println!("\n== {} ==", gate.name);
        let started = Instant::now();
        let mut red = rows
            .iter()
            .filter(|row| row.1.word() != Outcome::Green.word());
        let outcome = match red.find(|row| gate.needs.contains(&row.0)) {
            Some((need, ..)) => Outcome::LeftOut(need),
            None => Outcome::of((gate.run)()),
        };
        match &outcome {
            Outcome::LeftOut(need) => println!("left out: `{need}` is not green"),
            Outcome::Red(error) => println!("error: {error:#}"),
            Outcome::Green | Outcome::NotChecked => {}
        }
        rows.push((gate.name, outcome, started.elapsed()));
    }
    rows
}

fn table(rows: &[Row]) -> String {
    let row = |name: &str, word: &str, time: Duration| {
        format!("{name:<10} {word:<12} {:>7.1}s\n", time.as_secs_f64())
    };
    let total = rows.iter().map(|(_, _, time)| *time).sum();
    let mut text = "\n".to_owned();
    for (name, outcome, time) in rows {
        text += &row(name, outcome.word(), *time);
    }
    text + &row("total", "", total)
}

/// One line for each red gate and each one left out; `None` if there is none.
fn next_steps(rows: &[Row]) -> Option<String> {
    let step = |(name, outcome, _): &Row| match outcome {
        Outcome::Green | Outcome::NotChecked => None,
        Outcome::Red(error) => Some(match error.downcast_ref::<Failure>() {
            Some(failure) => format!("{name}: {}", failure.next()),
            None => format!("{name}: mend the cause, then run `cargo xtask {name}`"),
        }),
        Outcome::LeftOut(need) => Some(format!(
            "{name}: once `{need}` is green, run `cargo xtask {name}`"
        )),
    };
    let steps: Vec<String> = rows.iter().filter_map(step).collect();
    (!steps.is_empty()).then(|| steps.join("\n       "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn green() -> Result<()> {
        Ok(())
    }

    fn red() -> Result<()> {
        Err(Failure::new("broken", "run `cargo mend`").into())
    }

    fn strange() -> Result<()> {
        Err(anyhow!("the disk is gone"))
    }

    fn offline() -> Result<()> {
        Err(NotChecked("there is no network").into())
    }

    const fn needing(needs: &'static [&'static str], gate: Gate) -> Gate {
        Gate { needs, ..gate }
    }

    const MIXED: &[Gate] = &[
        gate("one", "", red),
        gate("two", "", green),
        needing(&["two", "one"], gate("three", "", green)),
        needing(&["two"], gate("four", "", strange)),
        needing(&["three"], gate("five", "", green)),
        gate("six", "", offline),
    ];

    #[test]
    fn a_red_gate_leaves_out_only_those_that_need_it() {
        let rows = run_each(MIXED);
        let words: Vec<&str> = rows.iter().map(|(_, outcome, _)| outcome.word()).collect();
        let expected = [
            "FAILED",
            "ok",
            "left out",
            "FAILED",
            "left out",
            "not checked",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn every_gate_that_is_red_or_left_out_has_a_next_step() {
        let steps = next_steps(&run_each(MIXED)).unwrap();
        assert_eq!(steps.lines().count(), 4);
        assert!(steps.contains("one: run `cargo mend`"));
        assert!(steps.contains("four: mend the cause, then run `cargo xtask four`"));
    }

    #[test]
    fn green_gates_and_unchecked_ones_have_no_next_step() {
        const ALL: &[Gate] = &[gate("one", "", green), gate("two", "", offline)];
        assert_eq!(next_steps(&run_each(ALL)), None);
        assert_eq!(next_steps(&[]), None);
    }

    #[test]
    fn the_table_has_a_row_per_gate_and_a_total() {
        let table = table(&run_each(MIXED));
        assert_eq!(table.trim().lines().count(), MIXED.len() + 1);
        assert!(table.contains("six        not checked"));
    }

    #[test]
    fn a_gate_needs_only_gates_that_run_before_it() {
        for (position, gate) in GATES.iter().enumerate() {
            let earlier = &GATES[..position];
            let runs_before = |need: &&str| earlier.iter().any(|gate| gate.name == *need);
            assert!(gate.needs.iter().all(runs_before), "{}", gate.name);
        }
    }

    #[test]
    fn an_unknown_gate_is_an_error() {
        assert!(run_one("no-such-gate").is_err());
    }
}
