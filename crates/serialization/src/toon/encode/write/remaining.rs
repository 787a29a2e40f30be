//! The countdown of the elements of an array or keyed table in the plan.

use crate::toon::encode::fault::Fault;

/// Counts one element. An element more than in the plan is a changed value.
pub(super) fn take_one(remaining: &mut usize) -> Result<(), Fault> {
    *remaining = remaining.checked_sub(1).ok_or_else(Fault::value_changed)?;
    Ok(())
}

/// Checks the end of an array. An element less than in the plan is a changed value.
pub(super) fn none_left(remaining: usize) -> Result<(), Fault> {
    if remaining == 0 {
        Ok(())
    } else {
        Err(Fault::value_changed())
    }
}
