//! The tests of the adapter on a throw-away server.

mod fixture;
mod laws;
