//! The issues of Beads, from its JSONL file.

mod error;
mod issue;
mod record;

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};
use work_tracking::ForeignItems;

pub(crate) use self::error::BeadsError;
use self::issue::{Imported, item_of};
use self::record::{Kind, Record};

/// The content of a file of Beads.
pub(crate) struct Issues {
    /// The issues, but for the deleted ones.
    pub(crate) items: ForeignItems,
    /// The number of issues that were deleted in Beads.
    pub(crate) deleted: u64,
    /// The number of records that are no issues, such as memories.
    pub(crate) other_records: u64,
    /// The fields that are not kept, and the number of issues that have them.
    pub(crate) left_out_fields: BTreeMap<String, u64>,
    /// Links to names that no item can have, such as `external:repo:bd-1`, and links of an issue to
    /// itself: from, to.
    pub(crate) left_out_links: Vec<(String, String)>,
    /// The issues with a shortened title; the whole one is in the description.
    pub(crate) shortened: Vec<String>,
}

/// Reads the lines of a file. Empty lines are passed over, and a byte order mark is none.
pub(crate) fn read(bytes: &[u8]) -> Result<Issues, BeadsError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (mut items, mut lines) = (Vec::new(), HashMap::new());
    let mut issues = Issues {
        items: ForeignItems::default(),
        deleted: 0,
        other_records: 0,
        left_out_fields: BTreeMap::new(),
        left_out_links: Vec::new(),
        shortened: Vec::new(),
    };
    for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let text = text.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let bad = |problem| BeadsError::Line { line, problem };
        let mut record = Record::of(text).map_err(bad)?;
        match record.kind().map_err(bad)? {
            Kind::Other => issues.other_records += 1,
            Kind::Deleted => issues.deleted += 1,
            Kind::Issue => {
                let source = work_item::Sha256::from_bytes(Sha256::digest(text).into());
                let Imported {
                    item,
                    is_shortened,
                    left_out_links,
                } = item_of(&mut record, source).map_err(bad)?;
                if let Some(first) = lines.insert(item.alias.key(), line) {
                    let problem = format!("{} stands in line {first} already", item.alias);
                    return Err(bad(problem));
                }
                if is_shortened {
                    issues.shortened.push(item.alias.to_string());
                }
                let links = left_out_links.into_iter();
                issues
                    .left_out_links
                    .extend(links.map(|to| (item.alias.to_string(), to)));
                for field in record.rest() {
                    *issues.left_out_fields.entry(field).or_default() += 1;
                }
                items.push(item);
            }
        }
    }
    issues.items = ForeignItems::new(items)?;
    Ok(issues)
}

#[cfg(test)]
mod tests;
