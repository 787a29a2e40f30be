//! The database of a store: its address, and the connections to it.

use std::fmt::Write;
use std::io::ErrorKind;
use std::str::FromStr;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{ConnectOptions, postgres::PgArguments};

use crate::error::{ConnectError, DatabaseError};
use crate::options::{Interrupt, PostgresOptions};
use crate::read::row::EventRows;

/// A statement with its values.
pub(crate) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// The database of a store.
pub(crate) struct Database {
    /// The address without the password, for errors.
    pub(crate) location: String,
    connect: PgConnectOptions,
    /// How long opening a connection may take.
    timeout: Duration,
    readers: PgPool,
    interrupt: Option<Interrupt>,
}

impl Database {
    pub(crate) fn new(address: &str, options: &PostgresOptions) -> Result<Self, ConnectError> {
        let connect = parse(address)?.disable_statement_logging();
        let connect = connect.application_name("annals");
        let readers = PgPoolOptions::new()
            .max_connections(options.readers.get())
            .acquire_timeout(options.busy_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None);
        Ok(Self {
            location: location(&connect),
            readers: readers.connect_lazy_with(connect.clone()),
            connect,
            timeout: options.busy_timeout,
            interrupt: options.interrupt.clone(),
        })
    }

    /// Opens a connection.
    pub(crate) async fn connection(&self) -> Result<PgConnection, DatabaseError> {
        // A host that drops all packets would keep the caller for minutes.
        let connection = tokio::time::timeout(self.timeout, self.connect.connect()).await;
        let connection = connection.unwrap_or_else(|_| {
            let problem = format!("no answer within {:?}", self.timeout);
            Err(std::io::Error::new(ErrorKind::TimedOut, problem).into())
        });
        connection.map_err(DatabaseError::Unreachable)
    }

    /// The rows of a statement that reads.
    pub(crate) async fn rows<'q>(
        &self,
        statement: impl Fn() -> Statement<'q>,
    ) -> Result<Vec<PgRow>, DatabaseError> {
        self.read(statement, keep).await
    }

    /// The events of a statement that reads. Each is taken when its row comes, while the server
    /// sends the rows after it.
    pub(crate) async fn events<'q>(
        &self,
        statement: impl Fn() -> Statement<'q>,
    ) -> Result<EventRows, DatabaseError> {
        let take = |events: &mut EventRows, row| events.take(&row);
        self.read(statement, take).await
    }

    /// Takes each row of a statement that reads. A connection that the server has closed is
    /// replaced: the statement runs once more.
    async fn read<'q, T: Default>(
        &self,
        statement: impl Fn() -> Statement<'q>,
        take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        for _ in 0..self.readers.size() {
            match self.try_read(statement(), &take).await {
                Err(error) if error.is_connection_lost() && !self.readers.is_closed() => {}
                read => return read,
            }
        }
        self.try_read(statement(), &take).await
    }

    async fn try_read<T: Default>(
        &self,
        statement: Statement<'_>,
        take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let mut connection = match self.readers.acquire().await {
            // Nobody else has a connection, so the server is away. This says why.
            Err(sqlx::Error::PoolTimedOut) if self.readers.size() == 0 => {
                return Err(match self.connection().await {
                    Err(unreachable) => unreachable,
                    Ok(_) => sqlx::Error::PoolTimedOut.into(),
                });
            }
            acquired => acquired?,
        };
        let interrupt = self.interrupt.as_ref();
        match fetch(&mut connection, statement, interrupt, take).await {
            Err(error) if error.is_connection_lost() => {
                // Its state is unknown.
                drop(connection.detach());
                Err(error)
            }
            read => read,
        }
    }

    /// The rows of a statement on a connection that writes.
    pub(crate) fn write<'c>(
        &'c self,
        connection: &'c mut PgConnection,
        statement: Statement<'c>,
    ) -> BoxFuture<'c, Result<Vec<PgRow>, DatabaseError>> {
        Box::pin(fetch(connection, statement, self.interrupt.as_ref(), keep))
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.readers.is_closed()
    }
}

/// Keeps a row.
#[expect(clippy::unnecessary_wraps, reason = "taking a row can fail elsewhere")]
fn keep(rows: &mut Vec<PgRow>, row: PgRow) -> Result<(), DatabaseError> {
    rows.push(row);
    Ok(())
}

/// Takes each row of a statement, in the order in which they come.
async fn fetch<T: Default>(
    connection: &mut PgConnection,
    statement: Statement<'_>,
    interrupt: Option<&Interrupt>,
    take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
) -> Result<T, DatabaseError> {
    let fails = || interrupt.is_some_and(|fails| fails());
    let cut = || {
        let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        Err(DatabaseError::from(sqlx::Error::Io(error)))
    };
    if fails() {
        return cut();
    }
    let mut taken = T::default();
    let mut rows = statement.fetch(connection);
    while let Some(row) = rows.try_next().await? {
        take(&mut taken, row)?;
    }
    match fails() {
        true => cut(),
        false => Ok(taken),
    }
}

/// The options of an address, as the driver knows them. It only warns of others, so a misspelt
/// `sslmode` would be no `sslmode`.
const OPTIONS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// The options that an address has. No error has the address in it: part of it may be a password.
pub(crate) fn parse(address: &str) -> Result<PgConnectOptions, ConnectError> {
    let invalid = |source| Err(ConnectError::InvalidAddress { source });
    let rest = ["postgres://", "postgresql://"]
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme));
    let Some(rest) = rest else {
        return invalid("it does not begin with postgres://".into());
    };
    // `postgres://ada:1#x@host/work` would otherwise have the host `ada`.
    let database = rest.split_once('/').map_or("", |(_, path)| path);
    let database = database.split('?').next().unwrap_or_default();
    if rest.contains('#') || database.contains('@') {
        return invalid("write a special character as its code, for example # as %23".into());
    }
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    for option in query.split('&').filter(|option| !option.is_empty()) {
        let name = option.split(['=', '[']).next().unwrap_or_default();
        if !OPTIONS.contains(&name) {
            // It may be the end of a password with a question mark.
            return invalid("it has an unknown option after the question mark".into());
        }
    }
    PgConnectOptions::from_str(address).or_else(|error| invalid(error.into()))
}

/// The address without the password and the options. It leads to the same database.
pub(crate) fn location(connect: &PgConnectOptions) -> String {
    let host = connect.get_socket().map_or_else(
        || connect.get_host().to_owned(),
        |socket| encoded(&socket.display().to_string()),
    );
    let (user, port) = (encoded(connect.get_username()), connect.get_port());
    let mut text = format!("postgres://{user}@{host}:{port}");
    if let Some(database) = connect.get_database() {
        let _ = write!(text, "/{}", encoded(database));
    }
    text
}

/// A text as a part of an address: `a/b` becomes `a%2Fb`.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_location_has_no_password() {
        let address = "postgres://ada:s3cret@db.example:5433/work?application_name=x";
        let database = Database::new(address, &PostgresOptions::new()).unwrap();
        assert_eq!(database.location, "postgres://ada@db.example:5433/work");
    }

    #[test]
    fn the_location_leads_to_the_same_database() {
        for (address, expected) in [
            (
                "postgresql://ada@%2Fvar%2Frun/work",
                "postgres://ada@%2Fvar%2Frun:5432/work",
            ),
            (
                "postgres://a%20b:s3cret@[::1]/w%C3%B6rk?dbname=x%2Fy",
                "postgres://a%20b@[::1]:5432/x%2Fy",
            ),
        ] {
            let found = location(&parse(address).unwrap());
            assert_eq!(found, expected);
            assert_eq!(location(&parse(&found).unwrap()), expected);
        }
    }

    #[tokio::test]
    async fn an_address_of_something_else_is_refused_without_its_password() {
        for address in [
            "",
            "work.annals",
            "mysql://a:s3cret@b/c",
            "postgres://a:s3cret@b:port/c",
            "postgres://a:1/s3cret@b/c",
            "postgres://a:1#s3cret@b/c",
            "postgres://a:s3cret/@b/c",
            "postgres://a:1?s3cret@b/c",
            "postgres://a@b/c?sslmod=s3cret",
            "postgres://a@b/c?user=a&passwort=s3cret",
        ] {
            let Err(refused) = Database::new(address, &PostgresOptions::new()) else {
                panic!("{address}");
            };
            let mut text = refused.to_string();
            if let Some(source) = std::error::Error::source(&refused) {
                text.push_str(&source.to_string());
            }
            assert!(!text.contains("s3cret"), "{text}");
            assert!(text.contains("postgres://user@host"), "{text}");
        }
    }
}
