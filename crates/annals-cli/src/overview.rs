//! The parts of `board` and `stats`: the columns of a board, the periods of statistics, their
//! picture, and the errors of both.

pub(crate) mod columns;
pub(crate) mod error;
pub(crate) mod picture;
pub(crate) mod window;
