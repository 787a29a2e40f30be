//! An event-sourced work tracker, on one durable file or on a server.
//!
//! This crate is the program: it connects the use cases of `work-tracking`, the JSON codecs and the
//! stores, and adds a command line. [`run`] is the whole program. It gets its input, output,
//! clock and stores from an [`Environment`], so a test can run it in its own process, on a store in
//! memory.

mod actor;
mod answer;
mod beads;
mod chunks;
mod claims;
mod cli;
mod command_error;
mod command_key;
mod commands;
mod completions;
mod composition;
mod context;
mod dash;
mod editor;
mod environment;
mod evidence;
mod handle;
mod hidden;
mod hindrance;
mod log_document;
mod mcp;
mod moment;
mod moving;
mod names;
mod node;
mod obstacle;
mod order;
mod overlaid_leases;
mod overview;
mod password;
mod place;
mod postgres;
mod prime;
mod print;
mod progress;
mod read_model;
mod reader;
mod run;
mod run_error;
mod schema;
mod session;
mod sqlite;
mod stores;
mod tilde;
mod transcode;
mod usage;
mod user;
mod view;
mod wording;

pub use editor::Editor;
pub use environment::{Environment, OpenStore, OpenStoreError, OpenedStore, Outlet, Purpose};
pub use place::{ServerAddress, StorePlace};
pub use reader::reader_gone;
pub use run::run;
pub use stores::Stores;
pub use user::user;
