//! Steps: running the program.

use std::path::PathBuf;

use cucumber::{given, when};

use super::Beside;
use crate::place::{StoreKind, empty_database};
use crate::world::AnnalsWorld;

#[given("there is no store yet")]
fn no_store_yet(world: &mut AnnalsWorld) {
    let nowhere = "not-made-yet.annals";
    world.program.elsewhere = Some(match world.place().kind() {
        StoreKind::Memory => PathBuf::from(format!("/{nowhere}")),
        StoreKind::Sqlite => world.place().beside(nowhere),
        StoreKind::Postgres => empty_database(),
    });
}

#[given(regex = r"^everyone works in the folder (\S+)$")]
#[when(regex = r"^everyone works in the folder (\S+)$")]
fn works_in_folder(world: &mut AnnalsWorld, folder: String) {
    let folder = world.program.files().join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    world.program.folder = Some(folder);
}

#[given(regex = r"^ANNALS_STORE is (\S+)$")]
fn store_variable_is(world: &mut AnnalsWorld, path: PathBuf) {
    world.program.variable = Some(path);
}

#[given(regex = r"^(\w+) runs: (annals.*)$")]
async fn has_run(world: &mut AnnalsWorld, who: String, words: String) {
    run(world, &who, &words).await;
    let runs = std::mem::take(&mut world.program.runs);
    assert_eq!(runs[0].code, 0, "{runs:?}");
}

#[when(regex = r"^(\w+) runs: (annals.*)$")]
async fn runs(world: &mut AnnalsWorld, who: String, words: String) {
    run(world, &who, &words).await;
}

async fn run(world: &mut AnnalsWorld, who: &str, words: &str) {
    let words = split(world, words);
    let run = world.desk(who).run(words).await;
    world.program.runs.push(run);
}

#[when(regex = r"^(\d+) people at once run: (annals .*)$")]
async fn run_at_once(world: &mut AnnalsWorld, people: usize, words: String) {
    let words = split(world, &words);
    let runs = (0..people).map(|_| Beside::start(world.desk("somebody"), words.clone()));
    for run in runs.collect::<Vec<_>>() {
        world.program.runs.push(run.finish().await);
    }
}

#[when(regex = r"^the user (\S+) of the system runs: (annals .*)$")]
async fn system_user_runs(world: &mut AnnalsWorld, who: String, words: String) {
    let words = split(world, &words);
    let mut desk = world.desk(&who);
    desk.is_in_database = true;
    let run = desk.run(words).await;
    world.program.runs.push(run);
}

#[given(regex = r"^(\w+) follows with: (annals .*)$")]
fn follows(world: &mut AnnalsWorld, who: String, words: String) {
    let words = split(world, &words);
    let follower = Beside::start(world.desk(&who), words);
    world.program.followers.insert(who, follower);
}

/// Splits a command line as a shell does: single quotes keep words together. `{folder}` is the
/// folder of the store, `{new}` a further store, `{files}` the folder of the scenario's files,
/// `{role}` the role for the program, `{U+202E}` a character.
pub(super) fn split(world: &AnnalsWorld, line: &str) -> Vec<String> {
    let line = match line.contains("{folder}") {
        true => line.replace("{folder}/", &world.place().beside("").display().to_string()),
        false => line.to_owned(),
    };
    let line = match line.contains("{new}") {
        true => line.replace("{new}", &world.place().further().display().to_string()),
        false => line,
    };
    let line = match &world.program.files {
        Some(files) => line.replace("{files}", &files.path().display().to_string()),
        None => line,
    };
    let line = match &world.program.role {
        Some(role) => line.replace("{role}", role),
        None => line,
    };
    let line = decoded(&line);
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// The text with the characters that `{U+202E}` and the like stand for.
pub(crate) fn decoded(text: &str) -> String {
    let mut parts = text.split("{U+");
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once('}').expect("a closing brace");
        let number = u32::from_str_radix(number, 16).expect("a number");
        decoded.push(char::from_u32(number).expect("a character"));
        decoded.push_str(rest);
    }
    decoded
}
