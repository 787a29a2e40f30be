//! `annals mcp --http`: several clients of one process.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Child;
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::Desk;

/// A server in a process, which ends with the test.
struct Served {
    process: Child,
    address: SocketAddr,
}

impl Served {
    fn new(desk: &Desk) -> Self {
        let words = ["mcp", "--http", "127.0.0.1:0", "--actor", "agent:one"];
        let mut process = desk.command(&words).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap();
        let address = address.strip_suffix("/mcp").unwrap().parse().unwrap();
        Self { process, address }
    }

    /// Posts a message. Returns the status, the head and the body.
    fn post(&self, headers: &[(&str, &str)], message: &Value) -> (u16, String, String) {
        let mut stream = self.send(headers, message);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    /// Sends a message on a connection of its own.
    fn send(&self, headers: &[(&str, &str)], message: &Value) -> TcpStream {
        let body = message.to_string();
        let mut request = format!(
            "POST /mcp HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n",
            body.len()
        );
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "{request}\r\n{body}").unwrap();
        stream
    }

    /// A call of a tool by a client of the new era, which needs no session.
    fn call(&self, tool: &str, arguments: Value) -> Value {
        let version = ("MCP-Protocol-Version", "2026-07-28");
        let headers = [version, ("Mcp-Method", "tools/call"), ("Mcp-Name", tool)];
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({ "name": tool, "arguments": arguments, "_meta": meta });
        let message =
            json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let (status, _, body) = self.post(&headers, &message);
        assert_eq!(status, 200, "{body}");
        let start = body.find("{\"jsonrpc\"").unwrap();
        let end = body.rfind('}').unwrap();
        let message: Value = serde_json::from_str(&body[start..=end]).unwrap();
        message["result"]["structuredContent"].clone()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn initialize() -> Value {
    let about = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about })
}

#[test]
fn several_clients_share_one_store() {
    let desk = Desk::new();
    let served = Served::new(&desk);
    served.call("add", json!({ "title": "Count" }));
    std::thread::scope(|scope| {
        for at in 0..8 {
            let served = &served;
            scope.spawn(move || {
                let note = format!("note {at}");
                served.call("record", json!({ "item": "1", "note": note }));
            });
        }
    });
    assert_eq!(served.call("state_at", json!({ "item": "1" }))["notes"], 8);
    let (status, head, _) = served.post(&[], &initialize());
    assert_eq!(status, 200);
    assert!(head.to_lowercase().contains("mcp-session-id"), "{head}");
}

#[test]
fn a_client_beyond_two_hundred_connections_waits_for_a_place() {
    let desk = Desk::new();
    let served = Served::new(&desk);
    let mut idle: Vec<_> = (0..200)
        .map(|_| TcpStream::connect(served.address).unwrap())
        .collect();
    let mut waiting = served.send(&[], &initialize());
    waiting
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut answer = [0; 12];
    let refused = waiting.read(&mut answer).unwrap_err();
    assert!(
        matches!(refused.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{refused}"
    );
    idle.pop();
    waiting.set_read_timeout(None).unwrap();
    waiting.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[test]
fn a_page_of_another_site_is_refused() {
    let desk = Desk::new();
    let served = Served::new(&desk);
    for (header, status) in [
        (("Origin", "http://localhost:3000"), 200),
        (("Origin", "https://evil.example"), 403),
        (("Origin", "null"), 403),
        (("Host", "evil.example"), 403),
    ] {
        let answer = served.post(&[header], &initialize());
        assert_eq!(answer.0, status, "{header:?}: {}", answer.2);
    }
}
