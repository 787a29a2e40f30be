//! The hash over all rows of a build.

use futures_util::TryStreamExt;
use read_side::Checksum;
use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Column, Executor, Row, TypeInfo, ValueRef};

/// Every table of the user, and the documents. FTS5 and other modules keep their content in shadow
/// tables, which the content of the virtual table stands for.
const TABLES: &str = "SELECT name FROM pragma_table_list WHERE schema = 'main' \
                      AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                      AND (name NOT LIKE 'annals\\_%' ESCAPE '\\' OR name = 'annals_rows') \
                      ORDER BY name";

/// Hashes all rows in one read transaction: tables by name, rows by all their columns.
pub(crate) async fn checksum(sqlite: &mut SqliteConnection) -> Result<Checksum, sqlx::Error> {
    sqlite.execute("BEGIN").await?;
    let mut hash = Sha256::new();
    let tables = sqlite.fetch_all(TABLES).await?;
    for table in &tables {
        let name: &str = table.try_get(0)?;
        part(&mut hash, b'n', name.as_bytes());
        let quoted = name.replace('"', "\"\"");
        let columns = format!(
            "SELECT name FROM pragma_table_info('{}')",
            name.replace('\'', "''")
        );
        let columns = sqlite.fetch_all(AssertSqlSafe(columns)).await?;
        let order: Vec<_> = (1..=columns.len())
            .map(|column| format!("{column} COLLATE BINARY"))
            .collect();
        let rows = format!("SELECT * FROM \"{quoted}\" ORDER BY {}", order.join(", "));
        let mut rows = sqlite.fetch(AssertSqlSafe(rows));
        while let Some(row) = rows.try_next().await? {
            hash_row(&mut hash, &row)?;
        }
    }
    sqlite.execute("COMMIT").await?;
    Ok(Checksum::from_bytes(&hash.finalize()))
}

fn hash_row(hash: &mut Sha256, row: &SqliteRow) -> Result<(), sqlx::Error> {
    for column in row.columns() {
        let index = column.ordinal();
        let value = row.try_get_raw(index)?;
        if value.is_null() {
            part(hash, b'0', &[]);
            continue;
        }
        let kind = value.type_info().name().to_owned();
        match kind.as_str() {
            "TEXT" => part(
                hash,
                b't',
                row.try_get_unchecked::<&str, _>(index)?.as_bytes(),
            ),
            "INTEGER" => {
                let number: i64 = row.try_get_unchecked(index)?;
                part(hash, b'i', &number.to_be_bytes());
            }
            "REAL" => {
                let number: f64 = row.try_get_unchecked(index)?;
                part(hash, b'r', &number.to_be_bytes());
            }
            _ => part(hash, b'b', row.try_get_unchecked::<&[u8], _>(index)?),
        }
    }
    part(hash, b'e', &[]);
    Ok(())
}

fn part(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update(bytes.len().to_be_bytes());
    hash.update(bytes);
}
