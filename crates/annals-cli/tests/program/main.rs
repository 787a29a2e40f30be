//! The program as a user has it: a process with arguments, an environment, pipes and signals.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

mod answers;
mod beads;
mod boards;
mod branches;
mod claims;
mod completions;
mod context;
mod dependencies;
mod diff;
mod editing;
#[cfg(unix)]
mod editors;
mod environment;
mod evidence;
mod exit_codes;
mod files;
mod forged;
mod formats;
mod held_program;
mod hidden;
mod hindrances;
mod hints;
mod inside;
mod keys;
mod lifecycle;
mod loads;
mod mcp;
mod mcp_clients;
mod meeting_store;
mod moments;
mod moving;
mod names;
mod obstacles;
mod pipes;
mod primes;
mod program;
mod racer;
mod races;
mod read_models;
mod recording;
#[cfg(unix)]
mod same_answers;
mod schemas;
mod screens;
#[cfg(unix)]
mod served;
#[cfg(unix)]
mod server_errors;
#[cfg(unix)]
mod servers;
mod several;
mod statistics;
mod terminals;
mod test_files;
mod test_words;
mod texts;
mod toon;
mod toon_answers;
mod tour;
#[cfg(unix)]
mod tutorial;
mod what_if;
mod why;
