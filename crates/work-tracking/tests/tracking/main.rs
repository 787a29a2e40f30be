//! Owns the tests of the use cases, on the stores in memory and with the codecs of JSON.

// Says to the lints that the helpers are tests too.
#![cfg(test)]

mod commands;
mod creation;
mod creators;
mod damage;
mod dependencies;
mod dependency_model;
mod diff;
mod given;
mod hierarchy;
mod ids;
mod list;
mod meddling_store;
mod meeting_store;
mod overtaken;
mod policies;
mod queries;
mod races;
mod schemas;
mod tree;
mod why;
