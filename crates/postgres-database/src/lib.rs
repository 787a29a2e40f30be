//! A PostgreSQL database: its address, its connections, and the meaning of its errors.
//!
//! Connections may lead to a pooler in transaction mode, which a [`Database`] notices by itself.
//! No error has a password.
//!
//! It knows no table. `persistence-postgres` keeps a log in a database, and `read-models-postgres`
//! keeps read models. The README has an example.

mod address;
mod database;
mod error;
mod session;

pub use address::{location, parse};
pub use database::{Database, Interrupt, Settings, Statement};
pub use error::{
    ConnectError, DatabaseError, Meaning, code, ends_the_session, is_created_meanwhile, meaning,
    reason, state,
};
pub use session::Session;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
