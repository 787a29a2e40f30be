//! The ports of time: a clock to read and a timer to wait with.

mod clock;
mod timer;

pub use clock::{Clock, ManualClock, SystemClock};
pub use timer::{SystemTimer, Timer};
