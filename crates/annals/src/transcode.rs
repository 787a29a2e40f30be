//! Owns how documents are turned from JSON into TOON and back, with keys in their order and every
//! digit of the numbers.

mod flaw;
mod json;
mod number;
mod toon;
mod value;

pub(crate) use flaw::{Flaw, text};
pub(crate) use json::from_json;
pub(crate) use toon::from_toon;
pub(crate) use value::Value;

#[cfg(test)]
mod tests;
