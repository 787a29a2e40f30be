//! The memory of a process over time.

use std::fmt;

use crate::workers::Worker;

/// The most memory of a process in both halves of its time, in pages. Empty where `/proc` is not.
#[derive(Default)]
pub(crate) struct Memory {
    first_half: u64,
    second_half: u64,
}

impl Memory {
    pub(crate) fn look(&mut self, worker: &Worker, is_first_half: bool) {
        let path = format!("/proc/{}/statm", worker.process());
        let Ok(text) = std::fs::read_to_string(path) else {
            return;
        };
        let resident: u64 = text.split(' ').nth(1).unwrap().parse().unwrap();
        let most = match is_first_half {
            true => &mut self.first_half,
            false => &mut self.second_half,
        };
        *most = resident.max(*most);
    }

    /// The second half of the time needs hardly more than the first one.
    pub(crate) fn check(&self) {
        let bound = self.first_half + self.first_half / 4;
        assert!(self.second_half <= bound, "the memory grows: {self}");
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = [self.first_half, self.second_half].map(|pages| pages * 4 / 1_024);
        write!(f, "{first} MB, then {second} MB")
    }
}
