//! The list of gates, once, and the run through all of them.
//!
//! A gate that is red does not hide the next one: the run goes on and ends with a table. Only a
//! gate that would repeat what is already known to be red is left out.

use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow};

use crate::failure::Failure;
use crate::{bdd, clippy, coverage, docs, fmt, layers, test, tidy};

/// One check that must be green.
pub(crate) struct Gate {
    /// The command word.
    pub(crate) name: &'static str,
    /// One line for the help.
    pub(crate) about: &'static str,
    /// Gates that must be green for this one to say anything new.
    needs: &'static [&'static str],
    run: fn() -> Result<()>,
}

/// Every gate, the quick ones first.
pub(crate) const GATES: &[Gate] = &[
    Gate {
        name: "fmt",
        about: "the code is formatted",
        needs: &[],
        run: fmt::run,
    },
    Gate {
        name: "tidy",
        about: "the house rules that text can show",
        needs: &[],
        run: tidy::run,
    },
    Gate {
        name: "layers",
        about: "which crate may depend on which, and what must be absent",
        needs: &[],
        run: layers::run,
    },
    Gate {
        name: "clippy",
        about: "no warning in any target with any feature",
        needs: &[],
        run: clippy::run,
    },
    Gate {
        name: "docs",
        about: "the documentation builds, no link is broken",
        needs: &[],
        run: docs::run,
    },
    Gate {
        name: "test",
        about: "unit and integration tests, documentation examples",
        needs: &[],
        run: test::run,
    },
    Gate {
        name: "bdd",
        about: "the mix of the scenarios, and every feature",
        needs: &[],
        run: bdd::run,
    },
    Gate {
        name: "coverage",
        about: "the share of lines that tests and features run, per crate",
        // It runs the same tests again, instrumented: a red one would only be red twice.
        needs: &["test", "bdd"],
        run: coverage::run,
    },
];

/// How a gate ended.
enum Outcome {
    Green,
    Red(Error),
    LeftOut(&'static str),
}

/// Runs one gate by name.
pub(crate) fn run_one(name: &str) -> Result<()> {
    let gate = GATES
        .iter()
        .find(|gate| gate.name == name)
        .ok_or_else(|| anyhow!("there is no gate `{name}`"))?;
    (gate.run)()
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
        let red = |need: &&&str| {
            rows.iter()
                .any(|(name, outcome, _)| name == *need && !matches!(outcome, Outcome::Green))
        };
        let outcome = if let Some(need) = gate.needs.iter().find(red) {
            println!("left out: `{need}` is not green");
            Outcome::LeftOut(need)
        } else {
            match (gate.run)() {
                Ok(()) => Outcome::Green,
                Err(error) => {
                    println!("error: {error:#}");
                    Outcome::Red(error)
                }
            }
        };
        rows.push((gate.name, outcome, started.elapsed()));
    }
    rows
}

fn table(rows: &[Row]) -> String {
    let mut text = format!("\n{:<10} {:<9} {:>8}\n", "gate", "result", "time");
    for (name, outcome, took) in rows {
        let result = match outcome {
            Outcome::Green => "ok",
            Outcome::Red(_) => "FAILED",
            Outcome::LeftOut(_) => "left out",
        };
        text.push_str(&format!(
            "{name:<10} {result:<9} {:>7.1}s\n",
            took.as_secs_f64()
        ));
    }
    let total: Duration = rows.iter().map(|(_, _, took)| *took).sum();
    text.push_str(&format!(
        "{:<10} {:<9} {:>7.1}s\n",
        "total",
        "",
        total.as_secs_f64()
    ));
    text
}

/// One line for each gate that is not green, or nothing.
fn next_steps(rows: &[Row]) -> Option<String> {
    let steps: Vec<String> = rows
        .iter()
        .filter_map(|(name, outcome, _)| match outcome {
            Outcome::Green => None,
            Outcome::Red(error) => Some(match error.downcast_ref::<Failure>() {
                Some(failure) => format!("{name}: {}", failure.next()),
                None => format!("{name}: mend what it names, then run `cargo xtask {name}`"),
            }),
            Outcome::LeftOut(need) => Some(format!(
                "{name}: once `{need}` is green, run `cargo xtask {name}`"
            )),
        })
        .collect();
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

    fn results(rows: &[Row]) -> Vec<&'static str> {
        rows.iter()
            .map(|(_, outcome, _)| match outcome {
                Outcome::Green => "green",
                Outcome::Red(_) => "red",
                Outcome::LeftOut(_) => "left out",
            })
            .collect()
    }

    const MIXED: &[Gate] = &[
        Gate {
            name: "one",
            about: "",
            needs: &[],
            run: red,
        },
        Gate {
            name: "two",
            about: "",
            needs: &[],
            run: green,
        },
        Gate {
            name: "three",
            about: "",
            needs: &["two", "one"],
            run: green,
        },
        Gate {
            name: "four",
            about: "",
            needs: &["two"],
            run: strange,
        },
        Gate {
            name: "five",
            about: "",
            needs: &["three"],
            run: green,
        },
    ];

    #[test]
    fn a_red_gate_hides_only_those_that_need_it() {
        assert_eq!(
            results(&run_each(MIXED)),
            ["red", "green", "left out", "red", "left out"]
        );
    }

    #[test]
    fn every_gate_that_is_not_green_gets_a_next_step() {
        let steps = next_steps(&run_each(MIXED)).unwrap();
        assert_eq!(steps.lines().count(), 4);
        assert!(steps.contains("one: run `cargo mend`"));
        assert!(steps.contains("four: mend what it names, then run `cargo xtask four`"));
    }

    #[test]
    fn nothing_is_left_to_do_when_all_is_green() {
        const ALL: &[Gate] = &[Gate {
            name: "one",
            about: "",
            needs: &[],
            run: green,
        }];
        assert_eq!(next_steps(&run_each(ALL)), None);
        assert_eq!(next_steps(&[]), None);
    }

    #[test]
    fn the_table_has_a_row_per_gate_and_a_total() {
        let table = table(&run_each(MIXED));
        assert_eq!(table.trim().lines().count(), 1 + MIXED.len() + 1);
        assert!(table.contains("one        FAILED"));
        assert!(table.contains("three      left out"));
    }

    #[test]
    fn a_gate_needs_only_gates_that_run_before_it() {
        for (position, gate) in GATES.iter().enumerate() {
            for need in gate.needs {
                assert!(
                    GATES[..position]
                        .iter()
                        .any(|earlier| earlier.name == *need)
                );
            }
        }
    }

    #[test]
    fn an_unknown_gate_is_an_error() {
        assert!(run_one("no-such-gate").is_err());
    }
}
