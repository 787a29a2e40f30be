//! Owns how documents are turned from JSON into TOON and back, with keys in their order and every
//! digit of the numbers.

mod json;
mod number;
mod parse_error;
mod toon;
mod value;

pub(crate) use json::from_json;
pub(crate) use parse_error::{ParseError, text};
pub(crate) use toon::from_toon;
pub(crate) use value::Value;

#[cfg(test)]
mod tests;
