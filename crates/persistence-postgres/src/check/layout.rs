//! The examination of the layout: columns, keys, triggers, functions and rights.

use postgres_database::{Database, DatabaseError};
use sqlx::Row;

use super::report::Problem;
use crate::schema::SCHEMA;

/// The objects of the schema with their definitions.
const FOUND: &str = "
    SELECT c.conname::text, pg_get_constraintdef(c.oid) FROM pg_constraint AS c
    JOIN pg_index AS i ON i.indexrelid = c.conindid AND i.indisvalid AND i.indisready
    WHERE c.connamespace = 'annals'::regnamespace AND c.contype IN ('p', 'u')
    UNION ALL
    SELECT t.relname || '.' || a.attname,
        format_type(a.atttypid, a.atttypmod) || coalesce(' ' || l.collname, '')
    FROM pg_class AS t JOIN pg_attribute AS a ON a.attrelid = t.oid
    LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
    WHERE t.relnamespace = 'annals'::regnamespace AND t.relkind = 'r' AND a.attnum > 0
    UNION ALL
    SELECT g.tgname::text, g.tgtype || ' on ' || t.relname || ': ' || p.proname
    FROM pg_trigger AS g JOIN pg_class AS t ON t.oid = g.tgrelid JOIN pg_proc AS p ON p.oid = g.tgfoid
    WHERE t.relnamespace = 'annals'::regnamespace AND p.pronamespace = t.relnamespace
        AND g.tgenabled IN ('O', 'A') AND g.tgqual IS NULL AND g.tgattr::text = ''
    UNION ALL
    SELECT p.proname::text, p.prosrc FROM pg_proc AS p
    WHERE p.pronamespace = 'annals'::regnamespace
    UNION ALL
    SELECT p.proname || ' (settings)', p.prosecdef || ' ' || coalesce(p.proconfig::text, '')
    FROM pg_proc AS p WHERE p.pronamespace = 'annals'::regnamespace";

/// The objects that the laws need. Further objects are no problem, for example an index.
const EXPECTED: [(&str, &str); 16] = [
    ("events_pkey", "PRIMARY KEY (\"position\")"),
    ("events_event_id_key", "UNIQUE (event_id)"),
    ("events_stream_version_key", "UNIQUE (stream, version)"),
    ("time_marks_pkey", "PRIMARY KEY (last_position)"),
    ("snapshots_pkey", "PRIMARY KEY (stream, schema, version)"),
    ("leases_pkey", "PRIMARY KEY (name)"),
    ("events.position", "bigint"),
    ("events.stream", "text C"),
    ("events.event_type", "text C"),
    ("events.metadata", "bytea"),
    ("events.payload", "bytea"),
    ("snapshots.stream", "text C"),
    // The bits of pg_trigger.tgtype: 1 for each row, 2 before, 8 DELETE, 16 UPDATE, 32 TRUNCATE.
    ("events_are_never_changed", "27 on events: refuse"),
    ("events_are_never_truncated", "34 on events: refuse"),
    ("head_is_never_removed", "42 on head: refuse"),
    (
        "append_1 (settings)",
        "true {\"search_path=pg_catalog, pg_temp\",plan_cache_mode=force_generic_plan,\
         enable_seqscan=off,jit=off}",
    ),
];

/// Objects with which the laws would not hold: rules and triggers that change what is written,
/// tables that a crash empties, and objects that another role than that of the events owns.
const FORBIDDEN: &str = "
    WITH log AS (
        SELECT c.* FROM pg_class AS c WHERE c.relnamespace = 'annals'::regnamespace
            AND c.relname IN ('store', 'head', 'events', 'time_marks', 'snapshots', 'leases'))
    SELECT r.rulename || ' on ' || log.relname FROM pg_rewrite AS r JOIN log ON log.oid = r.ev_class
    UNION ALL
    SELECT g.tgname || ' on ' || log.relname FROM pg_trigger AS g JOIN log ON log.oid = g.tgrelid
    JOIN pg_proc AS p ON p.oid = g.tgfoid
    WHERE g.tgtype & 2 <> 0 AND NOT g.tgisinternal AND p.pronamespace <> log.relnamespace
    UNION ALL
    SELECT relname || ' (unlogged)' FROM log WHERE relpersistence <> 'p'
    UNION ALL
    SELECT o.name || ' (owner)' FROM (
        SELECT relname::text AS name, relowner AS owner FROM log
        UNION ALL
        SELECT proname::text, proowner FROM pg_proc
        WHERE pronamespace = 'annals'::regnamespace) AS o
    WHERE o.owner <> (SELECT relowner FROM log WHERE relname = 'events')
    ORDER BY 1";

/// The functions whose text must be that of the script.
const FUNCTIONS: [&str; 4] = ["refuse", "append_1", "import_1", "freeze_1"];

/// The rights with which a role could write past the function, also on single columns.
const RIGHTS: &str = "
    SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END::text,
        a.privilege_type, a.name
    FROM (
        SELECT x.grantee, x.privilege_type, c.relowner AS owner, c.relname::text AS name
        FROM pg_class AS c, aclexplode(c.relacl) AS x
        WHERE c.relnamespace = 'annals'::regnamespace
            AND c.relname IN ('store', 'head', 'events', 'time_marks')
            AND x.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
        UNION ALL
        SELECT x.grantee, x.privilege_type, c.relowner, c.relname || '.' || t.attname
        FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid, aclexplode(t.attacl) AS x
        WHERE c.relnamespace = 'annals'::regnamespace
            AND c.relname IN ('store', 'head', 'events', 'time_marks')
            AND x.privilege_type IN ('INSERT', 'UPDATE')
        UNION ALL
        SELECT x.grantee, x.privilege_type, p.proowner, p.proname::text
        FROM pg_proc AS p,
            aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS x
        WHERE p.pronamespace = 'annals'::regnamespace AND p.proname IN ('append_1', 'import_1', 'freeze_1')
            AND (x.grantee = 0 OR p.proname <> 'append_1')
    ) AS a
    WHERE a.grantee <> a.owner
    ORDER BY 1, 3, 2";

/// Compares the layout with that of a new store.
pub(super) async fn examine(
    database: &Database,
    problems: &mut Vec<Problem>,
) -> Result<(), DatabaseError> {
    let mut found: Vec<(String, String)> = Vec::new();
    for row in database.rows(|| sqlx::query(FOUND)).await? {
        found.push((row.try_get(0)?, row.try_get(1)?));
    }
    let is_there =
        |name: &str, definition: &str| found.iter().any(|one| one.0 == name && one.1 == definition);
    let bodies = FUNCTIONS.map(|name| (name, body(name)));
    for (name, definition) in EXPECTED.into_iter().chain(bodies) {
        if !is_there(name, definition) {
            problems.push(Problem::LayoutChanged {
                name: name.to_owned(),
            });
        }
    }
    for row in database.rows(|| sqlx::query(FORBIDDEN)).await? {
        let name = row.try_get(0)?;
        problems.push(Problem::LayoutChanged { name });
    }
    for row in database.rows(|| sqlx::query(RIGHTS)).await? {
        problems.push(Problem::RightTooWide {
            role: row.try_get(0)?,
            right: row.try_get(1)?,
            object: row.try_get(2)?,
        });
    }
    Ok(())
}

/// The text of a function in the script: between `$$` and `$$`.
fn body(function: &str) -> &'static str {
    let head = format!("FUNCTION annals.{function}(");
    let text = SCHEMA.split_once(&head).map_or("", |(_, rest)| rest);
    text.split("$$").nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_each_function_is_found_in_the_script() {
        for name in FUNCTIONS {
            assert!(body(name).trim_end().ends_with("END"), "{name}");
        }
        assert_eq!(body("nothing"), "");
    }
}
