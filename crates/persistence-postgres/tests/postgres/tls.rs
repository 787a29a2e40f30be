//! TLS and passwords, on a server with a certificate of its own.

use persistence_postgres::{ConnectError, PostgresStore};
use postgres_server::Server;
use shared_kernel::EventStore;

use crate::errors::texts;

const PASSWORD: &str = "s3/cr@et";
const ENCODED: &str = "s3%2Fcr%40et";

struct Place(Server);

impl Place {
    fn new() -> Self {
        // Says so, and skips, where there is no PostgreSQL.
        let _ = Server::shared_or_skip();
        let server = Server::start_with_tls().unwrap();
        server
            .sql(
                "postgres",
                &format!("CREATE ROLE ada LOGIN SUPERUSER PASSWORD '{PASSWORD}'"),
            )
            .unwrap();
        Self(server)
    }

    async fn connect(&self, password: &str, options: &str) -> Result<PostgresStore, ConnectError> {
        let port = self.0.port();
        let address = format!("postgres://ada:{password}@localhost:{port}/postgres?{options}");
        PostgresStore::connect(&address).await
    }
}

#[tokio::test]
async fn tls_is_used_and_the_certificate_is_checked_on_demand() {
    let place = Place::new();
    let authority = place.0.authority().display().to_string();
    for options in [
        "sslmode=require".to_owned(),
        format!("sslmode=verify-ca&sslrootcert={authority}"),
        format!("sslmode=verify-full&sslrootcert={authority}"),
    ] {
        let store = place.connect(ENCODED, &options).await.unwrap();
        assert_eq!(store.head().await.unwrap(), None, "{options}");
        let encrypted = "SELECT count(*) FILTER (WHERE NOT ssl) || ' of ' || count(*)
            FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'annals'";
        assert_eq!(
            place.0.sql("postgres", encrypted).unwrap(),
            "0 of 2",
            "{options}"
        );
        store.close().await;
        let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'annals'";
        while place.0.sql("postgres", left).unwrap() != "0" {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_trusted_and_a_refused_login_are_told_apart() {
    let place = Place::new();
    let stranger = place.0.stranger().display().to_string();
    let mut told = String::new();
    for options in [
        "sslmode=verify-full".to_owned(),
        format!("sslmode=verify-full&sslrootcert={stranger}"),
        format!("sslmode=verify-ca&sslrootcert={stranger}"),
    ] {
        let refused = place.connect(ENCODED, &options).await.unwrap_err();
        assert!(
            matches!(refused, ConnectError::Untrusted { .. }),
            "{options}: {refused:?}"
        );
        assert!(
            refused.to_string().contains("sslrootcert=FILE"),
            "{refused}"
        );
        told += &texts(&refused);
    }
    for (password, options, reason) in [
        ("wrong", "sslmode=require", "password authentication failed"),
        ("", "sslmode=require", "password"),
        (ENCODED, "sslmode=disable", "no encryption"),
    ] {
        let refused = place.connect(password, options).await.unwrap_err();
        assert!(
            matches!(refused, ConnectError::LoginRefused { .. }),
            "{refused:?}"
        );
        assert!(texts(&refused).contains(reason), "{refused:?}");
        told += &texts(&refused);
    }
    let missing = place
        .connect(ENCODED, "sslmode=verify-full&sslrootcert=/nowhere")
        .await;
    let missing = missing.unwrap_err();
    assert!(
        matches!(missing, ConnectError::Unreachable { .. }),
        "{missing:?}"
    );
    told += &texts(&missing);
    for secret in [PASSWORD, ENCODED] {
        assert!(!told.contains(secret), "{told}");
    }
}
