//! Builds beside each other, beside tables of other programs, and beside builds of other roles.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use read_models_postgres::sqlx::encode::IsNull;
use read_models_postgres::sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use read_models_postgres::sqlx::{self, Encode, Postgres, Row, Type};
use read_models_postgres::{PostgresReadModels, PostgresTx, Settings};
use read_side::{ApplyError, Lease, Projection, ReadModelError, ReadModelStore};
use shared_kernel::RecordedEvent;

use crate::fixture::{
    TTL, World, create, definition, holder, leased, model, models, projector, step, value,
};

/// Read models with one connection, so that all builds use the same one.
async fn single(address: &str) -> PostgresReadModels {
    let settings = Settings::new(Duration::from_secs(1), NonZeroU32::MIN);
    let models = PostgresReadModels::connect_with(address, &settings);
    models.await.unwrap()
}

/// A build with these tables.
async fn with_tables(models: &PostgresReadModels, name: &str, tables: &str) -> Lease {
    let build = create(models, name).await;
    let lease = models.claim(&build, 0, &holder("one"), TTL).await.unwrap();
    let mut tx = models.begin(&lease).await.unwrap();
    tx.script(tables).await.unwrap();
    models.commit(tx, &lease, step(0, 1)).await.unwrap();
    lease
}

/// A value of the type `color` of a build.
struct Color;

impl Type<Postgres> for Color {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("color")
    }
}

impl Encode<'_, Postgres> for Color {
    fn encode_by_ref(
        &self,
        buffer: &mut PgArgumentBuffer,
    ) -> Result<IsNull, Box<dyn std::error::Error + Send + Sync>> {
        buffer.extend_from_slice(b"red");
        Ok(IsNull::No)
    }
}

/// A projection with an enumeration, a domain and a composite type of its own.
struct Colors;

#[async_trait]
impl Projection<PostgresTx> for Colors {
    const NAME: &'static str = "colors";
    const VERSION: u32 = 1;

    async fn create(&self, tx: &mut PostgresTx) -> Result<(), ApplyError> {
        tx.script(
            "CREATE TYPE color AS ENUM ('red');
             CREATE DOMAIN percent AS bigint CHECK (VALUE <= 100);
             CREATE TYPE place AS (room text, shelf percent);
             CREATE TABLE colors (position bigint, color color, percent percent, place place,
                 source regclass DEFAULT 'colors')",
        )
        .await?;
        let first = sqlx::query("INSERT INTO colors VALUES (0, $1)");
        tx.execute(first.bind(Color)).await?;
        Ok(())
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut PostgresTx) -> Result<(), ApplyError> {
        let row = "INSERT INTO colors VALUES ($1, $2, $3, ROW ('hall', $3))";
        let row = sqlx::query(row).bind(event.position.as_i64());
        tx.execute(row.bind(Color).bind(40_i64)).await?;
        Ok(())
    }
}

#[tokio::test]
async fn types_of_a_projection_are_made_again_by_a_rebuild() {
    let world = World::new();
    world.dim("lamp-1", "40").await;
    let colors = projector(Colors, &world.log, single(&world.address).await);
    colors.catch_up().await.unwrap();
    for _ in 0..2 {
        colors.rebuild().await.unwrap();
        world.dim("lamp-1", "50").await;
        colors.catch_up().await.unwrap();
        let proof = colors.prove().await.unwrap();
        assert!(proof.holds(), "{proof}");
        let live = colors.live().await.unwrap();
        let mut rows = colors.models().reader(&live).await.unwrap();
        let red = sqlx::query_scalar("SELECT count(*) FROM colors WHERE color = $1");
        let red: i64 = red.bind(Color).fetch_one(&mut *rows).await.unwrap();
        assert_eq!(red, live.through().as_i64() + 1);
    }
}

#[tokio::test]
async fn a_reader_of_another_build_has_its_columns() {
    let world = World::new();
    let models = single(&world.address).await;
    let numbers = "CREATE TABLE items (id bigint, v bigint); INSERT INTO items VALUES (1, 2)";
    let numbers = with_tables(&models, "numbers", numbers).await.build;
    let texts = "CREATE TABLE items (id text, v text, w text);
        INSERT INTO items VALUES ('1', 'two', 'three')";
    let texts = with_tables(&models, "texts", texts).await.build;
    for (build, columns) in [(&numbers, 2), (&texts, 3), (&numbers, 2), (&texts, 3)] {
        let mut rows = models.reader(build).await.unwrap();
        for _ in 0..2 {
            let all = sqlx::query("SELECT * FROM items").fetch_all(&mut *rows);
            assert_eq!(all.await.unwrap()[0].len(), columns, "{build}");
            let known = sqlx::query("SELECT FROM items WHERE id::text = $1").bind("1");
            assert_eq!(known.fetch_all(&mut *rows).await.unwrap().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_projection_meets_no_table_of_another_program_by_its_name() {
    let world = World::new();
    world
        .sql("CREATE TABLE public.t (x bigint); INSERT INTO public.t VALUES (7)")
        .unwrap();
    let models = world.models().await;
    let build = create(&models, "lamps").await;
    let lease = models.claim(&build, 0, &holder("one"), TTL).await.unwrap();
    let mut tx = models.begin(&lease).await.unwrap();
    tx.script("DROP TABLE IF EXISTS t").await.unwrap();
    models.commit(tx, &lease, step(0, 1)).await.unwrap();
    for sql in ["DELETE FROM t", "INSERT INTO t VALUES (8)", "TRUNCATE t"] {
        let mut tx = models.begin(&lease).await.unwrap();
        let refused = tx.execute(sqlx::query(sql)).await;
        assert!(
            matches!(refused, Err(ReadModelError::Refused { .. })),
            "{sql}: {refused:?}"
        );
    }
    assert_eq!(world.sql("SELECT sum(x) FROM public.t").unwrap(), "7");
}

/// The statements that an error names.
fn grants(error: &ReadModelError) -> String {
    let ReadModelError::Unusable { obstacle, .. } = error else {
        panic!("{error:?}");
    };
    let named = obstacle.split("GRANT").skip(1);
    let named = named.map(|grant| format!("GRANT{};", grant.split(';').next().unwrap()));
    named.collect()
}

#[tokio::test]
async fn roles_keep_their_read_models_beside_each_other() {
    let world = World::new();
    let database = world.address.rsplit('/').next().unwrap();
    let mut both = Vec::new();
    for name in ["one", "my-two"] {
        let role = format!("{name}_{database}");
        world.sql(&format!("CREATE ROLE \"{role}\" LOGIN")).unwrap();
        both.push(models(&world.server.address(&role, database)).await);
    }
    let (one, two) = (&both[0], &both[1]);
    world
        .sql(&format!(
            "GRANT CREATE ON DATABASE {database} TO one_{database}"
        ))
        .unwrap();
    let first = create(one, "lamps").await;

    // One answer has all the rights that are missing.
    let refused = two.create_build(&model("rooms"), 1, &definition()).await;
    world.sql(&grants(&refused.unwrap_err())).unwrap();
    let second = create(two, "rooms").await;
    let switched = two.switch(&second, None).await;
    switched.unwrap();
    let number = create(one, "lamps").await.number;
    assert_eq!(number, 2);
    for (models, build) in [(one, &first), (two, &second)] {
        let builds = models.builds(&build.model).await.unwrap();
        assert!(builds.iter().any(|record| record.build == *build));
    }

    // The build of the other role, with what is missing to read it.
    let refused = two.reader(&first).await.unwrap_err();
    world.sql(&grants(&refused)).unwrap();
    assert_eq!(
        value(two, &first, "SELECT count(*) FROM annals_rows").await,
        0
    );
}

#[tokio::test]
async fn a_projection_that_may_not_write_a_table_says_so_and_names_no_other_right() {
    let world = World::new();
    let database = world.address.rsplit('/').next().unwrap();
    let role = format!("writer_{database}");
    let create = format!(
        "CREATE ROLE {role} LOGIN; GRANT CREATE ON DATABASE {database} TO {role};
         CREATE TABLE public.audit (x bigint)"
    );
    world.sql(&create).unwrap();
    let models = models(&world.server.address(&role, database)).await;
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    let refused = tx.execute(sqlx::query("INSERT INTO public.audit VALUES (1)"));
    let refused = refused.await.unwrap_err();
    assert_eq!(grants(&refused), "");
    let told = refused.to_string();
    assert!(told.contains("permission denied for table audit"), "{told}");
}

#[tokio::test]
async fn the_full_name_of_a_build_counts_and_not_only_its_schema() {
    let world = World::new();
    let models = world.models().await;
    let lease = leased(&models).await;
    // As if the schema of another long name had the same hash.
    world
        .sql("UPDATE annals_lamps_v1_1.annals_build SET name = 'rooms.v1.1'")
        .unwrap();
    let missing = models.begin(&lease).await.map(drop);
    assert!(
        matches!(missing, Err(ReadModelError::NoSuchBuild { .. })),
        "{missing:?}"
    );
    let missing = models.reader(&lease.build).await.map(drop);
    assert!(
        matches!(missing, Err(ReadModelError::NoSuchBuild { .. })),
        "{missing:?}"
    );
}
