//! `--read-only` and `--allow`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::client::Client;
use crate::program::Desk;

fn names(client: &mut Client) -> Vec<String> {
    let list = client.request("tools/list", json!({}));
    let tools = list["result"]["tools"].as_array().unwrap().iter();
    tools
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_client_may_call_only_the_allowed_tools() {
    let desk = Desk::new();
    let mut client = Client::new(&desk, &["--allow", "search,add", "--allow", "why"]);
    assert_eq!(names(&mut client), ["why", "search", "add"]);
    // What the model is told is about these tools only.
    let prime = client.request("prompts/get", json!({ "name": "prime" }));
    let prime = prime["result"]["messages"][0]["content"]["text"]
        .as_str()
        .unwrap();
    assert!(prime.contains("add plans work"), "{prime}");
    for word in ["claim=true", "to=start", "record"] {
        assert!(!prime.contains(word), "{prime}");
    }
    client.done("add", json!({ "title": "Count" }));
    let call = json!({ "name": "move", "arguments": { "items": ["1"], "to": "start" } });
    let answer = client.request("tools/call", call);
    let message = "there is no tool \"move\" here; the tools are why, search, add";
    assert_eq!(answer["error"]["message"], message);
}

/// Each file below a folder, with its bytes.
fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => drop(found.insert(path.clone(), std::fs::read(&path).unwrap())),
        }
    }
}

/// A generator of requests, the same ones in each run.
struct Requests(u64);

impl Requests {
    fn number(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % below as u64).unwrap()
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.number(of.len())].clone()
    }

    fn value(&mut self) -> Value {
        let texts = [
            "1",
            "WORK-2",
            "9",
            "--actor=x",
            "",
            "@3",
            "1h",
            "start",
            "Count",
            "-",
            "T2",
        ];
        match self.number(8) {
            0 => json!(self.number(300)),
            1 => json!(true),
            2 => json!([self.one(&texts), self.one(&texts)]),
            3 => json!({ "a": null }),
            _ => json!(self.one(&texts)),
        }
    }

    /// A call of a tool with two or three of the arguments that tools have.
    fn call(&mut self) -> Value {
        let tools = [
            "context", "state_at", "diff", "why", "history", "search", "next", "add", "record",
            "move", "delete",
        ];
        let arguments = [
            "item", "items", "to", "note", "title", "claim", "for", "key", "seen", "reason", "on",
            "preview", "words", "from", "at", "as_of", "budget", "cursor", "positive", "explain",
        ];
        let tool = self.one(&tools);
        let mut given = match tool {
            "search" => json!({ "words": "count" }),
            "next" => json!({}),
            "diff" => json!({ "item": "1", "from": "1" }),
            _ => json!({ "item": self.one(&["1", "2"]) }),
        };
        for _ in 0..self.number(3) {
            given[self.one(&arguments)] = self.value();
        }
        json!({ "name": tool, "arguments": given })
    }

    fn request(&mut self) -> (&'static str, Value) {
        match self.number(12) {
            0 => (
                "resources/read",
                json!({ "uri": self.one(&["annals://item/1", "annals://log", "x"]) }),
            ),
            1 => (
                "prompts/get",
                json!({ "name": self.one(&["prime", "review"]), "arguments": { "item": "1" } }),
            ),
            2 => (
                "resources/subscribe",
                json!({ "uri": self.one(&["annals://item/1", "annals://item/2"]) }),
            ),
            3 => (
                self.one(&["tools/list", "resources/list", "no/such"]),
                json!({}),
            ),
            _ => ("tools/call", self.call()),
        }
    }
}

/// The number of requests.
const REQUESTS: usize = 10_000;

#[test]
fn a_read_only_server_refuses_to_offer_tools_that_write() {
    let desk = Desk::new();
    desk.done(&["add", "Count"]);
    for tools in ["add", "next,record,move"] {
        let (code, error) = desk.refused(&["mcp", "--read-only", "--allow", tools]);
        assert_eq!((code, error["hint"].is_string()), (2, true), "{error}");
    }
}

#[test]
fn no_request_to_a_read_only_server_changes_a_byte() {
    let desk = Desk::new();
    desk.done(&["add", "Count", "--actor", "agent:one"]);
    desk.done(&["add", "Print", "--on", "1", "--actor", "agent:one"]);
    desk.done(&["claim", "1", "--actor", "agent:one"]);
    let folder = desk.path(".");
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    files(&folder, &mut before);
    let mut client = Client::new(&desk, &["--read-only"]);
    assert_eq!(
        names(&mut client),
        [
            "context", "state_at", "diff", "why", "history", "search", "next"
        ]
    );
    let error = client.refused("next", json!({ "claim": true }));
    assert_eq!(
        error["message"],
        "next has no argument \"claim\"; its arguments are explain, cursor, budget"
    );
    let mut requests = Requests(7);
    let (mut answered, mut done) = (0, 0);
    while answered < REQUESTS {
        let ids: Vec<_> = (0..100)
            .map(|_| {
                let (method, params) = requests.request();
                client.ask(method, params)
            })
            .collect();
        for _ in ids {
            let message = client.message();
            answered += 1;
            done += usize::from(message["result"]["isError"] == false);
        }
    }
    assert!(done > REQUESTS / 10, "{done} calls were done");
    assert_eq!(client.end(), (Some(0), String::new(), String::new()));
    files(&folder, &mut after);
    assert!(before == after, "{:?} {:?}", before.keys(), after.keys());
}
