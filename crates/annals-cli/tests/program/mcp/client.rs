//! A client of the protocol, as small as possible: lines of JSON-RPC.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::program::Desk;

/// A server in a process, and the client of its streams.
pub(crate) struct Client {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Reads standard error, so that the server never waits for it.
    errors: JoinHandle<String>,
    /// The id of the last request.
    last: u64,
}

impl Client {
    /// Starts `annals mcp` as `agent:one`, and begins the protocol of 2025-11-25.
    pub(crate) fn new(desk: &Desk, options: &[&str]) -> Self {
        Self::silent(desk, options).begun()
    }

    /// The same, with messages of a level on standard error.
    pub(crate) fn logging(desk: &Desk, level: &str) -> Self {
        let mut command = desk.command(&["mcp", "--actor", "agent:one"]);
        Self::of(command.env("ANNALS_LOG", level)).begun()
    }

    fn begun(mut self) -> Self {
        let client = &mut self;
        let about = client.request(
            "initialize",
            json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": { "name": "test", "version": "1" },
            }),
        );
        assert_eq!(about["result"]["protocolVersion"], "2025-11-25", "{about}");
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        self
    }

    /// Starts the server and sends nothing.
    pub(crate) fn silent(desk: &Desk, options: &[&str]) -> Self {
        let words = [&["mcp", "--actor", "agent:one"], options].concat();
        Self::of(&mut desk.command(&words))
    }

    fn of(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut errors = process.stderr.take().unwrap();
        Self {
            input: process.stdin.take(),
            output: BufReader::new(process.stdout.take().unwrap()),
            errors: std::thread::spawn(move || {
                let mut text = String::new();
                errors.read_to_string(&mut text).unwrap();
                text
            }),
            process,
            last: 0,
        }
    }

    /// Sends a line.
    pub(crate) fn send(&mut self, message: &Value) {
        self.send_line(&message.to_string());
    }

    pub(crate) fn send_line(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next message of the server. Each line of its output is one.
    pub(crate) fn message(&mut self) -> Value {
        let mut line = String::new();
        assert_ne!(
            self.output.read_line(&mut line).unwrap(),
            0,
            "the server has ended"
        );
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    /// Sends a request. Returns its id.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.last += 1;
        self.send(
            &json!({ "jsonrpc": "2.0", "id": self.last, "method": method, "params": params }),
        );
        self.last
    }

    /// Sends a request, and returns its response.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        loop {
            let message = self.message();
            if message["id"] == id {
                return message;
            }
        }
    }

    /// The result of a tool.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let response = self.request(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        );
        assert!(response.get("error").is_none(), "{response}");
        response["result"].clone()
    }

    /// The structured content of a tool that is not refused.
    pub(crate) fn done(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    /// The error of a tool that is refused.
    pub(crate) fn refused(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["structuredContent"]["error"].clone()
    }

    /// Ends the input. Returns the exit code, and the rest of the output and of the errors.
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        drop(self.input.take());
        let mut out = String::new();
        self.output.read_to_string(&mut out).unwrap();
        let err = self.errors.join().unwrap();
        (self.process.wait().unwrap().code(), out, err)
    }
}
