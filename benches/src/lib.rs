//! Criterion benches of the Annals crates.
