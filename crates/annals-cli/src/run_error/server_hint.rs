//! The hints of errors about stores on servers.

use std::borrow::Cow;

use persistence_postgres::{ConnectError, GrantError};

use crate::place::StorePlace;

/// The next step for a server that does not answer any more.
pub(super) const AWAY: &str = "run the command again when the server answers";

/// The next step for a damaged store.
pub(super) const DAMAGED: &str =
    "restore a backup of the server into an empty database, and name that one with --store";

/// The next step after a failed connection.
pub(super) fn connecting(error: &ConnectError) -> Option<Cow<'static, str>> {
    Some(Cow::Borrowed(match error {
        ConnectError::Unreachable { .. } => {
            "start the server, or correct the host and the port of the address"
        }
        ConnectError::LoginRefused { .. } => {
            "correct the user or the password; PGPASSWORD, the file ~/.pgpass or the address can have \
             the password"
        }
        ConnectError::NoDatabase { .. } => {
            "correct the name, or create the database with `createdb`; `annals init` then creates the \
             store in it"
        }
        ConnectError::NotAllowed { location, .. } | ConnectError::MayNotCreate { location, .. } => {
            return Some(Cow::Owned(format!(
                "`annals init --store {} --role {}`, with an OWNER who may create schemas, creates \
                 what is missing and grants the rights",
                for_owner(location),
                role_of(location)
            )));
        }
        _ => return None,
    }))
}

/// The next step after rights were not granted.
pub(super) fn granting(error: &GrantError) -> Option<Cow<'static, str>> {
    match error {
        GrantError::NoSuchRole { role, .. } => {
            let name = quoted(role);
            Some(Cow::Owned(format!(
                "create it first, in psql: CREATE ROLE {name} LOGIN; \\password {name}"
            )))
        }
        _ => None,
    }
}

/// The next step without a store in a database.
pub(super) fn missing_server_store(place: &StorePlace, is_named: bool) -> Cow<'static, str> {
    match is_named {
        true => Cow::Owned(format!("`annals init --store {place}` creates one")),
        false => Cow::Borrowed("`annals init` creates one; `annals tour` needs none"),
    }
}

/// What does the work of a command on files.
pub(super) fn instead_of(command: &str) -> &'static str {
    match command {
        "backup" => {
            "`pg_dump --format custom --schema annals --file COPY DATABASE`, or the backups of the \
             provider of the server"
        }
        _ => {
            "`pg_restore --dbname DATABASE COPY` restores a copy of pg_dump into an empty database; \
             then name it with --store"
        }
    }
}

/// An address with the user `OWNER`.
fn for_owner(location: &str) -> String {
    match location.split_once('@') {
        Some((_, host)) => format!("postgres://OWNER@{host}"),
        None => location.to_owned(),
    }
}

/// The user of an address.
fn role_of(location: &str) -> &str {
    let user = location
        .split_once("://")
        .map_or(location, |(_, rest)| rest);
    user.split('@').next().unwrap_or_default()
}

/// A name in SQL: `app`, but `"The App"`.
fn quoted(name: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match name.chars().all(is_plain) && name.starts_with(|c: char| !c.is_ascii_digit()) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(format!("\"{}\"", name.replace('"', "\"\""))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_if_sql_would_read_another_one() {
        assert_eq!(quoted("app_1"), "app_1");
        assert_eq!(quoted("App"), "\"App\"");
        assert_eq!(quoted("1a"), "\"1a\"");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn the_owner_takes_the_place_of_the_user() {
        let location = "postgres://app@db.example:5432/work";
        assert_eq!(for_owner(location), "postgres://OWNER@db.example:5432/work");
        assert_eq!(role_of(location), "app");
    }
}
