//! Law 35 against a loss of power: an append is acknowledged only after its events are synced.
//!
//! A small library between the process and the system keeps an image of each file at its last sync:
//! a loss of power leaves at least that. The images must have all events that a process
//! acknowledged before it is killed.

use std::path::{Path, PathBuf};
use std::process::Command;

use persistence_sqlite::SqliteStore;
use shared_kernel::EventStore;

use crate::fixture::Place;
use crate::processes::assert_all_there;
use crate::writer_process::{Acknowledged, WriterProcess};

/// More than the process gets to do.
const ENDLESS: usize = usize::MAX;

/// Compiles the library. A C compiler is there wherever SQLite has been built.
fn library(place: &Place) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sqlite/durable_image.c");
    let library = place.path("durable_image.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status()
        .unwrap();
    assert!(compiled.success());
    library
}

/// Lets a process write until it has acknowledged `count` events, and kills it. Returns the images
/// of its files and the acknowledged events.
async fn lose_power(place: &Place, count: usize, mode: &str) -> (PathBuf, Vec<Acknowledged>) {
    // A store that is there already, and all of it on the disk.
    place.store().await.close().await;
    let images = place.path("images");
    std::fs::create_dir(&images).unwrap();
    std::fs::copy(place.store_path(), images.join("store.annals")).unwrap();
    let environment = [
        ("LD_PRELOAD", library(place)),
        ("DURABLE_FOLDER", images.clone()),
        ("WRITER_DURABILITY", mode.into()),
    ];
    let mut process =
        WriterProcess::start_in(&place.store_path(), 4, ENDLESS, 2, environment.to_vec());
    let mut told = Vec::new();
    while told.len() < count {
        told.push(process.next().await.unwrap());
    }
    told.extend(process.kill().await);
    (images.join("store.annals"), told)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_answered_has_events_that_are_synced() {
    let place = Place::new();
    let (image, told) = lose_power(&place, 200, "full").await;
    let store = SqliteStore::open(image).await.unwrap();
    assert_all_there(&store, &told).await;
}

/// The other test could not fail if the images were of unsynced files too.
#[tokio::test(flavor = "multi_thread")]
async fn the_weaker_mode_loses_what_its_name_says() {
    let place = Place::new();
    let (image, told) = lose_power(&place, 20, "weaker").await;
    let store = SqliteStore::open(image).await.unwrap();
    let last = told.last().unwrap();
    assert!(store.find_event(last.id).await.unwrap().is_none());
}
