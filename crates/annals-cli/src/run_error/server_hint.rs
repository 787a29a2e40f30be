//! The hints of errors about stores on servers.

use std::borrow::Cow;

use persistence_postgres::{ConnectError, GrantError};

use crate::place::StorePlace;

/// The next step for a server that does not answer any more.
pub(super) const AWAY: &str = "run the command again when the server answers";

/// The next step of a role that may not call a function.
pub(super) const OF_THE_OWNER: &str =
    "the owner of the schema annals may do that; name its role in the address of --store";

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
            let name = format!("\"{}\"", role.replace('"', "\"\""));
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

/// The user of an address, or a word that stands for it if it is not one word of a command line.
fn role_of(location: &str) -> &str {
    let user = location.split_once("://").map_or("", |(_, rest)| rest);
    match user.split_once('@') {
        Some((user, _)) if !user.contains('%') => user,
        _ => "NAME",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_takes_the_place_of_the_user() {
        let location = "postgres://app@db.example:5432/work";
        assert_eq!(for_owner(location), "postgres://OWNER@db.example:5432/work");
        assert_eq!(role_of(location), "app");
        assert_eq!(role_of("postgres://a%20b@db.example:5432/work"), "NAME");
    }
}
