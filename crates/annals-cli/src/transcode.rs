//! Reading JSON and TOON documents without loss: keys keep their order, numbers keep their digits.

mod json;
mod json_document;
mod number;
mod parse_error;
mod toon;

pub(crate) use json::from_json;
pub(crate) use parse_error::{ParseError, text};
pub(crate) use toon::json_from_toon;

#[cfg(test)]
mod tests;
