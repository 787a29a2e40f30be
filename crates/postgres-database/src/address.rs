//! The address of a database: `postgres://user:password@host:port/database?options`.

use std::fmt::Write;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::error::ConnectError;

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
///
/// # Errors
/// [`ConnectError::InvalidAddress`].
pub fn parse(address: &str) -> Result<PgConnectOptions, ConnectError> {
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
    let options = PgConnectOptions::from_str(address).or_else(|error| invalid(error.into()))?;
    // An address of IPv6 is in brackets there, and without them everywhere else.
    let host = options.get_host();
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    Ok(match inner.map(str::to_owned) {
        Some(inner) => options.host(&inner),
        None => options,
    })
}

/// The address without the password and the options. It leads to the same database.
#[must_use]
pub fn location(connect: &PgConnectOptions) -> String {
    let host = match (connect.get_socket(), connect.get_host()) {
        (Some(socket), _) => encoded(&socket.display().to_string()),
        (None, host) if host.contains(':') => format!("[{host}]"),
        (None, host) => host.to_owned(),
    };
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

    #[test]
    fn the_location_has_no_password() {
        let address = "postgres://ada:s3cret@db.example:5433/work?application_name=x";
        let found = location(&parse(address).unwrap());
        assert_eq!(found, "postgres://ada@db.example:5433/work");
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
        assert_eq!(
            parse("postgres://a@[::1]:5432/w").unwrap().get_host(),
            "::1"
        );
    }

    #[test]
    fn an_address_of_something_else_is_refused_without_its_password() {
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
            let Err(refused) = parse(address) else {
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
