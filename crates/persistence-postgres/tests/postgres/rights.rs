//! Law 11, and roles with few rights.

use persistence_postgres::{ConnectError, GrantError, PostgresOptions, PostgresStore};
use shared_kernel::{EventStoreExt, ExpectedVersion, StoreError};

use crate::fixture::{Place, event, log, stream};

#[tokio::test]
async fn an_sql_shell_can_neither_change_nor_remove_nor_truncate_events() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
        .await
        .unwrap();
    for statement in [
        "UPDATE annals.events SET payload = '{}'",
        "UPDATE annals.events SET position = 7",
        "DELETE FROM annals.events",
        "TRUNCATE annals.events",
        "INSERT INTO annals.events SELECT * FROM annals.events
            ON CONFLICT (position) DO UPDATE SET payload = '{}'",
    ] {
        let refused = place.sql(statement).unwrap_err();
        assert!(refused.contains("immutable"), "{statement}: {refused}");
    }
    assert_eq!(log(&store).await.len(), 1);
}

#[tokio::test]
async fn a_role_without_rights_may_not_create_a_store() {
    let place = Place::new();
    let database = place.address.rsplit('/').next().unwrap();
    place
        .sql(&format!("CREATE ROLE no_rights_{database} LOGIN"))
        .unwrap();
    let address = place
        .server
        .address(&format!("no_rights_{database}"), database);
    let refused = PostgresStore::connect(&address).await.unwrap_err();
    assert!(
        matches!(refused, ConnectError::MayNotCreate { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_role_that_may_only_read_reads_and_is_told_that_it_may_not_write() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
        .await
        .unwrap();
    let database = place.address.rsplit('/').next().unwrap();
    let role = format!("reader_{database}");
    place
        .sql(&format!(
            "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA annals TO {role};
             GRANT SELECT ON ALL TABLES IN SCHEMA annals TO {role}"
        ))
        .unwrap();
    let address = place.server.address(&role, database);
    let reader = PostgresStore::connect(&address).await.unwrap();
    assert_eq!(log(&reader).await.len(), 1);
    let refused = reader
        .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
        .await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(
            &refused,
            shared_kernel::AppendError::Store(StoreError::ReadOnly { obstacle, .. })
                if obstacle.contains("permission denied")
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_standby_answers_reads_and_refuses_writes_in_words() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
        .await
        .unwrap();
    let database = place.address.rsplit('/').next().unwrap();
    // A server in this mode refuses writes with the same SQLSTATE as a standby.
    place
        .sql(&format!(
            "ALTER DATABASE {database} SET default_transaction_read_only = on"
        ))
        .unwrap();
    let standby = place.store().await;
    assert_eq!(log(&standby).await.len(), 1);
    let refused = standby
        .append_to(stream("a-1"), ExpectedVersion::Any, vec![event()])
        .await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(
            refused,
            shared_kernel::AppendError::Store(StoreError::ReadOnly { .. })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_role_of_a_program_appends_and_can_neither_change_nor_remove_an_event() {
    let place = Place::new();
    let (role, address) = place.role("app");
    let owner = place.store().await;
    owner.grant_to(&role).await.unwrap();
    owner.grant_to(&role).await.unwrap();
    let store = PostgresStore::connect(&address).await.unwrap();
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
    assert_eq!(log(&store).await.len(), 1);
    for statement in [
        "UPDATE annals.events SET version = 2",
        "DELETE FROM annals.events",
        "TRUNCATE annals.events",
        "INSERT INTO annals.events SELECT * FROM annals.events",
        "UPDATE annals.head SET position = 9",
        "UPDATE annals.store SET layout = 9",
    ] {
        let shell = place.sql(&format!("SET ROLE {role}; {statement}"));
        assert!(
            shell.unwrap_err().contains("permission denied"),
            "{statement}"
        );
    }
}

#[tokio::test]
async fn a_role_gets_its_rights_only_from_a_role_that_may_grant_them() {
    let place = Place::new();
    let owner = place.store().await;
    for name in ["nobody", "public", "none"] {
        let refused = owner.grant_to(name).await.unwrap_err();
        assert!(
            matches!(&refused, GrantError::NoSuchRole { role, .. } if role == name),
            "{refused:?}"
        );
    }
    let (app, address) = place.role("app");
    let (other, _) = place.role("other \"quoted'");
    owner.grant_to(&app).await.unwrap();
    let app = PostgresStore::connect(&address).await.unwrap();
    let refused = app.grant_to(&other).await.unwrap_err();
    assert!(
        matches!(refused, GrantError::NotAllowed { .. }),
        "{refused:?}"
    );
    owner.grant_to(&other).await.unwrap();
}

#[tokio::test]
async fn a_role_that_may_not_connect_gets_that_right_too() {
    let place = Place::new();
    let owner = place.store().await;
    let database = place.address.rsplit('/').next().unwrap();
    place
        .sql(&format!(
            "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC"
        ))
        .unwrap();
    let (role, address) = place.role("app");
    let refused = PostgresStore::connect(&address).await.unwrap_err();
    assert!(
        matches!(refused, ConnectError::NotAllowed { .. }),
        "{refused:?}"
    );
    owner.grant_to(&role).await.unwrap();
    PostgresStore::connect(&address).await.unwrap();
}

#[tokio::test]
async fn a_role_without_rights_on_the_store_is_told_so() {
    let place = Place::new();
    drop(place.store().await);
    let (_, address) = place.role("stranger");
    let options = PostgresOptions::new().must_exist();
    let refused = PostgresStore::connect_with(&address, options).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, ConnectError::NotAllowed { .. }),
        "{refused:?}"
    );
}
