//! The versions that the log has of a stream.

use std::collections::HashMap;

use shared_kernel::{StreamId, StreamVersion};

pub(super) type Extents = HashMap<StreamId, Extent>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) events: u64,
    pub(super) first: StreamVersion,
    pub(super) last: StreamVersion,
}

impl Default for Extent {
    fn default() -> Self {
        Self {
            events: 0,
            first: StreamVersion::MAX,
            last: StreamVersion::EMPTY,
        }
    }
}

impl Extent {
    pub(super) fn add(&mut self, version: StreamVersion) {
        self.events += 1;
        self.first = self.first.min(version);
        self.last = self.last.max(version);
    }
}
