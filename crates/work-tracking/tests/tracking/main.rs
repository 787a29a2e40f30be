//! Owns the tests of the use cases, on the stores in memory and with the codecs of JSON.

// Says to the lints that the helpers are tests too.
#![cfg(test)]

mod commands;
mod creation;
mod creators;
mod damage;
mod given;
mod list;
mod meddling_store;
mod queries;
