//! The documents that a transaction gathers, and the statements that write them.

use std::collections::BTreeMap;

use bytes::Bytes;
use postgres_database::Statement;

use crate::build_schema::BuildSchema;

const PUT: &str = "
    INSERT INTO {schema}.annals_rows SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])
    ON CONFLICT (name, key) DO UPDATE SET document = excluded.document";

const DELETE: &str = "
    DELETE FROM {schema}.annals_rows AS r
    USING unnest($1::text[], $2::text[]) AS d (name, key) WHERE r.name = d.name AND r.key = d.key";

/// The most bytes of a document and its key.
pub(crate) const LARGEST: usize = 512 * 1024 * 1024;

/// A statement gets no further document after this many bytes. A server takes messages of up to
/// 1 GiB.
const PORTION: usize = 128 * 1024 * 1024;

/// Documents by table and key; `None` stands for one that is removed.
pub(crate) type Documents = BTreeMap<(String, String), Option<Bytes>>;

/// The documents of two statements.
#[derive(Debug, Default, PartialEq, Eq)]
struct Portion {
    put: (Vec<String>, Vec<String>, Vec<Vec<u8>>),
    removed: (Vec<String>, Vec<String>),
    bytes: usize,
}

/// The statements that write documents.
///
/// # Errors
/// The table and the size of a document that is larger than [`LARGEST`].
pub(crate) fn statements(
    documents: Documents,
    schema: &BuildSchema,
) -> Result<Vec<Statement<'static>>, (String, usize)> {
    let mut statements = Vec::new();
    for Portion { put, removed, .. } in portions(documents, PORTION, LARGEST)? {
        if !put.0.is_empty() {
            let put = schema.statement(PUT).bind(put.0).bind(put.1).bind(put.2);
            statements.push(put);
        }
        if !removed.0.is_empty() {
            let delete = schema.statement(DELETE);
            statements.push(delete.bind(removed.0).bind(removed.1));
        }
    }
    Ok(statements)
}

fn portions(
    documents: Documents,
    portion: usize,
    largest: usize,
) -> Result<Vec<Portion>, (String, usize)> {
    let mut portions: Vec<Portion> = Vec::new();
    for ((name, key), document) in documents {
        let bytes = name.len() + key.len() + document.as_ref().map_or(0, Bytes::len);
        if bytes > largest {
            return Err((name, bytes));
        }
        let mut last = portions.pop().unwrap_or_default();
        if last.bytes + bytes > portion && last.bytes > 0 {
            portions.push(std::mem::take(&mut last));
        }
        last.bytes += bytes;
        match document {
            Some(document) => {
                last.put.0.push(name);
                last.put.1.push(key);
                last.put.2.push(Vec::from(document));
            }
            None => {
                last.removed.0.push(name);
                last.removed.1.push(key);
            }
        }
        portions.push(last);
    }
    Ok(portions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(sizes: &[usize]) -> Documents {
        let document = |(number, size): (usize, &usize)| {
            let key = ("t".to_owned(), number.to_string());
            (key, Some(Bytes::from(vec![0; *size])))
        };
        sizes.iter().enumerate().map(document).collect()
    }

    #[test]
    fn a_portion_is_no_larger_than_its_limit_unless_it_is_one_document() {
        let portions = portions(documents(&[8, 8, 8, 98, 0, 0]), 20, 100).unwrap();
        let counts: Vec<_> = portions.iter().map(|portion| portion.put.0.len()).collect();
        assert_eq!(counts, [2, 1, 1, 2]);
        let keys: Vec<_> = portions.iter().flat_map(|portion| &portion.put.1).collect();
        assert_eq!(keys, ["0", "1", "2", "3", "4", "5"]);
    }

    #[test]
    fn a_document_above_the_limit_is_refused_with_its_table_and_size() {
        assert_eq!(
            portions(documents(&[8, 99]), 20, 100),
            Err(("t".to_owned(), 101))
        );
    }
}
