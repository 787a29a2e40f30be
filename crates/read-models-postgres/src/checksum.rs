//! The hash over all rows of a build.

use futures_util::TryStreamExt;
use postgres_database::DatabaseError;
use read_side::Checksum;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row};

use crate::build_schema::BuildSchema;
use crate::names::quoted;

/// One moment for all tables, and one way to write each value. The types of the build are written
/// without its schema, because another build has another one.
const BEGIN: &str = "
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = {schema}, pg_temp;
    SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL timezone = 'UTC';
    SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1;";

/// Every table of the user and the documents, with the types of their columns.
const TABLES: &str = "
    SELECT c.relname::text, (
        SELECT coalesce(string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', '
            ORDER BY a.attnum), '')
        FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
    FROM pg_class AS c
    WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition
        AND (c.relname NOT LIKE 'annals\\_%' OR c.relname = 'annals_rows')
    ORDER BY c.relname COLLATE \"C\"";

/// Hashes all rows in one read transaction: tables by name, rows by their text.
pub(crate) async fn checksum(schema: &BuildSchema) -> Result<Checksum, DatabaseError> {
    let begin = schema.text(&format!("{BEGIN}{TABLES}"));
    let (mut session, tables) = schema.database.session(&begin).await?;
    let mut hash = Sha256::new();
    for table in &tables {
        let (name, columns): (&str, &str) = (table.try_get(0)?, table.try_get(1)?);
        part(&mut hash, b't', name);
        part(&mut hash, b'c', columns);
        let rows = format!(
            "SELECT row FROM (SELECT (t.*)::text AS row FROM {}.{} AS t) AS rows
             ORDER BY row COLLATE \"C\"",
            schema.name,
            quoted(name)
        );
        let rows = sqlx::query(AssertSqlSafe(rows)).persistent(false);
        let mut rows = rows.fetch(session.connection());
        while let Some(row) = rows.try_next().await? {
            part(&mut hash, b'r', row.try_get(0)?);
        }
    }
    session.commit().await?;
    Ok(Checksum::from_bytes(&hash.finalize()))
}

fn part(hash: &mut Sha256, kind: u8, text: &str) {
    hash.update([kind]);
    hash.update(text.len().to_be_bytes());
    hash.update(text);
}
