//! The schemas of builds: what is there, what is removed, and who may do that.

use read_side::{Build, ReadModelError, ReadModelStore};

use crate::fixture::{Lamps, TTL, World, create, definition, holder, leased, model, models, value};

const SCHEMAS: &str = "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace
    WHERE nspname LIKE 'annals%'";

#[tokio::test]
async fn nothing_is_created_before_the_first_write() {
    let world = World::new();
    let models = world.models().await;
    assert_eq!(models.builds(&model("lamps")).await.unwrap(), []);
    let build = Build {
        model: model("lamps"),
        version: 1,
        number: 1,
    };
    let missing = models.progress(&build).await;
    assert!(
        matches!(missing, Err(ReadModelError::NoSuchBuild { .. })),
        "{missing:?}"
    );
    let missing = models.switch(&build, None).await;
    assert!(
        matches!(missing, Err(ReadModelError::NoSuchBuild { .. })),
        "{missing:?}"
    );
    assert!(models.reader(&build).await.is_err());
    models.remove_build(&build).await.unwrap();
    assert_eq!(world.sql(SCHEMAS).unwrap(), "");
}

#[tokio::test]
async fn a_rebuild_has_the_same_rows_in_another_schema() {
    let world = World::new();
    for number in 0..100 {
        let lamp = format!("lamp-{}", number % 7);
        world.dim(&lamp, &number.to_string()).await;
    }
    let lamps = world.projector(Lamps).await;
    lamps.catch_up().await.unwrap();
    let first = lamps.live().await.unwrap().record.build;
    let before = lamps.models().checksum(&first).await.unwrap();
    lamps.rebuild().await.unwrap();
    let second = lamps.live().await.unwrap().record.build;
    assert_ne!(first, second);
    assert_eq!(lamps.models().checksum(&second).await.unwrap(), before);
    let proof = lamps.prove().await.unwrap();
    assert!(proof.holds(), "{proof}");
    let both = "annals_lamps_v1_1 annals_lamps_v1_2 annals_views";
    assert_eq!(world.sql(SCHEMAS).unwrap(), both);
    lamps.switch_back().await.unwrap();
    assert_eq!(lamps.live().await.unwrap().record.build, first);

    lamps.models().remove_build(&second).await.unwrap();
    assert_eq!(
        world.sql(SCHEMAS).unwrap(),
        "annals_lamps_v1_1 annals_views"
    );
    // Its number is not used again.
    assert_eq!(create(lamps.models(), "lamps").await.number, 4);
}

#[tokio::test]
async fn a_schema_that_was_dropped_counts_as_no_build() {
    let world = World::new();
    let lamps = world.projector(Lamps).await;
    world.dim("lamp-1", "40").await;
    lamps.catch_up().await.unwrap();
    world.sql("DROP SCHEMA annals_lamps_v1_1 CASCADE").unwrap();
    assert_eq!(lamps.models().builds(&model("lamps")).await.unwrap(), []);
    assert_eq!(lamps.catch_up().await.unwrap(), 1.into());
    let build = lamps.live().await.unwrap().record.build;
    assert_eq!(build.number, 2);
    assert_eq!(
        value(lamps.models(), &build, "SELECT count(*) FROM lamps").await,
        1
    );
}

#[tokio::test]
async fn a_schema_of_another_program_keeps_its_name() {
    let world = World::new();
    let models = world.models().await;
    world.sql("CREATE SCHEMA annals_lamps_v1_1").unwrap();
    let build = create(&models, "lamps").await;
    assert_eq!(build.number, 2);
    let foreign = Build { number: 1, ..build };
    models.remove_build(&foreign).await.unwrap();
    let schemas = "annals_lamps_v1_1 annals_lamps_v1_2 annals_views";
    assert_eq!(world.sql(SCHEMAS).unwrap(), schemas);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_create_the_catalog_at_once() {
    let world = World::new();
    let (one, two) = (world.models().await, world.models().await);
    let (one, two) = tokio::join!(create(&one, "lamps"), create(&two, "lamps"));
    let mut numbers = [one.number, two.number];
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
}

#[tokio::test]
async fn a_reader_keeps_its_rows_and_its_build() {
    let world = World::new();
    let models = world.models().await;
    let build = leased(&models).await.build;
    let reader = models.reader(&build).await.unwrap();
    let busy = models.remove_build(&build).await;
    assert!(matches!(busy, Err(ReadModelError::Busy { .. })), "{busy:?}");
    drop(reader);
    models.remove_build(&build).await.unwrap();
    assert!(models.builds(&build.model).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_role_without_the_right_to_create_is_told_which_right_it_needs() {
    let world = World::new();
    let database = world.address.rsplit('/').next().unwrap();
    let role = format!("reader_{database}");
    world.sql(&format!("CREATE ROLE {role} LOGIN")).unwrap();
    let reader = models(&world.server.address(&role, database)).await;
    let refused = reader.create_build(&model("lamps"), 1, &definition()).await;
    let Err(ReadModelError::Unusable { obstacle, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(obstacle.contains("GRANT CREATE ON DATABASE"), "{obstacle}");

    // With the right to read, it reads, and cannot take a segment.
    let build = leased(&world.models().await).await.build;
    let grant = format!(
        "GRANT USAGE ON SCHEMA annals_views, annals_lamps_v1_1 TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA annals_views, annals_lamps_v1_1 TO {role}"
    );
    world.sql(&grant).unwrap();
    assert_eq!(value(&reader, &build, "SELECT count(*) FROM t").await, 0);
    let refused = reader.claim(&build, 1, &holder("reader"), TTL).await;
    assert!(
        matches!(refused, Err(ReadModelError::Unusable { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_server_that_takes_no_writes_says_so() {
    let world = World::new();
    let build = leased(&world.models().await).await.build;
    let database = world.address.rsplit('/').next().unwrap();
    let read_only = format!("ALTER DATABASE {database} SET default_transaction_read_only = on");
    world.sql(&read_only).unwrap();
    let standby = world.models().await;
    assert_eq!(value(&standby, &build, "SELECT count(*) FROM t").await, 0);
    let refused = standby.claim(&build, 1, &holder("one"), TTL).await;
    let Err(ReadModelError::Unusable { obstacle, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(obstacle.contains("takes no writes"), "{obstacle}");
}

#[tokio::test]
async fn the_checksum_is_one_of_all_rows() {
    let world = World::new();
    world.dim("lamp-1", "40").await;
    let lamps = world.projector(Lamps).await;
    lamps.catch_up().await.unwrap();
    let build = lamps.live().await.unwrap().record.build;
    let mut known = vec![lamps.models().checksum(&build).await.unwrap()];
    for change in [
        "UPDATE lamps SET percent = 41",
        "UPDATE changes SET text = 'none'",
        "UPDATE changes SET text = ''",
        "INSERT INTO annals_rows VALUES ('a', 'b', '\\x00')",
        "INSERT INTO annals_rows VALUES ('a', 'c', '')",
        "CREATE TABLE annalss (x bigint, percent text); INSERT INTO annalss VALUES (1)",
        "UPDATE annalss SET percent = ''",
        "ALTER TABLE annalss ALTER x TYPE text",
        "DELETE FROM annalss",
    ] {
        world
            .sql(&format!("SET search_path = annals_lamps_v1_1; {change}"))
            .unwrap();
        let new = lamps.models().checksum(&build).await.unwrap();
        assert!(!known.contains(&new), "{change}");
        known.push(new);
    }
}
