//! The completion scripts of the shells.

use crate::program::Desk;

#[test]
fn the_items_are_lines_with_numbers_and_titles() {
    let desk = Desk::new();
    desk.done(&["add", "Write: the report"]);
    desk.done(&["add", "Read it"]);
    let items = desk.done(&["completions", "--items"]);
    assert_eq!(items, "WORK-001\tWrite: the report\nWORK-002\tRead it\n");
    assert_eq!(desk.run(&["completions"]).code, Some(2));
}

#[test]
fn the_scripts_ask_for_items_where_an_item_can_stand() {
    let desk = Desk::new();
    let zsh = desk.done(&["completions", "zsh"]);
    let of_items: Vec<_> = zsh
        .lines()
        .filter(|line| line.contains(":item -- ") || line.contains(":ITEM:"))
        .collect();
    // The commands on items, `--on` twice, and `--parent`.
    assert!(of_items.len() > 20, "{of_items:?}");
    for line in of_items {
        assert!(line.contains(":_annals_items'"), "{line}");
    }
    assert!(zsh.contains("_annals_items() {"));
    let fish = desk.done(&["completions", "fish"]);
    assert_eq!(fish.matches("(__fish_annals_items)").count(), 3);
    // Each script passes the store of its command line on.
    for script in [zsh, fish] {
        assert!(script.contains("completions --items"), "{script}");
        assert!(script.contains("--store"), "{script}");
    }
    for shell in ["elvish", "powershell"] {
        desk.done(&["completions", shell]);
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_words_and_items() {
    let desk = Desk::new();
    desk.done(&["add", "Write"]);
    desk.done(&["add", "Read"]);
    desk.done(&["add", "Other", "--store", "other.annals"]);
    let script = desk.done(&["completions", "bash"]);
    std::fs::write(desk.path("completion.bash"), script).unwrap();
    for (line, expected) in [
        ("annals show WORK", "WORK-001 WORK-002"),
        ("annals start WORK-002", "WORK-002"),
        ("annals test-run W", "WORK-001 WORK-002"),
        ("annals depend WORK-001 --on W", "WORK-001 WORK-002"),
        ("annals add x --parent W", "WORK-001 WORK-002"),
        (
            "annals list --status ",
            "pending in_progress blocked done cancelled",
        ),
        ("annals list --type s", "story subtask spike"),
        ("annals add x --risk T", "T1 T2 T3 T4"),
        ("annals add x --priority h", "high"),
        ("annals prioritise WORK-001 c", "critical"),
        ("annals depend WORK-001 --kind r", "relates"),
        ("annals --store other.annals show W", "WORK-001"),
        ("annals show --store=other.annals W", "WORK-001"),
        ("annals show --store ~/other.annals W", "WORK-001"),
        ("annals show --store nowhere.annals W", ""),
    ] {
        assert_eq!(complete(&desk, line), expected, "{line}");
    }
}

/// The words with which bash completes a command line, in the order of the script.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the shell keeps its path")]
fn complete(desk: &Desk, line: &str) -> String {
    use std::path::Path;
    use std::process::{Command, Stdio};

    let program = Path::new(env!("CARGO_BIN_EXE_annals"));
    let mut path = program.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    // Bash has `=` as a word of its own.
    let line = line.replace('=', " = ");
    let words: Vec<_> = line.split(' ').collect();
    let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
    let script = format!(
        "source completion.bash; COMP_WORDS=({}); COMP_CWORD={}; \
         _annals annals '{last}' '{before}'; echo \"${{COMPREPLY[*]}}\"",
        words
            .iter()
            .map(|word| format!("'{word}'"))
            .collect::<Vec<_>>()
            .join(" "),
        words.len() - 1,
    );
    let run = Command::new("bash")
        .args(["-c", &script])
        .current_dir(desk.path(""))
        .env("PATH", path)
        .env("HOME", desk.path(""))
        .env("ANNALS_STORE", desk.store())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&run.stderr);
    assert_eq!(err, "", "{line}");
    String::from_utf8(run.stdout).unwrap().trim_end().to_owned()
}
