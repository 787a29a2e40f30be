//! The choice of the fields that the rows of a list have.

use super::text::Several;

/// The fields of the rows of a list.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// Only the numbers of the items.
    Ids,
    /// These fields; without a name, those that the format has by default.
    Fields(Vec<&'static str>),
}

impl Rows {
    /// The choice of the options `--fields` and `--ids`.
    pub(crate) fn chosen(fields: Vec<Several<&'static str>>, ids: bool) -> Self {
        match ids {
            true => Self::Ids,
            false => Self::Fields(fields.into_iter().flat_map(|several| several.0).collect()),
        }
    }
}

/// The names with another one before them.
pub(super) const fn with<const N: usize, const M: usize>(
    first: &'static str,
    names: [&'static str; N],
) -> [&'static str; M] {
    let mut all = [first; M];
    let mut at = 0;
    while at < N {
        all[at + 1] = names[at];
        at += 1;
    }
    all
}
