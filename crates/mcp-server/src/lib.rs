//! The work tracker of Annals for language models, over the Model Context Protocol.
//!
//! This crate knows the protocol, and neither a store nor a rule of work items. A call of a tool
//! becomes a command of the [`Program`], so tools and command line have the same rules, the same
//! names of fields and the same errors.
//!
//! ```text
//! client ─▶ arguments ─▶ words ─▶ Program ─▶ shape ─▶ fit ─▶ client
//!           checked      of a                fewer    within
//!                        command             fields   a budget
//! ```
//!
//! A test starts the server in one of three ways:
//!
//! - over streams in its own process: [`serve`] with a [`Program`] of the test and the two halves
//!   of `tokio::io::duplex`, as `tests/server` does;
//! - as a process: `annals mcp --store work.annals --actor agent:one` reads a message a line from
//!   standard input;
//! - over HTTP: `annals mcp --http 127.0.0.1:0` prints the address of its free port in the first
//!   line, such as `http://127.0.0.1:41234/mcp`.

mod arguments;
mod calls;
mod completion;
mod connection;
mod cursor;
mod definition;
mod fit;
mod http;
mod lines;
mod phrases;
mod program;
mod prompts;
mod resources;
mod server;
mod shape;
mod stdio;
mod tools;
mod watch;
mod words;

#[doc(hidden)]
pub use http::serve_handlers;
pub use http::serve_http;
pub use program::{Answer, Program};
pub use server::{Options, Server};
pub use stdio::serve;
pub use tools::{TOOL_NAMES, always_writes};
