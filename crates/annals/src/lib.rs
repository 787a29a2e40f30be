//! An event-sourced work tracker on one durable file.
//!
//! This crate is the composition root: it joins the use cases of `work-tracking` to the JSON codecs
//! and the SQLite store, and gives them a command line. [`run`] is the whole program; everything
//! that it takes from outside is in its [`Environment`], so that it also runs inside other
//! programs and on other stores.

mod actor;
mod cli;
mod commands;
mod composition;
mod context;
mod environment;
mod evidence;
mod hindrance;
mod log_document;
mod moment;
mod print;
mod progress;
mod run;
mod run_error;
mod session;
mod sqlite;
mod transcode;
mod view;
mod wording;

pub use environment::{Environment, Missing, OpenStore, OpenedStore, Outlet};
pub use run::run;
pub use sqlite::SqliteFiles;

/// The example of the README is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
