//! Rows that every store of read models has: documents in tables, by key.

use async_trait::async_trait;
use bytes::Bytes;

use crate::ReadModelError;

/// The rows of a transaction as documents by table and key.
///
/// A projection that uses only these runs in every store of read models. Those of a database offer
/// their own tables too.
///
/// A read sees the earlier writes of its transaction. Table names follow the rule of
/// [`ModelName`](crate::ModelName); a key is any text.
#[async_trait]
pub trait Rows: Send {
    /// The document of a key; `None` if there is no such row.
    ///
    /// # Errors
    /// [`ReadModelError`].
    async fn get(&mut self, table: &str, key: &str) -> Result<Option<Bytes>, ReadModelError>;

    /// Writes a row, and replaces an earlier one with this key.
    fn put(&mut self, table: &str, key: &str, document: Bytes);

    /// Removes a row. A missing row is no error.
    fn delete(&mut self, table: &str, key: &str);
}
