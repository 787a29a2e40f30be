//! The peers that link the SQLite of sqlx 0.8.
//!
//! `other-sqlite serve NAME FOLDER` is one subject of the program `stores`, which sends its
//! requests to standard input.

mod eventcore;
mod sqlite_es;

use std::path::Path;

use subject::{Outcome, serve};

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", "eventcore", folder] => serve::<eventcore::Eventcore>(Path::new(folder)),
        ["serve", "sqlite-es", folder] => serve::<sqlite_es::SqliteEs>(Path::new(folder)),
        _ => Err("usage: other-sqlite serve eventcore|sqlite-es FOLDER".into()),
    }
}
