//! The program as a user has it: a process with arguments, an environment, pipes and signals.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says by a panic what it found"
)]

mod asking;
mod completions;
mod context;
mod dependencies;
mod editing;
#[cfg(unix)]
mod editors;
mod environment;
mod evidence;
mod exit_codes;
mod files;
mod formats;
mod held_program;
mod hints;
mod inside;
mod lifecycle;
mod loads;
mod meeting_store;
mod obstacles;
mod pipes;
mod program;
mod racer;
mod races;
mod screens;
mod terminals;
mod texts;
mod toon;
mod tour;
#[cfg(unix)]
mod tutorial;
