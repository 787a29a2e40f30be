//! The steps, one module for each area of the features.

pub(crate) mod accounts;
pub(crate) mod event_store;
pub(crate) mod program;
pub(crate) mod read_side;
pub(crate) mod repository;
pub(crate) mod serialization;
pub(crate) mod snapshots;
pub(crate) mod work_items;

mod words;
