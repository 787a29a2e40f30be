//! The description of a work item for a language model, cut to a budget of tokens.
//!
//! The caller loads the item, renders the facts and counts the tokens.

mod citation;
mod cut;
mod fit;
mod record;
mod rows;
mod shorten;

pub(crate) use citation::{citations, is_version};
pub(crate) use fit::fit;
pub(crate) use record::{Around, Record, time};
pub(crate) use rows::View;
pub(crate) use shorten::shorten;

#[cfg(test)]
mod tests;
