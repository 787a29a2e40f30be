//! The same read model on a PostgreSQL server: the projector on `read-models-postgres`, and a loop
//! in hand-written sqlx.
//!
//! Both read the log of one store 512 events at a time, send one statement after the other, and
//! commit the rows of each batch with its position. Their statements are prepared once.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use persistence_postgres::PostgresStore;
use postgres_server::{Durability, Server};
use read_models_postgres::{PostgresReadModels, PostgresTx};
use read_side::{ApplyError, Projection, Projector};
use shared_kernel::event::EventType;
use shared_kernel::{Append, EventStore, ExpectedVersion, NewEvent, RecordedEvent, StreamId};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};

use crate::annals::number;
use crate::items::Change;
use crate::{Arguments, EVENTS, Outcome, Times};

const TABLES: &str = "CREATE TABLE items (
  number bigint PRIMARY KEY, title text NOT NULL, status text NOT NULL, assignee text,
  priority bigint NOT NULL, risk text NOT NULL, version bigint NOT NULL, position bigint NOT NULL);
CREATE INDEX items_by_status ON items (status, priority);
CREATE TABLE words (number bigint PRIMARY KEY, lexemes tsvector NOT NULL);
CREATE INDEX words_by_lexeme ON words USING gin (lexemes)";

const UPSERT: &str = "INSERT INTO items VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (number) DO UPDATE SET title = $2, status = $3, assignee = $4, priority = $5, \
    risk = $6, version = $7, position = $8";
const WORDS: &str = "INSERT INTO words VALUES ($1, to_tsvector('simple', $2 || ' ' || $3)) \
    ON CONFLICT (number) DO UPDATE SET lexemes = excluded.lexemes";
const STATUS: &str = "UPDATE items SET status = $2, version = $3, position = $4 WHERE number = $1";

const BATCH: i64 = 512;

const NAMES: [&str; 2] = ["annals", "sqlx by hand"];

type Statement<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// The statements of an event, which are the same for both.
fn statements(
    number: i64,
    version: i64,
    position: i64,
    payload: &[u8],
) -> Result<Vec<Statement<'static>>, serde_json::Error> {
    Ok(match serde_json::from_slice(payload)? {
        Change::Moved { status } => {
            let moved = sqlx::query(STATUS).bind(number).bind(status);
            vec![moved.bind(version).bind(position)]
        }
        Change::Described {
            title,
            text,
            status,
            assignee,
            priority,
            risk,
        } => {
            let words = sqlx::query(WORDS)
                .bind(number)
                .bind(title.clone())
                .bind(text);
            let upsert = sqlx::query(UPSERT).bind(number).bind(title).bind(status);
            let upsert = upsert.bind(assignee).bind(priority).bind(risk);
            vec![upsert.bind(version).bind(position), words]
        }
    })
}

struct Items;

#[async_trait]
impl Projection<PostgresTx> for Items {
    const NAME: &'static str = "items";
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut PostgresTx) -> Result<(), ApplyError> {
        Ok(tx.script(TABLES).await?)
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut PostgresTx) -> Result<(), ApplyError> {
        let number = number(event.stream.as_str()).ok_or("not an item")?;
        let (version, position) = (event.version.as_i64(), event.position.as_i64());
        for statement in statements(number, version, position, &event.payload)? {
            tx.execute(statement).await?;
        }
        Ok(())
    }
}

/// The loop as a good programmer writes it.
struct Loop {
    log: PgConnection,
    rows: PgConnection,
}

impl Loop {
    async fn open(address: &str) -> Outcome<Self> {
        let mut rows = PgConnection::connect(address).await?;
        let tables = "DROP TABLE IF EXISTS items, words, progress";
        sqlx::raw_sql(tables).execute(&mut rows).await?;
        sqlx::raw_sql(TABLES).execute(&mut rows).await?;
        let progress = "CREATE TABLE progress (through bigint NOT NULL); \
                        INSERT INTO progress VALUES (0)";
        sqlx::raw_sql(progress).execute(&mut rows).await?;
        let log = PgConnection::connect(address).await?;
        Ok(Self { log, rows })
    }

    async fn catch_up(&mut self) -> Outcome<i64> {
        let through = sqlx::query_scalar("SELECT through FROM progress");
        let mut through: i64 = through.fetch_one(&mut self.rows).await?;
        loop {
            let select = "SELECT position, stream, version, payload FROM annals.events \
                          WHERE position > $1 AND position <= $1 + $2 ORDER BY position";
            let page = sqlx::query(select).bind(through).bind(BATCH);
            let page = page.fetch_all(&mut self.log).await?;
            if page.is_empty() {
                return Ok(through);
            }
            let mut transaction = self.rows.begin().await?;
            for event in &page {
                let number = number(event.try_get(1)?).ok_or("not an item")?;
                through = event.try_get(0)?;
                let (version, payload): (i64, &[u8]) = (event.try_get(2)?, event.try_get(3)?);
                for statement in statements(number, version, through, payload)? {
                    statement.execute(&mut *transaction).await?;
                }
            }
            let progress = sqlx::query("UPDATE progress SET through = $1").bind(through);
            progress.execute(&mut *transaction).await?;
            transaction.commit().await?;
        }
    }
}

/// Measures the first build and the catch-up in turns, and prints them.
pub(crate) async fn measure(arguments: &Arguments) -> Outcome<()> {
    let server = Server::start(Durability::Kept)?;
    let address = server.new_database()?;
    let store = PostgresStore::connect(&address).await?;
    let items = arguments.events / 10;
    let mut appends = 0;
    append(&store, items, &mut appends, arguments.events).await?;
    let (mut first, mut later) = (Times::new(), Times::new());
    for round in 0..arguments.rounds {
        let rows = server.new_database()?;
        let models = PostgresReadModels::connect(&rows).await?;
        let annals = Projector::new(Items, store.clone(), models)?;
        let mut by_hand = Loop::open(&address).await?;
        first.add(turn(&annals, &mut by_hand).await?);
        if round + 1 == arguments.rounds {
            for _ in 0..10 * arguments.rounds {
                append(&store, items, &mut appends, arguments.news).await?;
                later.add(turn(&annals, &mut by_hand).await?);
            }
        }
        check(&annals, &mut by_hand).await?;
        annals.models().close().await;
    }
    first.report("first build", arguments.events, NAMES);
    later.report("catch-up", arguments.news, NAMES);
    Ok(())
}

type Subject = Projector<Items, PostgresStore, PostgresReadModels>;

async fn append(
    store: &PostgresStore,
    items: usize,
    appends: &mut usize,
    events: usize,
) -> Outcome<()> {
    let mut append = Append::new();
    for _ in 0..events / EVENTS {
        let (number, turn) = (*appends % items, *appends / items);
        *appends += 1;
        let event = |k| -> Outcome<NewEvent> {
            let payload = serde_json::to_string(&Change::example(number, turn * EVENTS + k))?;
            Ok(NewEvent::with_fresh_id(
                EventType::new("Changed")?,
                payload,
            )?)
        };
        let new = (0..EVENTS).map(event).collect::<Outcome<_>>()?;
        let stream = StreamId::new(format!("item-{number}"))?;
        append = append.write(stream, ExpectedVersion::Any, new);
        if append.event_count() >= 1_000 || *appends % items == 0 {
            store.append(std::mem::take(&mut append)).await?;
        }
    }
    store.append(append).await?;
    Ok(())
}

/// Brings both up to the end of the log.
async fn turn(annals: &Subject, by_hand: &mut Loop) -> Outcome<[Duration; 2]> {
    let began = Instant::now();
    let reached = annals.catch_up().await?;
    let ours = began.elapsed();
    let began = Instant::now();
    assert_eq!(by_hand.catch_up().await?, reached.as_i64());
    Ok([ours, began.elapsed()])
}

/// Both have the same rows.
async fn check(annals: &Subject, by_hand: &mut Loop) -> Outcome<()> {
    let sql = "SELECT md5(string_agg(i::text || w::text, ' ' ORDER BY i.number)) \
               FROM items AS i JOIN words AS w USING (number)";
    let live = annals.live().await?;
    let mut rows = annals.models().reader(&live).await?;
    let ours: String = sqlx::query_scalar(sql).fetch_one(&mut *rows).await?;
    let theirs: String = sqlx::query_scalar(sql).fetch_one(&mut by_hand.rows).await?;
    assert_eq!(ours, theirs);
    Ok(())
}
