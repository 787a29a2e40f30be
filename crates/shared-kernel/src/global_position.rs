//! Owns the place of an event in the whole log of a store.

use crate::counter::counter;

counter! {
    /// The place of an event in the log of its store, over all streams.
    ///
    /// The first event has position 1; order by position is commit order (law 19 of the contract).
    /// [`START`](Self::START) is the place before the first event: a reader that has seen nothing.
    ///
    /// ```
    /// use shared_kernel::GlobalPosition;
    ///
    /// assert!(GlobalPosition::START < GlobalPosition::FIRST);
    /// assert_eq!(GlobalPosition::new(7)?.get(), 7);
    /// # Ok::<(), shared_kernel::OutOfRange>(())
    /// ```
    GlobalPosition, "global position", zero
    /// The place before the first event.
    START
}

impl GlobalPosition {
    /// The place of the first event.
    pub const FIRST: Self = Self(1);
}
