//! The server of a subject.

use std::path::Path;

use sqlx::postgres::PgPool;
use subject::{Outcome, address};

/// The name of a subject with the version and the durability of its server.
pub(crate) async fn described(name: &str, pool: &PgPool) -> Outcome<String> {
    let (version, commit, fsync): (String, String, String) = sqlx::query_as(
        "SELECT current_setting('server_version'), current_setting('synchronous_commit'),
            current_setting('fsync')",
    )
    .fetch_one(pool)
    .await?;
    Ok(format!(
        "{name}, PostgreSQL {version}, synchronous_commit={commit}, fsync={fsync}"
    ))
}

/// The bytes of a table with its indexes.
pub(crate) async fn size(path: &Path, table: &str) -> Outcome<u64> {
    let pool = PgPool::connect(&address(path)?).await?;
    let size = sqlx::query_scalar("SELECT pg_total_relation_size($1::text::regclass)");
    let size: i64 = size.bind(table).fetch_one(&pool).await?;
    pool.close().await;
    Ok(u64::try_from(size)?)
}
