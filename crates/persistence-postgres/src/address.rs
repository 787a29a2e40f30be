//! The address of a database: `postgres://user:password@host:port/database?parameters`.

use std::fmt::Write;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::error::ConnectError;

/// The parameters of an address. An unknown one is refused: a misspelled `sslmode` must not mean a
/// connection without TLS.
const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Parses an address. No error has a part of it, because that may be a part of the password.
pub(crate) fn parse(address: &str) -> Result<PgConnectOptions, ConnectError> {
    let invalid = |problem: String| ConnectError::InvalidAddress {
        source: problem.into(),
    };
    let scheme = ["postgres://", "postgresql://"];
    let Some(rest) = scheme.iter().find_map(|it| address.strip_prefix(it)) else {
        return Err(invalid("it does not begin with postgres://".to_owned()));
    };
    let behind_the_host = rest
        .split_once(['/', '?', '#'])
        .map_or("", |(_, rest)| rest);
    if behind_the_host.contains('@') {
        let problem = "write / ? # and @ of a password as %2F %3F %23 and %40";
        return Err(invalid(problem.to_owned()));
    }
    let parameters = rest.split_once('?').map_or("", |(_, it)| it);
    let names = parameters.split('&').filter_map(|it| it.split('=').next());
    if names
        .filter(|it| !it.is_empty())
        .any(|it| !PARAMETERS.contains(&it))
    {
        let problem = format!("it has a parameter other than {}", PARAMETERS.join(", "));
        return Err(invalid(problem));
    }
    let connect =
        PgConnectOptions::from_str(address).map_err(|error| invalid(error.to_string()))?;
    // Poolers refuse startup parameters that they do not know.
    let connect = connect.extra_float_digits(None);
    let connect = match connect.get_application_name() {
        Some(_) => connect,
        None => connect.application_name("annals"),
    };
    Ok(connect.disable_statement_logging())
}

/// The address without the password and the options.
pub(crate) fn location(connect: &PgConnectOptions) -> String {
    let host = connect.get_socket().map_or_else(
        || connect.get_host().to_owned(),
        |socket| socket.display().to_string(),
    );
    let mut text = format!(
        "postgres://{}@{host}:{}",
        connect.get_username(),
        connect.get_port()
    );
    if let Some(database) = connect.get_database() {
        let _ = write!(text, "/{database}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_location_has_no_password() {
        let address = "postgres://ada:s3cret@db.example:5433/work?sslmode=require";
        let connect = parse(address).unwrap();
        assert_eq!(location(&connect), "postgres://ada@db.example:5433/work");
    }

    #[test]
    fn an_address_of_something_else_is_refused_without_its_password() {
        for (address, problem) in [
            ("", "postgres://"),
            ("work.annals", "postgres://"),
            ("mysql://a:s3cret@b/c", "postgres://"),
            ("postgres://a:s3cret@b:port/c", "port"),
            ("postgres://a:12/s3cret@b/c", "%2F"),
            ("postgres://a:12?s3cret@b/c", "%3F"),
            ("postgres://a:12#s3cret@b/c", "%23"),
            ("postgres://a@b/c?passwrd=s3cret", "parameter"),
            ("postgres://a:s3cret@b/c?sslmod=require", "parameter"),
            ("postgres://a:s3cret@b?sslmod=require", "parameter"),
            ("postgres://a:s3cret@b/c?sslmode=requires", "ssl_mode"),
        ] {
            let refused = parse(address).unwrap_err();
            let source = std::error::Error::source(&refused).unwrap().to_string();
            let text = format!("{refused} {refused:?} {source}");
            assert!(!text.contains("s3cret"), "{text}");
            assert!(text.contains("postgres://user@host"), "{text}");
            assert!(source.contains(problem), "{address}: {source}");
        }
    }
}
