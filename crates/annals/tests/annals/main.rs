//! The first hour with the crate: the README's example, and the features one by one.

mod readme;
