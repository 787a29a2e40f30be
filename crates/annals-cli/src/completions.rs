//! The completion scripts of the shells.
//!
//! `clap_complete` writes scripts that complete commands, options and words. For bash, zsh and fish
//! this module adds the items: the scripts get them from `annals completions --items`, with the
//! `--store` of the command line.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::Cli;

/// The script of a shell.
pub(crate) fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "annals", &mut script);
    let Ok(text) = str::from_utf8(&script) else {
        return script;
    };
    match shell {
        Shell::Bash => bash(text).into_bytes(),
        Shell::Zsh => zsh(text).into_bytes(),
        Shell::Fish => fish(text).into_bytes(),
        _ => script,
    }
}

/// The options with an item as their value.
const OPTIONS: [&str; 2] = ["on", "parent"];

/// The names of the commands whose first argument is an item.
fn commands_on_items() -> Vec<String> {
    let cli = Cli::command();
    let takes_item = |command: &&clap::Command| {
        let mut arguments = command.get_positionals();
        arguments.any(|argument| argument.get_id() == "item")
    };
    let commands = cli.get_subcommands().filter(takes_item);
    commands
        .map(|command| command.get_name().to_owned())
        .collect()
}

/// In bash, a command has a case with its words in `opts`, and each of its options a case with the
/// files that can follow it.
fn bash(script: &str) -> String {
    const ITEMS: &str = "\
_annals_items() {
    local i n word store=()
    [[ ${cur} == -* ]] && return
    for ((i = 1; i < COMP_CWORD - 1; i++)); do
        [[ ${COMP_WORDS[i]} == --store ]] || continue
        ((n = i + 1))
        [[ ${COMP_WORDS[n]} == '=' ]] && ((n++))
        word=${COMP_WORDS[n]}
        # Each of these characters in an address is a word of its own.
        while [[ ${COMP_WORDS[n + 1]} == [:@=] ]]; do
            word+=${COMP_WORDS[n + 1]}${COMP_WORDS[n + 2]}
            ((n += 2))
        done
        [[ ${word} == '~/'* ]] && word=${HOME}${word:1}
        store=(--store \"${word}\")
    done
    annals completions --items \"${store[@]}\" 2>/dev/null | cut -f1
}
";
    let commands: Vec<_> = commands_on_items()
        .iter()
        .map(|name| format!("annals__subcmd__{})", name.replace('-', "__subcmd__")))
        .collect();
    let options = OPTIONS.map(|option| format!("--{option})"));
    let mut before = "";
    let mut text = ITEMS.to_owned();
    for line in script.lines() {
        if commands.iter().any(|command| *command == before) && line.trim().starts_with("opts=") {
            text.push_str(line.strip_suffix('"').unwrap_or(line));
            text.push_str(" $(_annals_items)\"");
        } else if options.iter().any(|option| *option == before) {
            text.push_str(&line.replace("-f \"", "-W \"$(_annals_items)\" -- \""));
        } else {
            text.push_str(line);
        }
        text.push('\n');
        before = line.trim();
    }
    text
}

/// In zsh, each argument is a line that ends with the function for its values.
fn zsh(script: &str) -> String {
    const ITEMS: &str = "
_annals_items() {
    local -a items store
    local word before=
    for word in ${(Q)${(z)BUFFER}}; do
        [[ $before == --store ]] && store=(--store ${word/#\\~/$HOME})
        [[ $word == --store=* ]] && store=(--store ${${word#--store=}/#\\~/$HOME})
        before=$word
    done
    items=(${(f)\"$(annals completions --items $store 2>/dev/null | tr '\\t' ':')\"})
    _describe 'item' items
}
";
    let mut text = String::new();
    let mut lines = script.lines().peekable();
    while let Some(line) = lines.next() {
        let is_item = line.starts_with("':item -- ")
            || line.starts_with("'::item -- ")
            || line.contains(":ITEM:_default");
        match line.strip_prefix("'*::item -- ") {
            Some(rest) => {
                // Behind `*::`, zsh would complete no options any more, and behind `*:` no other
                // word.
                let has_word = lines.peek().is_some_and(|next| next.starts_with("':"));
                let several = if has_word { "" } else { "*" };
                let rest = rest.replace(":_default", ":_annals_items");
                text.push_str(&format!("'{several}:item -- {rest}"));
            }
            None if is_item => text.push_str(&line.replace(":_default", ":_annals_items")),
            None => text.push_str(line),
        }
        text.push('\n');
        if line.starts_with("#compdef") {
            text.push_str(ITEMS);
        }
    }
    text
}

/// The commands with words among their arguments, and these words. The script for fish lacks them.
fn words_of_commands() -> Vec<(String, String)> {
    let cli = Cli::command();
    let mut commands = Vec::new();
    for command in cli.get_subcommands() {
        let arguments = command.get_positionals();
        let words = arguments.flat_map(clap::Arg::get_possible_values);
        let words: Vec<_> = words.map(|word| word.get_name().to_owned()).collect();
        if !words.is_empty() {
            commands.push((command.get_name().to_owned(), words.join(" ")));
        }
    }
    commands
}

/// In fish, each `complete` adds to the others.
fn fish(script: &str) -> String {
    const ITEMS: &str = "-f -a \"(__fish_annals_items)\"";
    const FUNCTION: &str = "
function __fish_annals_items
    set -l words (commandline -opc)
    set -l store
    for i in (seq (count $words))
        switch $words[$i]
            case --store
                set -l next (math $i + 1)
                set store --store (string replace -r -- '^~' $HOME $words[$next])
            case '--store=*'
                set store (string replace -r -- '^--store=~' --store=$HOME $words[$i])
        end
    end
    annals completions --items $store 2>/dev/null
end
";
    let using = format!(
        "__fish_annals_using_subcommand {}",
        commands_on_items().join(" ")
    );
    let mut text = format!("{script}{FUNCTION}complete -c annals -n \"{using}\" {ITEMS}\n");
    for (command, words) in words_of_commands() {
        let using = format!("__fish_annals_using_subcommand {command}");
        text.push_str(&format!(
            "complete -c annals -n \"{using}\" -f -a \"{words}\"\n"
        ));
    }
    for option in OPTIONS {
        let using = "__fish_annals_using_subcommand add depend undepend";
        text.push_str(&format!(
            "complete -c annals -n \"{using}\" -l {option} -r {ITEMS}\n"
        ));
    }
    text
}
