//! The yardstick on a server: sqlx as a good programmer writes it, without layers around it.
//!
//! An append is one `INSERT … SELECT FROM unnest`, in one trip and a transaction of its own. Unique
//! indexes refuse a wrong expected version and an id that is taken. Its positions are those of a
//! sequence: not in commit order, and with holes.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{Connection, Row};
use subject::{Event, Outcome, Store, StreamWrite, Waiting, address};

const TABLE: &str = r#"CREATE TABLE IF NOT EXISTS events (
    position bigserial PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    event_id uuid NOT NULL UNIQUE,
    type text COLLATE "C" NOT NULL,
    schema_version bigint NOT NULL,
    recorded_at bigint NOT NULL,
    metadata bytea NOT NULL,
    payload bytea NOT NULL,
    UNIQUE (stream, version)
)"#;
const INSERT: &str = "INSERT INTO events \
    (stream, version, event_id, type, schema_version, recorded_at, metadata, payload) \
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::bigint[], \
        $6::bigint[], $7::bytea[], $8::bytea[])";
const LOAD: &str = "SELECT position, stream, version, event_id, type, schema_version, recorded_at, \
    metadata, payload FROM events WHERE stream = $1 ORDER BY version";
const SCAN: &str = "SELECT position, stream, version, event_id, type, schema_version, recorded_at, \
    metadata, payload FROM events ORDER BY position";

/// A pool of connections.
pub(crate) struct Sqlx {
    pool: PgPool,
    description: String,
}

/// The values of an append, ready to be bound to the statement.
#[derive(Default)]
pub(crate) struct Bound {
    streams: Vec<String>,
    versions: Vec<i64>,
    ids: Vec<[u8; 16]>,
    metadata: Vec<String>,
    payloads: Vec<String>,
}

/// An event that was read, owned by the caller.
struct Recorded {
    position: i64,
    stream: String,
    version: i64,
    id: uuid::Uuid,
    event_type: String,
    schema_version: i64,
    recorded_at: i64,
    metadata: Vec<u8>,
    payload: Vec<u8>,
}

impl Store for Sqlx {
    type Append = Bound;

    const WAITING: Waiting = Waiting::Task;

    async fn open(path: &Path) -> Outcome<Self> {
        let pool = PgPool::connect(&address(path)?).await?;
        sqlx::query(TABLE).execute(&pool).await?;
        let description = described("sqlx 0.9 by hand, a pool of 10 connections", path).await?;
        Ok(Self { pool, description })
    }

    async fn description(&self) -> Outcome<String> {
        Ok(self.description.clone())
    }

    fn prepare(&self, writes: Vec<StreamWrite>) -> Outcome<Bound> {
        let mut bound = Bound::default();
        for write in writes {
            for (version, event) in (write.expected + 1..).zip(write.events) {
                bound.streams.push(write.stream.clone());
                bound.versions.push(i64::try_from(version)?);
                bound.ids.push(event.id.into_bytes());
                bound.metadata.push(event.metadata_text());
                bound.payloads.push(event.payload_text());
            }
        }
        Ok(bound)
    }

    async fn append(&self, append: Bound) -> Outcome<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let now = i64::try_from(now.as_micros())?;
        let count = append.streams.len();
        let ids: Vec<_> = append.ids.into_iter().map(uuid::Uuid::from_bytes).collect();
        let bytes = |texts: &[String]| -> Vec<Vec<u8>> {
            texts.iter().map(|text| text.clone().into_bytes()).collect()
        };
        sqlx::query(INSERT)
            .bind(&append.streams)
            .bind(&append.versions)
            .bind(ids)
            .bind(vec![Event::TYPE; count])
            .bind(vec![1_i64; count])
            .bind(vec![now; count])
            .bind(bytes(&append.metadata))
            .bind(bytes(&append.payloads))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn load(&self, stream: &str) -> Outcome<usize> {
        let rows = sqlx::query(LOAD).bind(stream).fetch_all(&self.pool).await?;
        let events = rows.iter().map(recorded).collect::<Outcome<Vec<_>>>()?;
        Ok(events.iter().filter(|event| event.is_whole()).count())
    }

    async fn scan(&self) -> Outcome<usize> {
        let mut rows = sqlx::query(SCAN).fetch(&self.pool);
        let mut events = 0;
        while let Some(row) = rows.try_next().await? {
            events += usize::from(recorded(&row)?.is_whole());
        }
        Ok(events)
    }

    async fn close(self) -> Outcome<()> {
        self.pool.close().await;
        Ok(())
    }

    async fn bytes(path: &Path) -> Outcome<u64> {
        size(path, "events").await
    }
}

impl Recorded {
    /// Uses every field, so that the compiler cannot remove the reading of any.
    fn is_whole(&self) -> bool {
        self.position > 0
            && !self.stream.is_empty()
            && self.version > 0
            && !self.id.is_nil()
            && !self.event_type.is_empty()
            && self.schema_version > 0
            && self.recorded_at > 0
            && !self.metadata.is_empty()
            && !self.payload.is_empty()
    }
}

fn recorded(row: &PgRow) -> Outcome<Recorded> {
    Ok(Recorded {
        position: row.try_get(0)?,
        stream: row.try_get(1)?,
        version: row.try_get(2)?,
        id: row.try_get(3)?,
        event_type: row.try_get(4)?,
        schema_version: row.try_get(5)?,
        recorded_at: row.try_get(6)?,
        metadata: row.try_get(7)?,
        payload: row.try_get(8)?,
    })
}

/// The name of a subject with the version and the durability of the server.
pub(crate) async fn described(name: &str, path: &Path) -> Outcome<String> {
    let mut connection = PgConnection::connect(&address(path)?).await?;
    let row = sqlx::query(
        "SELECT current_setting('server_version'), current_setting('synchronous_commit'),
            current_setting('fsync')",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    let (version, commit, fsync): (&str, &str, &str) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok(format!(
        "{name}, PostgreSQL {version}, synchronous_commit={commit}, fsync={fsync}"
    ))
}

/// The bytes of a table with its indexes.
pub(crate) async fn size(path: &Path, table: &str) -> Outcome<u64> {
    let mut connection = PgConnection::connect(&address(path)?).await?;
    let size = sqlx::query_scalar("SELECT pg_total_relation_size($1::text::regclass)");
    let size: i64 = size.bind(table).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(u64::try_from(size)?)
}
