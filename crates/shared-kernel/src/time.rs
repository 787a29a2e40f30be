//! The ports of time: a [`Clock`] to read, and a [`Timer`] to wait with.
//!
//! [`SystemClock`] and [`SystemTimer`] are the machine's. Tests set a [`ManualClock`] by hand.

mod clock;
mod timer;

pub use clock::{Clock, ManualClock, SystemClock};
pub use timer::{SystemTimer, Timer};
