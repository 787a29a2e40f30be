//! The completion scripts of the shells.

use std::io::Write;

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

/// Two items in one store, and one item in another one.
#[cfg(unix)]
fn with_items() -> Desk {
    let desk = Desk::new();
    desk.done(&["add", "Write"]);
    desk.done(&["add", "Read"]);
    desk.done(&["add", "Other", "--store", "other.annals"]);
    desk
}

/// Command lines, and the words with which zsh and fish complete them.
#[cfg(unix)]
const LINES: [(&str, &str); 12] = [
    ("annals sho", "show"),
    ("annals show WORK", "WORK-001 WORK-002"),
    ("annals test-run W", "WORK-001 WORK-002"),
    ("annals depend WORK-001 --on W", "WORK-001 WORK-002"),
    ("annals add x --parent W", "WORK-001 WORK-002"),
    (
        "annals list --status ",
        "blocked cancelled done in_progress pending",
    ),
    ("annals list --type s", "spike story subtask"),
    ("annals prioritise WORK-001 c", "critical"),
    ("annals --store other.annals show W", "WORK-001"),
    ("annals show --store=other.annals W", "WORK-001"),
    ("annals show --store ~/other.annals W", "WORK-001"),
    ("annals show --store=~/other.annals W", "WORK-001"),
];

/// Whether a shell is there. Without it, its test does nothing, and says so.
#[cfg(unix)]
fn has(shell: &str) -> bool {
    let found = std::process::Command::new(shell).arg("--version").output();
    if found.is_err() {
        // The harness hides what a test prints.
        let text = format!("SKIPPED: there is no {shell}, so its completions are not tested\n");
        std::io::stderr().write_all(text.as_bytes()).unwrap();
    }
    found.is_ok()
}

#[cfg(unix)]
#[test]
fn fish_completes_commands_words_and_items() {
    if !has("fish") {
        return;
    }
    let desk = with_items();
    let script = desk.done(&["completions", "fish"]);
    std::fs::write(desk.path("annals.fish"), script).unwrap();
    for (line, expected) in LINES {
        let script = format!("source annals.fish; complete -C '{line}'");
        let found = shell(&desk, "fish", &["--no-config", "-c", &script]);
        let words = found.lines().map(|line| line.split('\t').next().unwrap());
        let mut words: Vec<_> = words.collect();
        words.sort_unstable();
        assert_eq!(words.join(" "), expected, "{line}");
    }
}

/// The settings of a zsh on a terminal of its own. A tab prints each word that zsh would add, in a
/// line with `+`, and ends the shell.
#[cfg(unix)]
const ZSH_SETTINGS: &str = r#"
PROMPT= RPS1=
unsetopt zle_bracketed_paste
fpath=($PWD $fpath)
autoload -Uz compinit; compinit -u -D
compadd() {
    case " $* " in (*" -"[OAD]" "*) builtin compadd "$@"; return;; esac
    local -a found; builtin compadd -A found "$@"
    (( $#found )) && print -rl -- "" +$^found
    builtin compadd "$@"
}
press() { zle complete-word; print -r -- "=end="; exit }
zle -N press; bindkey "^I" press
print -r -- "=ready="
"#;

/// Types a line into such a zsh, and presses tab.
#[cfg(unix)]
const ZSH: &str = r#"
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'source ./settings.zsh'
while zpty -r shell line; do [[ $line == *'=ready='* ]] && break; done
zpty -n -w shell $LINE$'\t'
while zpty -r shell line; do
    [[ $line == *'=end='* ]] && break
    print -r -- $line
done
"#;

#[cfg(unix)]
#[test]
fn zsh_completes_commands_words_and_items() {
    if !has("zsh") {
        return;
    }
    let desk = with_items();
    let script = desk.done(&["completions", "zsh"]);
    std::fs::write(desk.path("_annals"), script).unwrap();
    std::fs::write(desk.path("settings.zsh"), ZSH_SETTINGS).unwrap();
    for (line, expected) in LINES {
        let script = format!("LINE='{line}'\n{ZSH}");
        let found = shell(&desk, "zsh", &["-f", "-c", &script]);
        let words = found
            .lines()
            .filter_map(|line| line.trim().strip_prefix('+'));
        let mut words: Vec<_> = words.collect();
        words.sort_unstable();
        assert_eq!(words.join(" "), expected, "{line}: {found}");
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_words_and_items() {
    let desk = with_items();
    desk.done(&["add", "x", "--store", "a:b@c=d"]);
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
        ("annals --store a:b@c=d show W", "WORK-001"),
    ] {
        assert_eq!(complete(&desk, line), expected, "{line}");
    }
}

/// The words with which bash completes a command line, in the order of the script.
#[cfg(unix)]
fn complete(desk: &Desk, line: &str) -> String {
    // Bash has each of these characters as a word of its own.
    let line = ["=", ":", "@"].iter().fold(line.to_owned(), |line, c| {
        line.replace(c, &format!(" {c} "))
    });
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
    shell(desk, "bash", &["-c", &script]).trim_end().to_owned()
}

/// The output of a shell in which `annals` is this program.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the shell keeps its path")]
fn shell(desk: &Desk, shell: &str, arguments: &[&str]) -> String {
    use std::path::Path;
    use std::process::{Command, Stdio};

    let program = Path::new(env!("CARGO_BIN_EXE_annals"));
    let mut path = program.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let run = Command::new(shell)
        .args(arguments)
        .current_dir(desk.path(""))
        .env("PATH", path)
        .env("HOME", desk.path(""))
        .env("TERM", "xterm")
        .env("ANNALS_STORE", desk.store())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&run.stderr);
    assert_eq!(err, "", "{arguments:?}");
    String::from_utf8(run.stdout).unwrap()
}
