//! The layout of the file.

use sqlite_file::Kind;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// A store: one script creates its layout.
pub(crate) static STORE: Kind = Kind {
    // The letters `ANNL`.
    application_id: 0x414E_4E4C,
    version: 1,
    script: concat!(
        "BEGIN IMMEDIATE;\n",
        include_str!("../../schema.sql"),
        "COMMIT;\n"
    ),
    row: "SELECT file_id, is_backup FROM store",
    mark: "UPDATE store SET is_backup = ?1",
};

/// A database in memory with the layout and no events.
pub(crate) async fn in_memory() -> Result<SqliteConnection, sqlx::Error> {
    let memory = SqliteConnectOptions::new().in_memory(true);
    let mut connection = memory.connect().await?;
    STORE.create(&mut connection).await?;
    Ok(connection)
}
