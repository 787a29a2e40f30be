//! Owns what the first pass tells the second: the form of every array, and which objects are keyed
//! tables.

use std::collections::HashMap;

/// How an array is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArrayForm {
    /// On one line (specification, section 9.1).
    Inline,
    /// One item per line (sections 9.2 and 9.4).
    List,
    /// One row per line (section 9.3).
    Table,
}

/// The forms of the arrays and objects of a value, in the order in which they open; those inside a
/// table are left out, because its rows have but one form.
///
/// One word per array and nothing per object that is no keyed table: a plan must stay small beside
/// the text of even the smallest arrays.
#[derive(Default)]
pub(super) struct Plan {
    arrays: Vec<u32>,
    /// The lengths that do not fit beside a form, by the place in `arrays`.
    long: HashMap<usize, usize>,
    keyed: Vec<KeyedObject>,
    objects: usize,
    widest: usize,
}

/// An object that is written as a keyed table (section 9.5).
struct KeyedObject {
    /// Its place among all objects outside tables.
    index: usize,
    entries: usize,
}

/// A place in a plan under construction, before the content of an array or object.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    objects: usize,
    keyed: usize,
}

const FORM_BITS: u32 = 2;
const LONG: usize = (u32::MAX >> FORM_BITS) as usize;

impl Plan {
    /// Opens an array; [`Plan::close_array`] takes what is returned.
    pub(super) fn open_array(&mut self) -> usize {
        let at = self.arrays.len();
        if at == self.arrays.capacity() {
            // By half instead of twice: old and new stand side by side for a moment.
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

    /// Opens an object; [`Plan::close_keyed`] takes the mark, should it turn out to be a table.
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

    /// Notes how many columns, but for those of groups, a table of so many rows has.
    pub(super) fn table(&mut self, rows: usize, columns: usize) {
        if rows > 1 {
            self.widest = self.widest.max(columns);
        }
    }

    /// How many columns the widest table has, but for those of groups and tables of one row.
    pub(super) fn widest(&self) -> usize {
        self.widest
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            objects: self.objects,
            keyed: self.keyed.len(),
        }
    }

    /// Forgets the objects since the mark: they are rows.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.objects = mark.objects;
        self.keyed.truncate(mark.keyed);
    }

    /// The plan, ready to be followed from the start.
    pub(super) fn into_steps(mut self) -> Steps {
        self.arrays.shrink_to_fit();
        Steps {
            plan: Self { objects: 0, ..self },
            next_array: 0,
            next_keyed: 0,
        }
    }
}

/// A plan that is followed: each array and object is asked for once, in order.
pub(super) struct Steps {
    plan: Plan,
    next_array: usize,
    next_keyed: usize,
}

impl Steps {
    /// The form and the length of the next array; none where there were fewer in the first pass.
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

    /// How many entries the next object has if it is a keyed table.
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

    /// Whether all that was planned has been asked for.
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
    fn the_objects_of_rows_are_not_asked_for() {
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
