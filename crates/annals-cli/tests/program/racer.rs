//! A second process of a race: it opens the store, gets its command lines, and waits for the start.
//!
//! It is this test binary, started again for the ignored test below. It reads lines from its
//! standard input and answers with lines on its standard output:
//!
//! | input | answer |
//! |---|---|
//! | its command lines, in JSON | `ready` |
//! | `go` | `decided` after the decision, in a round that waits for it |
//! | `land` | the outcomes, in JSON |

use std::io::{self, BufRead, BufReader, Lines, StdinLock, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::held_program::{Answer, HeldProgram};

/// The prefix of its lines. Lines of the test harness do not have it.
const MARK: &str = "racer: ";

/// The order of the contestants in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// All start at once, and the order is free.
    Free,
    /// All decide before the first append.
    Decided,
}

/// A running second process.
pub(crate) struct Racer {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Racer {
    pub(crate) fn start(store: &str, actor: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "racer::second_process_of_the_races",
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

    /// Lets the process run command lines, and kills it while it does.
    pub(crate) fn kill_after(mut self, commands: Vec<Vec<&str>>) {
        self.tell(&json!({ "commands": commands, "meets": false }).to_string());
        assert_eq!(self.hear(), "ready");
        self.tell("go");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
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

/// Lets all processes run their command lines at once. Returns the outcomes.
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
fn second_process_of_the_races() {
    let store = std::env::var("RACER_STORE").unwrap();
    let actor = std::env::var("RACER_ACTOR").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let program = HeldProgram::open(&store, &actor).await;
        // The test harness may have begun a line.
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
