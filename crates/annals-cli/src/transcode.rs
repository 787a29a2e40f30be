//! Reading JSON and TOON documents without loss: keys keep their order, numbers keep their digits.

mod json;
mod number;
mod parse_error;
mod toon;
mod value;

pub(crate) use json::from_json;
pub(crate) use parse_error::{ParseError, text};
pub(crate) use toon::json_from_toon;
pub(crate) use value::Value;

#[cfg(test)]
mod tests;
