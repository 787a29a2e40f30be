//! The tests of the use cases, on stores in memory and with JSON codecs.

// Lets the lints treat the helpers as tests.
#![cfg(test)]

mod approvals;
mod board;
mod claims;
mod commands;
mod creation;
mod creators;
mod damage;
mod dependencies;
mod dependency_model;
mod diff;
mod fixture;
mod hierarchy;
mod ids;
mod imports;
mod list;
mod merges;
mod overtaken;
mod policies;
mod queries;
mod races;
mod retries;
mod schemas;
mod states;
mod stats;
mod tree;
mod why;
