//! The rights of a role that a program uses.

use postgres_database::{DatabaseError, code, reason, state};
use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use sqlx::{Executor, Row, raw_sql};
use thiserror::Error;

use crate::store::PostgresStore;

/// The rights that a program needs. None of them can change or remove an event.
const GRANTS: &str = "
    GRANT USAGE ON SCHEMA annals TO {role};
    GRANT SELECT ON ALL TABLES IN SCHEMA annals TO {role};
    GRANT EXECUTE ON FUNCTION annals.append_1 TO {role};
    GRANT INSERT, UPDATE, DELETE ON annals.snapshots, annals.leases TO {role};";

/// Whether the role may connect, and whether it has the rights. PostgreSQL only warns if the role
/// that grants may not do it.
const HAS_RIGHTS: &str = "
    SELECT has_database_privilege(r.oid, current_database(), 'CONNECT'),
        has_schema_privilege(r.oid, 'annals', 'USAGE')
        AND has_function_privilege(r.oid,
            (SELECT p.oid FROM pg_proc AS p
             WHERE p.proname = 'append_1' AND p.pronamespace = 'annals'::regnamespace), 'EXECUTE')
        AND (SELECT bool_and(has_table_privilege(r.oid, c.oid, 'SELECT')
                AND (c.relname NOT IN ('snapshots', 'leases')
                    OR has_table_privilege(r.oid, c.oid, 'INSERT')
                    AND has_table_privilege(r.oid, c.oid, 'UPDATE')
                    AND has_table_privilege(r.oid, c.oid, 'DELETE')))
            FROM pg_class AS c
            WHERE c.relnamespace = 'annals'::regnamespace AND c.relkind IN ('r', 'v'))
    FROM pg_roles AS r WHERE r.rolname = $1";

/// The rights on a store cannot be granted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The server has no such role.
    #[error("the server of {location} has no role {role}")]
    NoSuchRole {
        /// The database.
        location: String,
        /// The role.
        role: String,
    },
    /// The role of the connection may not grant the rights.
    #[error(
        "this role may not grant the rights on {location}; connect as the role that created the \
         store"
    )]
    NotAllowed {
        /// The database.
        location: String,
        /// The answer of the server.
        source: FormatError,
    },
    /// Anything else that the database reported.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PostgresStore {
    /// Grants a role what a program needs: to read the store, to append events, and to write
    /// snapshots and leases. It can be repeated.
    ///
    /// The role must exist: the name, the password and the right to log in are the operator's.
    ///
    /// # Errors
    /// [`GrantError`].
    pub async fn grant_to(&self, role: &str) -> Result<(), GrantError> {
        let granted = self.try_grant_to(role).await;
        granted.map_err(|error| match error {
            DatabaseError::Sql(error)
                if state(&error).as_deref() == Some(code::INSUFFICIENT_PRIVILEGE) =>
            {
                self.not_allowed(reason(error))
            }
            other => GrantError::from(other.at(self.location())),
        })?
    }

    async fn try_grant_to(&self, role: &str) -> Result<Result<(), GrantError>, DatabaseError> {
        let mut connection = self.database().connection().await?;
        let rights = || sqlx::query(HAS_RIGHTS).bind(role);
        let Some(before) = connection.fetch_optional(rights()).await? else {
            return Ok(Err(GrantError::NoSuchRole {
                location: self.location().to_owned(),
                role: role.to_owned(),
            }));
        };
        let quoted = format!("\"{}\"", role.replace('"', "\"\""));
        let mut script = GRANTS.replace("{role}", &quoted);
        if !before.try_get::<bool, _>(0)? {
            let database = "DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', \
                            current_database(), ";
            let literal = format!("'{}'", role.replace('\'', "''"));
            script.push_str(&format!("{database}{literal}); END $$;"));
        }
        // Statements that are sent together are one transaction.
        raw_sql(sqlx::AssertSqlSafe(script))
            .execute(&mut connection)
            .await?;
        let after = connection.fetch_one(rights()).await?;
        Ok(
            match after.try_get::<bool, _>(0)? && after.try_get::<bool, _>(1)? {
                true => Ok(()),
                false => Err(self.not_allowed("some rights were not granted".into())),
            },
        )
    }

    fn not_allowed(&self, source: FormatError) -> GrantError {
        GrantError::NotAllowed {
            location: self.location().to_owned(),
            source,
        }
    }
}
