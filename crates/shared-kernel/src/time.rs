//! The ports of time: a [`Clock`] to read, and a [`Timer`] to wait with; and the rule of recorded
//! times, [`RecordedTimes`].
//!
//! [`SystemClock`] and [`SystemTimer`] are the machine's. Tests set a [`ManualClock`] by hand.

mod clock;
mod far_ahead;
mod micros;
mod recorded_times;
mod timer;

pub use clock::{Clock, ManualClock, SystemClock};
pub use far_ahead::FarAhead;
pub use micros::from_micros;
pub use recorded_times::{Followed, Leap, RecordedTimes};
pub use timer::{SystemTimer, Timer};
