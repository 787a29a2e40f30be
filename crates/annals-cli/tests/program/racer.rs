//! Owns a process that races: it has the file open, holds its command lines ready, and goes when it
//! is told to.
//!
//! It is this very test binary, started again for the one ignored test below. It is told by lines
//! on its standard input and answers in lines on its standard output:
//!
//! | it is told | it answers |
//! |---|---|
//! | its command lines, in JSON | `ready` |
//! | `go` | `decided` once it has decided, where that was asked for |
//! | `land` | what they came to, in JSON |

use std::io::{self, BufRead, BufReader, Lines, StdinLock, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::held_program::{Answer, HeldProgram};

/// What its lines begin with, so that those of the test harness are passed over.
const MARK: &str = "racer: ";

/// How it is when those who race get into each other's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// They go at the same moment, and it is as it comes.
    Free,
    /// Each has decided before the first one lands.
    Decided,
}

/// A running process that races.
pub(crate) struct Racer {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Racer {
    pub(crate) fn start(store: &Path, actor: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "racer::races_as_told",
                "--ignored",
                "--nocapture",
            ])
            .env("RACER_STORE", store)
            .env("RACER_ACTOR", actor)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            orders,
            answers,
        }
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.orders, "{line}").unwrap();
    }

    fn hear(&mut self) -> String {
        loop {
            let line = self.answers.next().expect("it goes on").unwrap();
            if let Some(answer) = line.strip_prefix(MARK) {
                return answer.to_owned();
            }
        }
    }

    /// Waits for the process to end by itself.
    pub(crate) fn finish(self) {
        let Self {
            mut child,
            orders,
            answers,
        } = self;
        drop(orders);
        answers.for_each(|line| drop(line.unwrap()));
        assert!(child.wait().unwrap().success());
    }
}

/// Has each racer run its command lines at the same moment, and gives what they came to.
pub(crate) fn race<const RACERS: usize>(
    racers: &mut [Racer; RACERS],
    commands: [Vec<Vec<&str>>; RACERS],
    manner: Manner,
) -> [Vec<Answer>; RACERS] {
    for (racer, commands) in racers.iter_mut().zip(commands) {
        let meets = manner == Manner::Decided;
        racer.tell(&json!({ "commands": commands, "meets": meets }).to_string());
    }
    for racer in &mut *racers {
        assert_eq!(racer.hear(), "ready");
    }
    for racer in &mut *racers {
        racer.tell("go");
    }
    if manner == Manner::Decided {
        for racer in &mut *racers {
            assert_eq!(racer.hear(), "decided");
        }
        for racer in &mut *racers {
            racer.tell("land");
        }
    }
    racers.each_mut().map(|racer| {
        let answers: Vec<Value> = serde_json::from_str(&racer.hear()).unwrap();
        answers.iter().map(Answer::from_json).collect()
    })
}

#[test]
#[ignore = "a process of its own, started by the races"]
#[expect(
    clippy::disallowed_methods,
    reason = "the parent hands the store over by the environment"
)]
fn races_as_told() {
    let store = PathBuf::from(std::env::var_os("RACER_STORE").unwrap());
    let actor = std::env::var("RACER_ACTOR").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let program = HeldProgram::open(&store, &actor).await;
        // The harness may have begun a line.
        println!();
        let mut orders = io::stdin().lock().lines();
        while let Some(order) = orders.next() {
            let order: Value = serde_json::from_str(&order.unwrap()).unwrap();
            answer("ready");
            assert_eq!(next(&mut orders), "go");
            let meeting = (order["meets"] == true).then(|| program.events().meet());
            let commands = order["commands"].as_array().unwrap().iter().map(words);
            let running: Vec<_> = commands
                .map(|words| tokio::spawn(program.clone().run(words)))
                .collect();
            if let Some((has_decided, let_land)) = meeting {
                has_decided.await.unwrap();
                answer("decided");
                assert_eq!(next(&mut orders), "land");
                let_land.send(()).unwrap();
            }
            let mut answers = Vec::new();
            for run in running {
                answers.push(run.await.unwrap().to_json());
            }
            answer(&Value::from(answers).to_string());
        }
        program.close().await;
    });
}

fn words(line: &Value) -> Vec<String> {
    serde_json::from_value(line.clone()).unwrap()
}

fn next(orders: &mut Lines<StdinLock<'_>>) -> String {
    orders
        .next()
        .expect("whoever starts a race ends it")
        .unwrap()
}

fn answer(line: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{MARK}{line}").unwrap();
    out.flush().unwrap();
}
