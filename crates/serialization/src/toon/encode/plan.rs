//! The plan, from the first pass to the second: the form of every array, and the keyed tables among
//! the objects.

use std::collections::HashMap;

/// The form of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArrayForm {
    /// On one line (specification, section 9.1).
    Inline,
    /// One item per line (sections 9.2 and 9.4).
    List,
    /// One row per line (section 9.3).
    Table,
}

/// The forms of the arrays and objects of a value, in the order in which they open. The arrays and
/// objects inside a table are left out, because its rows have only one form.
///
/// An array takes one word, and an object takes nothing unless it is a keyed table. A plan must be
/// small in comparison with the text of even the smallest arrays.
#[derive(Default)]
pub(super) struct Plan {
    /// For each array its length, shifted left by [`FORM_BITS`], and its form in the low bits.
    arrays: Vec<u32>,
    /// The lengths of at least [`LONG`], by the index in `arrays`.
    long: HashMap<usize, usize>,
    keyed: Vec<KeyedObject>,
    /// The number of objects outside tables so far.
    objects: usize,
    /// See [`Plan::widest`].
    widest: usize,
}

/// An object that is a keyed table (section 9.5).
struct KeyedObject {
    /// Its index among all objects outside tables.
    index: usize,
    entries: usize,
}

/// A position in a plan under construction, to which [`Plan::rewind`] returns.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    objects: usize,
    keyed: usize,
}

const FORM_BITS: u32 = 2;
const LONG: usize = (u32::MAX >> FORM_BITS) as usize;

impl Plan {
    /// Opens an array, and returns its index for [`Plan::close_array`].
    pub(super) fn open_array(&mut self) -> usize {
        let at = self.arrays.len();
        if at == self.arrays.capacity() {
            // Grow by half instead of doubling: the old and the new memory exist side by side.
            self.arrays.reserve_exact(at / 2 + 16);
        }
        self.arrays.push(0);
        at
    }

    pub(super) fn close_array(&mut self, at: usize, form: ArrayForm, length: usize) {
        let short = length.min(LONG);
        if short == LONG {
            self.long.insert(at, length);
        }
        self.arrays[at] = (short as u32) << FORM_BITS
            | match form {
                ArrayForm::Inline => 0,
                ArrayForm::List => 1,
                ArrayForm::Table => 2,
            };
    }

    /// Opens an object. [`Plan::close_keyed`] takes the mark if the object turns out to be a table.
    pub(super) fn open_object(&mut self) -> Mark {
        self.objects += 1;
        self.mark()
    }

    pub(super) fn close_keyed(&mut self, mark: Mark, entries: usize) {
        self.rewind(mark);
        self.keyed.push(KeyedObject {
            index: mark.objects - 1,
            entries,
        });
    }

    /// Notes the number of columns of a table, without those in groups.
    pub(super) fn table(&mut self, rows: usize, columns: usize) {
        if rows > 1 {
            self.widest = self.widest.max(columns);
        }
    }

    /// The number of columns of the widest table, without those in groups. Tables of one row do not
    /// count.
    pub(super) fn widest(&self) -> usize {
        self.widest
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            objects: self.objects,
            keyed: self.keyed.len(),
        }
    }

    /// Removes the objects since the mark, which are rows of a table.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.objects = mark.objects;
        self.keyed.truncate(mark.keyed);
    }

    /// Finishes the plan. The second pass follows the steps from the start.
    pub(super) fn into_steps(mut self) -> Steps {
        self.arrays.shrink_to_fit();
        Steps {
            plan: Self { objects: 0, ..self },
            next_array: 0,
            next_keyed: 0,
        }
    }
}

/// A finished plan. The second pass asks for each array and object once, in order.
pub(super) struct Steps {
    plan: Plan,
    next_array: usize,
    next_keyed: usize,
}

impl Steps {
    /// The form and the length of the next array; `None` if the first pass saw fewer arrays.
    pub(super) fn array(&mut self) -> Option<(ArrayForm, usize)> {
        let at = self.next_array;
        let word = *self.plan.arrays.get(at)?;
        self.next_array += 1;
        let form = match word & ((1 << FORM_BITS) - 1) {
            0 => ArrayForm::Inline,
            1 => ArrayForm::List,
            _ => ArrayForm::Table,
        };
        let mut length = (word >> FORM_BITS) as usize;
        if length == LONG {
            length = *self.plan.long.get(&at)?;
        }
        Some((form, length))
    }

    /// The number of entries of the next object if it is a keyed table, otherwise `None`.
    pub(super) fn object(&mut self) -> Option<usize> {
        let index = self.plan.objects;
        self.plan.objects += 1;
        let keyed = self.plan.keyed.get(self.next_keyed)?;
        if keyed.index != index {
            return None;
        }
        self.next_keyed += 1;
        Some(keyed.entries)
    }

    /// Whether the second pass has asked for all arrays and keyed tables of the plan.
    pub(super) fn are_done(&self) -> bool {
        self.next_array == self.plan.arrays.len() && self.next_keyed == self.plan.keyed.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_past_thirty_bits_are_kept() {
        let lengths = [0, 1, LONG - 1, LONG, LONG + 1, usize::MAX];
        let mut plan = Plan::default();
        for length in lengths {
            let at = plan.open_array();
            plan.close_array(at, ArrayForm::Table, length);
        }
        let mut steps = plan.into_steps();
        for length in lengths {
            assert_eq!(steps.array(), Some((ArrayForm::Table, length)));
        }
        assert_eq!(steps.array(), None);
        assert!(steps.are_done());
    }

    #[test]
    fn the_objects_of_rows_need_no_plan() {
        let mut plan = Plan::default();
        let outer = plan.open_object();
        let row = plan.open_object();
        let _ = plan.open_object();
        plan.close_keyed(row, 2);
        plan.close_keyed(outer, 3);
        let _ = plan.open_object();
        let last = plan.open_object();
        plan.close_keyed(last, 4);
        let mut steps = plan.into_steps();
        assert_eq!(steps.object(), Some(3));
        assert_eq!(steps.object(), None);
        assert!(!steps.are_done());
        assert_eq!(steps.object(), Some(4));
        assert!(steps.are_done());
    }
}
