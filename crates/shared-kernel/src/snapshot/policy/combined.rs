//! The policies that combine others.
//!
//! Their types have the aggregate as a parameter, so the compiler infers it from the repository.

use std::fmt;
use std::marker::PhantomData;

use super::{SaveContext, SnapshotPolicy};
use crate::Aggregate;

/// Due if both policies are due; made by [`SnapshotPolicy::and`].
pub struct And<A, L, R> {
    left: L,
    right: R,
    aggregate: PhantomData<fn(&A)>,
}

/// Due if one of two policies is due; made by [`SnapshotPolicy::or`].
pub struct Or<A, L, R> {
    left: L,
    right: R,
    aggregate: PhantomData<fn(&A)>,
}

/// Due if a policy is not due; made by [`SnapshotPolicy::not`].
pub struct Not<A, P> {
    policy: P,
    aggregate: PhantomData<fn(&A)>,
}

/// Due if a policy is due, and the save waits until the snapshot is in the store; made by
/// [`SnapshotPolicy::awaited`].
pub struct Awaited<A, P> {
    policy: P,
    aggregate: PhantomData<fn(&A)>,
}

impl<A, L, R> And<A, L, R> {
    pub(super) fn new(left: L, right: R) -> Self {
        Self {
            left,
            right,
            aggregate: PhantomData,
        }
    }
}

impl<A, L, R> Or<A, L, R> {
    pub(super) fn new(left: L, right: R) -> Self {
        Self {
            left,
            right,
            aggregate: PhantomData,
        }
    }
}

impl<A, P> Not<A, P> {
    pub(super) fn new(policy: P) -> Self {
        Self {
            policy,
            aggregate: PhantomData,
        }
    }
}

impl<A, P> Awaited<A, P> {
    pub(super) fn new(policy: P) -> Self {
        Self {
            policy,
            aggregate: PhantomData,
        }
    }
}

impl<A: Aggregate, L: SnapshotPolicy<A>, R: SnapshotPolicy<A>> SnapshotPolicy<A> for And<A, L, R> {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        self.left.is_due(save) && self.right.is_due(save)
    }

    fn is_awaited(&self, save: &SaveContext<'_, A>) -> bool {
        self.left.is_awaited(save) || self.right.is_awaited(save)
    }
}

impl<A: Aggregate, L: SnapshotPolicy<A>, R: SnapshotPolicy<A>> SnapshotPolicy<A> for Or<A, L, R> {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        self.left.is_due(save) || self.right.is_due(save)
    }

    fn is_awaited(&self, save: &SaveContext<'_, A>) -> bool {
        self.left.is_due(save) && self.left.is_awaited(save)
            || self.right.is_due(save) && self.right.is_awaited(save)
    }
}

impl<A: Aggregate, P: SnapshotPolicy<A>> SnapshotPolicy<A> for Not<A, P> {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        !self.policy.is_due(save)
    }
}

impl<A: Aggregate, P: SnapshotPolicy<A>> SnapshotPolicy<A> for Awaited<A, P> {
    fn is_due(&self, save: &SaveContext<'_, A>) -> bool {
        self.policy.is_due(save)
    }

    fn is_awaited(&self, _: &SaveContext<'_, A>) -> bool {
        true
    }
}

impl<A, L: fmt::Debug, R: fmt::Debug> fmt::Debug for And<A, L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("And")
            .field(&self.left)
            .field(&self.right)
            .finish()
    }
}

impl<A, L: fmt::Debug, R: fmt::Debug> fmt::Debug for Or<A, L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Or")
            .field(&self.left)
            .field(&self.right)
            .finish()
    }
}

impl<A, P: fmt::Debug> fmt::Debug for Not<A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Not").field(&self.policy).finish()
    }
}

impl<A, P: fmt::Debug> fmt::Debug for Awaited<A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Awaited").field(&self.policy).finish()
    }
}
