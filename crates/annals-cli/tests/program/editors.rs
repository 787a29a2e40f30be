//! Texts from the editor of the user. A text that was written is never lost.

use std::os::unix::fs::PermissionsExt;

use crate::inside::Inside;
use crate::program::{Desk, Run};

/// A script that writes its first argument into the file, keeps what it found in `seen`, and ends
/// with its second argument as the exit code.
const SCRIPT: &str = "#!/bin/sh
for file; do :; done
cat \"$file\" >> seen
printf \"$1\" > \"$file\"
exit $2
";

fn with_editor() -> Desk {
    let desk = Desk::new();
    let seen = desk.path("seen");
    let script = SCRIPT.replace("seen", seen.to_str().unwrap());
    std::fs::write(desk.path("editor"), script).unwrap();
    std::fs::set_permissions(desk.path("editor"), PermissionsExt::from_mode(0o755)).unwrap();
    desk
}

/// Runs a command; the editor leaves this text, an argument of `printf`.
async fn edit(desk: &Desk, text: &str, code: u8, words: &[&str]) -> Run {
    let editor = format!("{} {text} {code}", desk.path("editor").display());
    Inside::on_terminal(desk, 80, &editor, words).await
}

/// The text in the file that the error of a run names. The file is removed.
fn kept(run: &Run) -> Option<Vec<u8>> {
    let (_, file) = run.err.rsplit_once("with --file ")?;
    let file = file.split_whitespace().next()?;
    let bytes = std::fs::read(file).ok()?;
    std::fs::remove_file(file).unwrap();
    Some(bytes)
}

#[tokio::test]
async fn an_editor_opens_for_a_missing_text() {
    let desk = with_editor();
    let run = edit(&desk, r"Title\r\n\r\nAbout\tit\r\n", 0, &["add"]).await;
    assert!(run.out.starts_with("WORK-001 Title: pending,"), "{run:?}");
    assert_eq!(desk.json(&["show", "1"])["description"], "About\tit");
    let run = edit(&desk, "new", 0, &["describe", "1"]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(desk.json(&["show", "1"])["description"], "new");
    let seen = std::fs::read_to_string(desk.path("seen")).unwrap();
    assert_eq!(seen, "About\tit", "the editor begins with the present text");

    let empty = Inside::on_terminal(&desk, 80, "true", &["note", "1"]).await;
    assert!(empty.err.contains("it is empty"), "{empty:?}");
    let missing = Inside::on_terminal(&desk, 80, "/nowhere/vi", &["note", "1"]).await;
    assert!(
        missing
            .err
            .contains("cannot start the editor `/nowhere/vi`"),
        "{missing:?}"
    );
    assert!(
        missing
            .err
            .contains("name another editor with VISUAL or EDITOR"),
        "{missing:?}"
    );
    let aborted = Inside::on_terminal(&desk, 80, "false", &["note", "1"]).await;
    assert!(
        aborted
            .err
            .contains("the editor `false` ended with exit status: 1"),
        "{aborted:?}"
    );
    assert!(aborted.err.contains("run the command again"), "{aborted:?}");
    let none = Inside::on_terminal(&desk, 80, "", &["note", "1"]).await;
    assert!(none.err.contains("VISUAL or EDITOR"), "{none:?}");
    for refused in [empty, missing, aborted, none] {
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert_eq!(kept(&refused), None, "{refused:?}");
    }
    assert_eq!(desk.json(&["show", "1"])["notes"], 0);
}

#[tokio::test]
async fn the_text_of_a_refused_command_is_kept_in_a_file() {
    let desk = with_editor();
    let long = "word".repeat(60);
    desk.done(&["add", "x"]);
    for (text, exit, words, code) in [
        // The text itself, the item, its version, its parent, the editor, and the store.
        (long.as_str(), 0, &["add"][..], 2),
        (r"a\377b", 0, &["note", "1"], 2),
        ("written", 0, &["note", "77"], 3),
        ("written", 0, &["note", "1", "--expect", "7"], 4),
        ("written", 0, &["add", "--parent", "77"], 3),
        ("written", 1, &["note", "1"], 2),
        ("written", 0, &["add", "--store", "/nowhere/store"], 5),
    ] {
        let run = edit(&desk, text, exit, words).await;
        assert_eq!(run.code, Some(code), "{words:?} {run:?}");
        let bytes = kept(&run).unwrap_or_else(|| panic!("{words:?} {run:?}"));
        let expected = text.replace(r"\377", "");
        let found: Vec<_> = bytes.into_iter().filter(u8::is_ascii).collect();
        assert_eq!(String::from_utf8(found).unwrap(), expected, "{words:?}");
    }
    assert_eq!(desk.json(&["show", "1"])["version"], 1);

    let run = edit(&desk, "written", 0, &["note", "77", "--format", "json"]).await;
    let error: serde_json::Value = serde_json::from_str(&run.err).unwrap();
    let file = error["error"]["kept_text"].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(file).unwrap(), "written");
    desk.done(&["note", "1", "--file", file]);
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn no_file_is_left_by_a_command_that_succeeds_or_has_no_new_text() {
    let desk = with_editor();
    desk.done(&["add", "x", "--description", "same"]);
    let same = edit(&desk, "same", 0, &["describe", "1"]).await;
    assert!(same.out.contains("(unchanged)"), "{same:?}");
    let aborted = edit(&desk, "same", 1, &["describe", "1"]).await;
    assert_eq!((aborted.code, kept(&aborted)), (Some(2), None));
    let folder = desk.path("drafts");
    std::fs::create_dir(&folder).unwrap();
    let script = format!("cp $1 {0}/ && printf y > $1", folder.display());
    std::fs::write(desk.path("editor"), format!("#!/bin/sh\n{script}\n")).unwrap();
    let editor = desk.path("editor");
    let done = Inside::on_terminal(&desk, 80, editor.to_str().unwrap(), &["note", "1"]).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    let name = std::fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name();
    assert!(!std::env::temp_dir().join(name).exists());
}
