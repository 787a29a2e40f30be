//! The peers on sqlx 0.8, which link another SQLite than our store.
//!
//! `other-sqlx serve NAME FOLDER` is one subject of the program `stores`, which sends its
//! requests to standard input.

mod eventcore;
mod eventcore_postgres;
mod postgres_es;
mod server;
mod sqlite_es;

use std::path::Path;

use subject::{Outcome, serve};

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", "eventcore", folder] => serve::<eventcore::Eventcore>(Path::new(folder)),
        ["serve", "sqlite-es", folder] => serve::<sqlite_es::SqliteEs>(Path::new(folder)),
        ["serve", "eventcore-postgres", folder] => {
            serve::<eventcore_postgres::EventcorePostgres>(Path::new(folder))
        }
        ["serve", "postgres-es", folder] => serve::<postgres_es::PostgresEs>(Path::new(folder)),
        _ => Err("usage: other-sqlx serve SUBJECT FOLDER".into()),
    }
}
