//! The plans of the statements that read events: each finds its rows by an index.

use postgres_server::Server;
use shared_kernel::event::EventType;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId};

use super::{log, lookup, stream};
use crate::PostgresStore;

#[tokio::test]
async fn the_reads_use_the_indexes() {
    let server = Server::shared_or_skip();
    let address = server.new_database().unwrap();
    let database = address.rsplit('/').next().unwrap();
    let store = PostgresStore::connect(&address).await.unwrap();
    let kind = EventType::new("Happened").unwrap();
    let event = || NewEvent::with_fresh_id(kind.clone(), "{}").unwrap();
    for number in 0..20 {
        let events = (0..100).map(|_| event()).collect();
        let name = StreamId::new(format!("a-{number}")).unwrap();
        let appended = store.append_to(name, ExpectedVersion::Any, events);
        appended.await.unwrap();
    }
    let explain = |sql: &str, values: &str, mode: &str| {
        let (prepare, execute) = match values.is_empty() {
            true => (String::new(), sql.to_owned()),
            false => (
                format!("PREPARE read AS {sql};"),
                format!("EXECUTE read({values})"),
            ),
        };
        let explain = format!("SET plan_cache_mode = {mode}; {prepare} EXPLAIN {execute}");
        server.sql(database, &explain).unwrap()
    };
    let (forward, backward) = (log::forward(3, 16), log::backward(30, 16));
    // Without statistics, too, a page of the log does not sort the rest of the log.
    for page in [&forward, &backward] {
        let plan = explain(page, "", "auto");
        let index = "using events_pkey";
        assert!(plan.contains(index) && !plan.contains("Sort"), "{plan}");
    }
    server.sql(database, "ANALYZE").unwrap();
    let id = "'01900000-0000-7000-8000-000000000000'";
    let of_log = "events_pkey";
    let of_stream = "events_stream_version_key";
    for (sql, values, index) in [
        (&*forward, "", of_log),
        (&*backward, "", of_log),
        (
            log::FORWARD_FILTERED,
            "3, 900, 16, '{a}', '{Happened}', 1000",
            of_log,
        ),
        (
            log::BACKWARD_FILTERED,
            "3, 900, 16, '{a}', '{Happened}', 1000",
            of_log,
        ),
        (stream::FORWARD, "'a-7', 3, 9, 8", of_stream),
        (stream::BACKWARD, "'a-7', 3, 9, 8", of_stream),
        (stream::FROM_SNAPSHOT, "'a-7', 3, 9, 8, 's'", of_stream),
        (lookup::EVENT, id, "events_event_id_key"),
        (lookup::VERSION, "'a-7'", of_stream),
        (lookup::POSITION_AT, "1800000000000000", of_log),
        (lookup::STREAMS, "'', 'a', 'a.', 10, 'a'", of_stream),
    ] {
        for mode in ["force_custom_plan", "force_generic_plan"] {
            let plan = explain(sql, values, mode);
            let by_index = plan.contains(index) && !plan.contains("Seq Scan on events");
            assert!(by_index, "{mode}: {sql}\n{plan}");
        }
    }
}
