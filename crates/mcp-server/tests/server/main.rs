//! The server over streams in this process, with a program of the test.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use mcp_server::{Answer, Options, Program, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::Notify;

/// A program that answers with its words, and does what some items ask for.
#[derive(Default)]
struct Fake {
    renewals: AtomicUsize,
    /// The number of looks at the log. The first and the third find a new event, the second fails.
    looks: AtomicUsize,
    /// A command that never ends has begun.
    has_begun: Notify,
    /// A command that never ends was dropped.
    was_dropped: Arc<Notify>,
}

/// Tells that it was dropped.
struct Told(Arc<Notify>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[async_trait]
impl Program for Fake {
    async fn run(&self, words: Vec<String>) -> Answer {
        let item = words.last().map_or("", String::as_str).to_owned();
        let (code, value) = match (words[0].as_str(), item.as_str()) {
            (_, "panic") => panic!("a panic of the test"),
            (_, "endless") => {
                let _told = Told(Arc::clone(&self.was_dropped));
                self.has_begun.notify_one();
                std::future::pending().await
            }
            (_, hint) if hint.contains("annals") => {
                let message = "refused";
                (
                    3,
                    json!({ "error": { "kind": "refused", "message": message, "hint": hint } }),
                )
            }
            ("search", _) => {
                let limit = words.iter().find_map(|word| word.strip_prefix("--limit="));
                let limit: usize = limit.unwrap().parse().unwrap();
                let rows = (1..=limit.min(450)).map(|at| json!({ "number": at }));
                (0, rows.collect())
            }
            ("show", "watched") => (0, json!({ "version": self.looks.load(Ordering::SeqCst) })),
            _ => (0, json!({ "words": words })),
        };
        let values = vec![value];
        Answer { code, values }
    }

    async fn wait_past(&self, _: u64) -> Option<u64> {
        match self.looks.fetch_add(1, Ordering::SeqCst) {
            0 => Some(1),
            1 => None,
            2 => Some(2),
            _ => std::future::pending().await,
        }
    }

    async fn renew_claims(&self) {
        self.renewals.fetch_add(1, Ordering::SeqCst);
    }
}

struct Client {
    input: WriteHalf<DuplexStream>,
    output: tokio::io::Lines<BufReader<ReadHalf<DuplexStream>>>,
}

impl Client {
    async fn new(program: &Arc<Fake>) -> Self {
        let program: Arc<Fake> = Arc::clone(program);
        let server = Server::new(program, &Options::default()).await;
        let (near, far) = tokio::io::duplex(1024);
        tokio::spawn(async move {
            let (input, output) = tokio::io::split(far);
            mcp_server::serve(&server, input, output).await.unwrap();
        });
        let (output, input) = tokio::io::split(near);
        let output = BufReader::new(output).lines();
        let mut client = Self { input, output };
        let about = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        });
        client.ask(0, "initialize", about).await;
        client.message().await;
        client
    }

    async fn send(&mut self, message: Value) {
        let line = format!("{message}\n");
        self.input.write_all(line.as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, id: u64, method: &str, params: Value) {
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.send(message).await;
    }

    async fn message(&mut self) -> Value {
        // The clock stands still while a task works. So a server that never answers fails at once.
        let line = tokio::time::timeout(Duration::from_secs(60), self.output.next_line());
        let line = line.await.expect("no answer").unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    async fn call(&mut self, id: u64, tool: &str, arguments: Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        self.ask(id, "tools/call", params).await;
        let message = self.message().await;
        assert_eq!(message["id"], id);
        message
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_tool_is_an_error_of_that_call() {
    let mut client = Client::new(&Arc::default()).await;
    let answer = client.call(1, "why", json!({ "item": "panic" })).await;
    assert_eq!(answer["error"]["code"], -32603);
    assert_eq!(
        answer["error"]["message"],
        "internal error; please report it"
    );
    let answer = client.call(2, "why", json!({ "item": "1" })).await;
    assert_eq!(answer["result"]["isError"], false);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_is_dropped_and_has_no_answer() {
    let program = Arc::<Fake>::default();
    let mut client = Client::new(&program).await;
    let call = json!({ "name": "why", "arguments": { "item": "endless" } });
    client.ask(1, "tools/call", call).await;
    program.has_begun.notified().await;
    let cancelled = json!({ "requestId": 1 });
    let method = "notifications/cancelled";
    client
        .send(json!({ "jsonrpc": "2.0", "method": method, "params": cancelled }))
        .await;
    program.was_dropped.notified().await;
    // The next answer is that of the next call.
    client.call(2, "why", json!({ "item": "1" })).await;
}

#[tokio::test(start_paused = true)]
async fn claims_are_renewed_while_a_client_is_connected() {
    let program = Arc::<Fake>::default();
    let client = Client::new(&program).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(program.renewals.load(Ordering::SeqCst), 0);
    for minute in 1..=5 {
        for _ in 0..2 {
            tokio::time::advance(Duration::from_secs(30)).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(program.renewals.load(Ordering::SeqCst), 2 * minute);
    }
    drop(client);
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        tokio::time::advance(Duration::from_secs(30)).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(program.renewals.load(Ordering::SeqCst), 10);
}

#[tokio::test(start_paused = true)]
async fn the_values_of_a_call_stand_behind_its_options() {
    let mut client = Client::new(&Arc::default()).await;
    let hostile = "--actor=x";
    for (tool, arguments, words) in [
        (
            "add",
            json!({ "title": hostile, "description": hostile, "on": [hostile, "2"], "key": "k" }),
            &[
                "add",
                "--description=--actor=x",
                "--key=k",
                "--on=--actor=x",
                "--on=2",
                "--",
                hostile,
            ][..],
        ),
        (
            "record",
            json!({ "item": "1", "note": hostile, "seen": hostile }),
            &["note", "--seen=--actor=x", "--", "1", hostile],
        ),
        (
            "record",
            json!({ "item": "1", "positive": 3, "coverage": 81.5 }),
            &["test-run", "--positive=3", "--coverage=81.5", "--", "1"],
        ),
        (
            "record",
            json!({ "item": "1", "on": "2", "kind": "relates" }),
            &["depend", "--on=2", "--kind=relates", "--", "1"],
        ),
        (
            "move",
            json!({ "items": ["1", hostile], "to": "done", "reason": hostile, "preview": true }),
            &[
                "what-if",
                "done",
                "--resolution=--actor=x",
                "--",
                "1",
                hostile,
            ],
        ),
        (
            "move",
            json!({ "items": ["1"], "to": "claim", "for": "1h" }),
            &["claim", "--for=1h", "--", "1"],
        ),
        (
            "move",
            json!({ "items": ["1", "2"], "to": "claim" }),
            &["claim", "--", "1", "2"],
        ),
        (
            "next",
            json!({ "claim": true, "key": "k" }),
            &["next", "--claim", "--key=k", "--"],
        ),
        ("next", json!({ "claim": true }), &["next", "--claim", "--"]),
        (
            "next",
            json!({ "explain": "7" }),
            &["ready", "--explain=7", "--"],
        ),
        (
            "state_at",
            json!({ "item": "7", "at": "2h ago" }),
            &["show", "--as-of=2h ago", "--", "7"],
        ),
    ] {
        let answer = client.call(1, tool, arguments).await;
        assert_eq!(answer["result"]["structuredContent"]["words"], json!(words));
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_goes_on_until_its_end() {
    let mut client = Client::new(&Arc::default()).await;
    let mut arguments = json!({ "words": "a", "budget": 800 });
    let mut seen = Vec::new();
    loop {
        let answer = client.call(1, "search", arguments.clone()).await;
        let page = &answer["result"]["structuredContent"];
        let rows = page["items"].as_array().unwrap().iter();
        seen.extend(rows.map(|row| row["number"].as_u64().unwrap()));
        match page.get("cursor") {
            Some(cursor) => arguments["cursor"] = cursor.clone(),
            None => break,
        }
    }
    assert_eq!(seen, (1..=450).collect::<Vec<_>>());
    arguments["words"] = json!("b");
    let answer = client.call(2, "search", arguments).await;
    assert_eq!(answer["result"]["isError"], true);
}

#[tokio::test(start_paused = true)]
async fn hints_name_calls_and_nothing_of_the_store() {
    let mut client = Client::new(&Arc::default()).await;
    for (hint, rewritten) in [
        (
            "start it first with `annals start ITEM`",
            Some("start it first with `move items=[ITEM] to=start`"),
        ),
        (
            "`annals reopen ITEM --reason REASON` reopens it",
            Some("`move items=[ITEM] to=reopen reason=…` reopens it"),
        ),
        (
            "`annals next --claim` takes another item; `annals ready --explain ITEM` says why",
            Some("`next claim=true` takes another item; `next explain=ITEM` says why"),
        ),
        (
            "ask a person for `annals approve ITEM`",
            Some("ask a person for `annals approve ITEM`"),
        ),
        ("restore a backup with `annals restore BACKUP`", None),
        ("name another store, annals --store PATH", None),
    ] {
        let answer = client.call(1, "why", json!({ "item": hint })).await;
        let error = &answer["result"]["structuredContent"]["error"];
        assert_eq!(error.get("hint"), rewritten.map(Value::from).as_ref());
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_outlives_a_look_at_the_log_that_fails() {
    let mut client = Client::new(&Arc::default()).await;
    let uri = json!({ "uri": "annals://item/watched" });
    client.ask(1, "resources/subscribe", uri.clone()).await;
    assert_eq!(client.message().await["id"], 1);
    let update = client.message().await;
    assert_eq!(update["method"], "notifications/resources/updated");
    assert_eq!(update["params"], uri);
}
