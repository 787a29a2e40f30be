//! Owns what a language model is told about a work item, and how it is made to fit a budget.
//!
//! Knows no store and no format: the facts come in, and whoever asks renders and counts.

mod cut;
mod fit;
mod record;
mod rows;
mod shorten;

pub(crate) use fit::fit;
pub(crate) use record::{Record, time};

#[cfg(test)]
mod tests;
