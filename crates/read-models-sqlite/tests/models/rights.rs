//! A user who may not write: a child process, as the user "nobody" under root.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use read_models_sqlite::SqliteReadModels;
use read_side::{ReadModelError, ReadModelStore};

use crate::fixture::{World, create, leased, model};

const NOBODY: u32 = 65534;

/// Runs an ignored test of this file as a user who may not write into `folder`.
fn run(test: &str, folder: &Path) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", &format!("rights::{test}")])
        .args(["--ignored", "--nocapture"])
        .env("MODELS_FOLDER", folder);
    if std::fs::metadata(folder).unwrap().uid() == 0 {
        child.uid(NOBODY).gid(NOBODY);
    }
    assert!(child.status().unwrap().success());
}

#[expect(
    clippy::disallowed_methods,
    reason = "the parent hands the folder over by the environment"
)]
fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("MODELS_FOLDER").unwrap())
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_user_who_may_not_write_reads_beside_an_owner() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    set_mode(world.folder().parent().unwrap(), 0o755);
    set_mode(&world.folder(), 0o555);
    // The owner is at work: the log of the build and its index are there.
    let tx = models.begin(&lease).await.unwrap();
    run("reads_and_cannot_write", &world.folder());
    drop(tx);
    set_mode(&world.folder(), 0o755);
}

#[tokio::test]
async fn a_user_who_may_not_create_the_folder_is_told_where() {
    let world = World::new();
    let parent = world.folder().parent().unwrap().to_owned();
    set_mode(&parent, 0o555);
    run("cannot_create", &parent);
    set_mode(&parent, 0o755);
}

#[tokio::test]
#[ignore = "the process of another user"]
async fn reads_and_cannot_write() {
    let models = SqliteReadModels::open(folder());
    let error = create(&models, "lamps").await.unwrap_err();
    let ReadModelError::Unusable { obstacle, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(obstacle.contains("(owner "), "{obstacle}");
    assert!(
        obstacle.contains("SqliteReadModels::temporary"),
        "{obstacle}"
    );

    let models = models.read_only();
    let builds = models.builds(&model("lamps")).await.unwrap();
    let progress = models.progress(&builds[0].build).await.unwrap();
    assert_eq!(progress[0].through, 1.into());
}

#[tokio::test]
#[ignore = "the process of another user"]
async fn cannot_create() {
    let models = SqliteReadModels::open(folder().join("lamps.annals-views"));
    assert!(models.builds(&model("lamps")).await.unwrap().is_empty());
    let error = create(&models, "lamps").await.unwrap_err();
    let ReadModelError::Unusable { obstacle, .. } = &error else {
        panic!("{error:?}");
    };
    let expected = format!("{} (owner ", folder().display());
    assert!(obstacle.contains(&expected), "{obstacle}");
    let temporary = SqliteReadModels::temporary().unwrap();
    leased(&temporary).await;
}
