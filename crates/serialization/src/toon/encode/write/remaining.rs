//! The count of elements that the plan announced and that are still to come.

use crate::toon::encode::fault::Fault;

/// Counts one element of those that are missing.
pub(super) fn take_one(remaining: &mut usize) -> Result<(), Fault> {
    *remaining = remaining.checked_sub(1).ok_or_else(Fault::value_changed)?;
    Ok(())
}

pub(super) fn none_left(remaining: usize) -> Result<(), Fault> {
    if remaining == 0 {
        Ok(())
    } else {
        Err(Fault::value_changed())
    }
}
