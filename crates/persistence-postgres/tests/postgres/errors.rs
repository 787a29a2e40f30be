//! Each error of PostgreSQL has one meaning, and no error or trace has a password.

use std::error::Error;

use persistence_postgres::{ConnectError, PostgresOptions, PostgresStore};
use shared_kernel::{Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, StoreError};

use crate::fixture::{Place, event, log, stream};
use crate::traced::Traced;

/// The texts of an error and of all its sources.
pub(crate) fn texts(error: &dyn Error) -> String {
    let mut texts = format!("{error}\n{error:?}");
    let mut next = error.source();
    while let Some(error) = next {
        texts += &format!("\n{error}\n{error:?}");
        next = error.source();
    }
    texts
}

/// Lets each insertion of an event fail with a SQLSTATE.
fn failing_with(state: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RAISE EXCEPTION 'the reason' USING ERRCODE = '{state}'; END $$;
         CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON annals.events
             FOR EACH ROW EXECUTE FUNCTION public.fail()"
    )
}

#[tokio::test]
async fn each_sqlstate_has_one_meaning_and_writes_nothing() {
    let place = Place::new();
    let store = place.store().await;
    let append = Append::new().write(stream("a-1"), ExpectedVersion::NoStream, vec![event()]);
    for (states, name) in [
        (
            &[
                "40001", "40P01", "55P03", "57014", "53200", "53300", "57P03",
            ][..],
            "Busy",
        ),
        (&["53100"], "Full"),
        (&["25006", "42501"], "ReadOnly"),
        (
            &[
                "42P01", "42703", "58P01", "P0002", "23505", "23514", "XX001", "XX002",
            ],
            "Damaged",
        ),
        (&["3F000", "42883"], "Replaced"),
        (&["22003", "54000", "58030", "XX000", "P0001"], "Backend"),
    ] {
        for state in states {
            place.sql(&failing_with(state)).unwrap();
            let failed = match store.append(append.clone()).await {
                Err(AppendError::Store(failed)) => failed,
                other => panic!("{state}: {other:?}"),
            };
            let shown = format!("{failed:?}");
            assert!(shown.starts_with(name), "{state}: {shown}");
            let told = texts(&failed);
            assert!(
                name == "Replaced" || told.contains("the reason"),
                "{state}: {told}"
            );
            assert_eq!(failed.is_transient(), name == "Busy", "{state}");
            assert!(log(&store).await.is_empty(), "{state}");
        }
    }
    // A connection that is said to be lost: each repetition may have been written.
    place.sql(&failing_with("08006")).unwrap();
    let failed = store.append(append.clone()).await.unwrap_err();
    assert!(failed.is_outcome_unknown(), "{failed:?}");
    place.sql("DROP TRIGGER fail ON annals.events").unwrap();
    store.append(append).await.unwrap();
    assert_eq!(log(&store).await.len(), 1);
}

#[tokio::test]
async fn an_end_of_the_log_that_is_missing_is_damage_and_no_empty_log() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
        .await
        .unwrap();
    for statement in ["DELETE FROM annals.head", "TRUNCATE annals.head"] {
        assert!(place.sql(statement).is_err(), "{statement}");
        let statement = format!("SET session_replication_role = replica; {statement}");
        place.sql(&statement).unwrap();
        let refused = store.head().await.unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused:?}");
    }
}

/// Whatever the database has as its default (law 35).
#[tokio::test]
async fn a_commit_waits_for_the_disk() {
    let place = Place::new();
    let database = place.direct.rsplit('/').next().unwrap();
    for mode in ["off", "local"] {
        place
            .sql(&format!(
                "ALTER DATABASE {database} SET synchronous_commit = '{mode}'"
            ))
            .unwrap();
        let store = place.store().await;
        place
            .sql(
                "CREATE TABLE IF NOT EXISTS public.modes (mode text);
                 GRANT ALL ON public.modes TO PUBLIC;
                 CREATE OR REPLACE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN
                     INSERT INTO public.modes VALUES (current_setting('synchronous_commit'));
                     RETURN NULL;
                 END $$;
                 CREATE OR REPLACE TRIGGER tell AFTER INSERT ON annals.events
                     FOR EACH ROW EXECUTE FUNCTION public.tell()",
            )
            .unwrap();
        store
            .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
            .await
            .unwrap();
    }
    let modes = place.sql("SELECT mode FROM public.modes").unwrap();
    let modes: Vec<_> = modes.lines().collect();
    assert_eq!(
        modes,
        ["on", "local"],
        "the operator may choose another mode that waits"
    );
}

#[tokio::test]
async fn a_store_that_is_removed_or_damaged_under_a_program_is_told() {
    for (statement, of_append, of_read) in [
        ("DROP SCHEMA annals CASCADE", "Replaced", "Damaged"),
        ("DROP FUNCTION annals.append_1", "Replaced", ""),
        (
            "SET session_replication_role = replica; DELETE FROM annals.head",
            "Damaged",
            "",
        ),
        // The next event would have the position of the first one.
        ("UPDATE annals.head SET position = 0", "Damaged", ""),
        ("DROP TABLE annals.events CASCADE", "Damaged", "Damaged"),
    ] {
        let place = Place::new();
        let store = place.store().await;
        let any = ExpectedVersion::Any;
        store
            .append_to(stream("a-1"), any, vec![event()])
            .await
            .unwrap();
        place.sql(statement).unwrap();
        let refused = store.append_to(stream("a-2"), any, vec![event()]).await;
        let Err(AppendError::Store(refused)) = refused else {
            panic!("{statement}: {refused:?}");
        };
        assert!(
            format!("{refused:?}").starts_with(of_append),
            "{statement}: {refused:?}"
        );
        match store.read_whole_stream(stream("a-1")).await {
            Ok(events) => assert!(of_read.is_empty() && events.len() == 1, "{statement}"),
            Err(error) => assert!(
                !of_read.is_empty() && format!("{error:?}").starts_with(of_read),
                "{statement}: {error:?}"
            ),
        }
    }
}

#[tokio::test]
async fn a_role_that_may_not_read_is_told_so() {
    let place = Place::new();
    drop(place.store().await);
    let database = place.direct.rsplit('/').next().unwrap();
    let role = format!("blind_{database}");
    place
        .sql(&format!(
            "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA annals TO {role};
             GRANT SELECT ON annals.store TO {role}"
        ))
        .unwrap();
    let blind = PostgresStore::connect(&place.server.address(&role, database))
        .await
        .unwrap();
    let refused = blind.head().await.unwrap_err();
    assert!(matches!(refused, StoreError::Backend { .. }), "{refused:?}");
    assert!(
        texts(&refused).contains("permission denied for table head"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_server_without_a_free_connection_is_busy_and_says_why() {
    let place = Place::new();
    drop(place.store().await);
    let database = place.direct.rsplit('/').next().unwrap();
    place
        .sql(&format!(
            "CREATE ROLE few_{database} LOGIN CONNECTION LIMIT 0"
        ))
        .unwrap();
    let address = place.server.address(&format!("few_{database}"), database);
    let busy = PostgresStore::connect(&address).await.unwrap_err();
    assert!(
        matches!(&busy, ConnectError::Store(error) if error.is_transient()),
        "{busy:?}"
    );
    assert!(
        busy.to_string().contains("too many connections for role"),
        "{busy}"
    );
}

/// Text that must be nowhere.
const PASSWORD: &str = "s3cret";

#[tokio::test]
async fn no_error_and_no_trace_has_the_password() {
    let place = Place::new();
    let database = place.direct.rsplit('/').next().unwrap();
    let traced = Traced::on_this_thread();
    tracing::trace!("it works");
    let (socket, _) = place.direct.rsplit_once('/').unwrap();
    let socket = socket.rsplit_once('@').unwrap().1;
    let mut told = String::new();
    for address in [
        format!("postgres://annals:{PASSWORD}@{socket}/nowhere"),
        format!("postgres://nobody:{PASSWORD}@{socket}/{database}"),
        format!("postgres://ada:{PASSWORD}@127.0.0.1:1/{database}"),
        format!("postgres://ada:{PASSWORD}@no.host.invalid/{database}"),
        format!("postgres://ada:%2F{PASSWORD}%40%3F@127.0.0.1:1/{database}"),
        format!("postgres://ada:12/{PASSWORD}@127.0.0.1:1/{database}"),
        format!("postgres://ada@127.0.0.1:1/{database}?password={PASSWORD}"),
        format!("postgres://ada@127.0.0.1:1/{database}?passwort={PASSWORD}"),
        format!("postgres://ada:{PASSWORD}@{socket}/{database}?sslmode=sometimes"),
        format!("postgres://ada:{PASSWORD}@127.0.0.1:1/{database}?sslrootcert=/nowhere"),
        format!("mysql://ada:{PASSWORD}@127.0.0.1:1/{database}"),
    ] {
        let refused = PostgresStore::connect(&address).await.unwrap_err();
        told += &texts(&refused);
    }
    let options = PostgresOptions::new().with_notifications();
    let address = format!("postgres://annals:{PASSWORD}@{socket}/{database}");
    let store = PostgresStore::connect_with(&address, options.clone())
        .await
        .unwrap();
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
    place.sql("DROP SCHEMA annals CASCADE").unwrap();
    told += &texts(
        &store
            .append_to(stream("a-1"), any, vec![event()])
            .await
            .unwrap_err(),
    );
    told += &texts(&store.head().await.unwrap_err());
    told += &format!("{store:?} {options:?} {}", store.location());
    store.close().await;
    told += &texts(&store.head().await.unwrap_err());
    let traces = traced.text();
    assert!(traces.contains("it works"), "{traces}");
    assert!(told.contains("nobody"), "{told}");
    for text in [told, traces] {
        assert!(!text.contains(PASSWORD), "{text}");
    }
}
