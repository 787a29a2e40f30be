//! The files of a folder: created late, lost, foreign, damaged, left by a process that ended.

use std::path::Path;

use read_models_sqlite::{SqliteReadModels, sqlx};
use read_side::{ProjectionError, ReadModelError, ReadModelStore};
use shared_kernel::GlobalPosition;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

use crate::fixture::{Lamps, World, create, definition, leased, model, value};

const COUNT: &str = "SELECT count(*) FROM lamps";

fn build_file(world: &World, number: u32) -> std::path::PathBuf {
    world.folder().join(format!("lamps.v1.{number}.views"))
}

fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let name = format!("{}{suffix}", path.display());
        drop(std::fs::remove_file(name));
    }
}

#[tokio::test]
async fn nothing_is_created_before_the_first_write() {
    let world = World::new();
    let models = world.models();
    assert!(models.builds(&model("lamps")).await.unwrap().is_empty());
    let lamps = world.projector(Lamps);
    let live = lamps.live().await;
    assert!(matches!(live, Err(ProjectionError::NotBuilt { .. })));
    assert!(!world.folder().exists());
    lamps.catch_up().await.unwrap();
    assert_eq!(world.file_names(), ["catalog.db", "lamps.v1.1.views"]);
}

#[tokio::test]
async fn a_missing_folder_above_is_named() {
    let world = World::new();
    let folder = world.folder().join("deep");
    let models = SqliteReadModels::open(&folder);
    let error = create(&models, "lamps").await.unwrap_err();
    let message = error.to_string();
    let expected = format!("the folder {} does not exist", world.folder().display());
    assert!(message.contains(&expected), "{message}");
}

#[tokio::test]
async fn a_lost_file_is_built_again() {
    let world = World::new();
    world.dim("lamp-1", "1").await;
    let lamps = world.projector(Lamps);
    lamps.catch_up().await.unwrap();
    let lost = lamps.live().await.unwrap().record.build;
    remove(&build_file(&world, 1));
    let gone = lamps.models().progress(&lost).await;
    assert!(matches!(gone, Err(ReadModelError::NoSuchBuild { .. })));

    assert_eq!(lamps.catch_up().await.unwrap(), GlobalPosition::from(1));
    let build = lamps.live().await.unwrap().record.build;
    assert_eq!(build.number, 2);
    assert_eq!(value(lamps.models(), &build, COUNT).await, 1);
}

#[tokio::test]
async fn a_foreign_file_is_passed_over_and_stays_as_it_is() {
    let world = World::new();
    world.dim("lamp-1", "1").await;
    let lamps = world.projector(Lamps);
    lamps.catch_up().await.unwrap();
    let path = build_file(&world, 1);
    remove(&path);
    std::fs::write(&path, "a letter").unwrap();
    let build = lamps.live().await.unwrap_err();
    assert!(
        matches!(build, ProjectionError::NotBuilt { .. }),
        "{build:?}"
    );

    lamps.catch_up().await.unwrap();
    let build = lamps.live().await.unwrap().record.build;
    assert_eq!(value(lamps.models(), &build, COUNT).await, 1);
    assert_eq!(std::fs::read(&path).unwrap(), b"a letter");
}

#[tokio::test]
async fn a_file_under_the_name_of_another_build_is_refused() {
    let world = World::new();
    let models = world.models();
    let build = leased(&models).await.build;
    create(&models, "other").await.unwrap();
    let path = world.folder().join("other.v1.1.views");
    remove(&build_file(&world, 1));
    std::fs::copy(path, build_file(&world, 1)).unwrap();
    let error = models.progress(&build).await.unwrap_err().to_string();
    assert!(error.contains("the file of other.v1.1"), "{error}");
}

#[tokio::test]
async fn a_damaged_catalog_is_named_and_can_be_moved_away() {
    let world = World::new();
    world.dim("lamp-1", "1").await;
    world.projector(Lamps).catch_up().await.unwrap();
    let catalog = world.folder().join("catalog.db");
    for content in ["a letter".to_owned(), "SQLite format 3\0".repeat(1_000)] {
        std::fs::write(&catalog, content).unwrap();
        let models = world.models();
        let error = models.builds(&model("lamps")).await.unwrap_err();
        let ReadModelError::Unusable { location, obstacle } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(*location, catalog.display().to_string());
        let advice = format!("move {} away", world.folder().display());
        assert!(obstacle.contains(&advice), "{obstacle}");
        let created = create(&models, "lamps").await.unwrap_err();
        assert!(matches!(created, ReadModelError::Unusable { .. }));
    }
    std::fs::rename(world.folder(), world.folder().with_extension("old")).unwrap();
    let lamps = world.projector(Lamps);
    assert_eq!(lamps.catch_up().await.unwrap(), GlobalPosition::from(1));
}

#[tokio::test]
async fn a_damaged_build_is_passed_over_and_built_again() {
    let world = World::new();
    world.dim("lamp-1", "1").await;
    world.projector(Lamps).catch_up().await.unwrap();
    let path = build_file(&world, 1);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096..].fill(b'x');
    remove(&path);
    std::fs::write(&path, bytes).unwrap();
    let lamps = world.projector(Lamps);
    lamps.catch_up().await.unwrap();
    assert!(path.exists());
    assert_eq!(lamps.live().await.unwrap().record.build.number, 2);
}

/// Overwrites a page of a table. The header of the file and its name can still be read.
async fn damage_table(path: &Path, table: &str) {
    let options = SqliteConnectOptions::new().filename(path);
    let mut sqlite = options.connect().await.unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?";
    let page: u64 = sqlx::query_scalar::<_, i64>(sql)
        .bind(table)
        .fetch_one(&mut sqlite)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    sqlite
        .execute("PRAGMA journal_mode = DELETE")
        .await
        .unwrap();
    sqlite.close().await.unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    let start = usize::try_from((page - 1) * 4096).unwrap();
    bytes[start..start + 4096].fill(0xff);
    remove(path);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_rebuild_leaves_an_unreadable_old_build_aside() {
    for table in [
        "annals_skipped",
        "annals_progress",
        "annals_parked",
        "lamps",
    ] {
        let world = World::new();
        world.dim("lamp-1", "1").await;
        world.projector(Lamps).catch_up().await.unwrap();
        damage_table(&build_file(&world, 1), table).await;
        let bytes = std::fs::read(build_file(&world, 1)).unwrap();

        let lamps = world.projector(Lamps);
        for number in [2, 3] {
            let reached = lamps
                .rebuild()
                .await
                .unwrap_or_else(|e| panic!("{table}: {e:?}"));
            assert_eq!(reached, GlobalPosition::from(1));
            let live = lamps.live().await.unwrap();
            assert_eq!(live.record.build.number, number);
            assert_eq!(value(lamps.models(), &live.record.build, COUNT).await, 1);
        }
        // The second rebuild removes it only if it is sure that the build has no owner.
        let left = std::fs::read(build_file(&world, 1)).ok();
        assert_eq!(
            left,
            (table == "annals_progress").then_some(bytes),
            "{table}"
        );
    }
}

#[tokio::test]
async fn an_unreadable_unfinished_build_is_passed_over() {
    let world = World::new();
    world.dim("lamp-1", "101").await;
    world.projector(Lamps).catch_up().await.unwrap_err();
    damage_table(&build_file(&world, 1), "annals_progress").await;
    let lamps = world.projector(Lamps);
    let stopped = lamps.catch_up().await.unwrap_err();
    assert!(
        matches!(stopped, ProjectionError::Stopped(_)),
        "{stopped:?}"
    );
    assert!(build_file(&world, 2).exists());
}

#[tokio::test]
async fn files_without_a_row_are_removed_and_others_stay() {
    let world = World::new();
    let models = world.models();
    leased(&models).await;
    let folder = world.folder();
    std::fs::copy(build_file(&world, 1), build_file(&world, 9)).unwrap();
    let copy = SqliteConnectOptions::new().filename(build_file(&world, 9));
    let mut copy = copy.connect().await.unwrap();
    copy.execute("UPDATE annals_build SET name = 'lamps.v1.9'")
        .await
        .unwrap();
    copy.close().await.unwrap();
    std::fs::write(folder.join("lamps.v1.9.views-wal"), "x").unwrap();
    std::fs::write(folder.join("lamps.v1.7.views-wal"), "x").unwrap();
    std::fs::write(folder.join("lamps.v1.8.views"), "a letter").unwrap();
    std::fs::write(folder.join("lamps.v1.8.views.txt"), "a letter").unwrap();
    let second = leased(&models).await.build;
    assert_eq!(second.number, 2);
    let names = [
        "catalog.db",
        "lamps.v1.1.views",
        "lamps.v1.2.views",
        "lamps.v1.8.views",
        "lamps.v1.8.views.txt",
    ];
    assert_eq!(world.file_names(), names);
    assert!(!folder.join("lamps.v1.7.views-wal").exists());
    assert!(!folder.join("lamps.v1.9.views-wal").exists());
}

#[tokio::test]
async fn a_removed_build_is_gone_for_every_handle_and_its_number_too() {
    let world = World::new();
    let (one, two) = (world.models(), world.models());
    let lease = leased(&one).await;
    let tx = one.begin(&lease).await.unwrap();
    two.remove_build(&lease.build).await.unwrap();
    two.remove_build(&lease.build).await.unwrap();
    assert_eq!(world.file_names(), ["catalog.db"]);
    let committed = one.commit(tx, &lease, crate::fixture::step(1, 2)).await;
    assert!(matches!(committed, Err(ReadModelError::NoSuchBuild { .. })));
    let read = one.reader(&lease.build).await.map(drop);
    assert!(matches!(read, Err(ReadModelError::NoSuchBuild { .. })));
    one.release(&lease).await.unwrap();
    // An owner of the removed build never meets another build of its name.
    assert_eq!(leased(&one).await.build.number, 2);
}

#[tokio::test]
async fn a_handle_that_only_reads_writes_nothing() {
    let world = World::new();
    world.dim("lamp-1", "1").await;
    let lamps = world.projector(Lamps);
    lamps.catch_up().await.unwrap();
    let build = lamps.live().await.unwrap().record.build;
    let models = world.models().read_only();
    assert_eq!(models.builds(&build.model).await.unwrap().len(), 1);
    assert_eq!(models.progress(&build).await.unwrap()[0].through, 1.into());
    assert_eq!(value(&models, &build, COUNT).await, 1);
    let sum = models.checksum(&build).await.unwrap();
    assert_eq!(sum, lamps.models().checksum(&build).await.unwrap());

    let created = models.create_build(&build.model, 2, &definition()).await;
    let removed = models.remove_build(&build).await;
    let switched = models.switch(&build, Some(&build)).await;
    let holder = crate::fixture::holder("two");
    let claimed = models.claim(&build, 0, &holder, crate::fixture::TTL).await;
    for result in [created.map(drop), removed, switched, claimed.map(drop)] {
        let error = result.unwrap_err();
        assert!(error.to_string().contains("for reading only"), "{error}");
    }
}

#[tokio::test]
async fn a_temporary_folder_goes_with_its_last_handle() {
    let models = SqliteReadModels::temporary().unwrap();
    let folder = models.folder().to_owned();
    let clone = models.clone();
    let build = leased(&models).await.build;
    drop(models);
    assert_eq!(clone.progress(&build).await.unwrap().len(), 2);
    assert!(folder.join("lamps.v1.1.views").exists());
    drop(clone);
    assert!(!folder.exists());
}
