//! The command `tour`: it shows real output and leaves no file behind.

use crate::program::{Desk, finish};

#[test]
fn the_tour_shows_a_history_and_leaves_nothing_behind() {
    let desk = Desk::new();
    let folder = desk.path("tmp");
    std::fs::create_dir(&folder).unwrap();
    let mut command = desk.command(&["tour"]);
    command.env("TMPDIR", &folder);
    let run = finish(command.spawn().unwrap());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    for words in [
        "quality gate L1 is not met",
        "in_progress → done",
        "expected version 7, found version 8",
        "taken at version 100",
        "the same state",
        "clean",
    ] {
        assert!(run.out.contains(words), "{words} in {}", run.out);
    }
    assert!(!desk.store().exists());
    if cfg!(unix) {
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    }
}

#[test]
fn the_tour_has_no_json_format() {
    assert_eq!(Desk::new().refused(&["tour"]).0, 2);
}
