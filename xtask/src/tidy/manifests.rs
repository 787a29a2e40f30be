//! Rules on Cargo.toml files: lints and versions stand once, at the root of the workspace.
//!
//! A package with a workspace of its own (the benches of peers, a fuzz target) is no member, and
//! free.

use toml::{Table, Value};

use super::file::{File, Finding};

const ROOT: &str = "Cargo.toml";
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Every manifest can be read, so that the other rules see it.
pub(crate) fn manifests_parse(file: &File) -> Vec<Finding> {
    if file.name() != ROOT {
        return Vec::new();
    }
    match file.text.parse::<Table>() {
        Ok(_) => Vec::new(),
        Err(error) => vec![file.on(1, format!("does not parse: {}", error.message()))],
    }
}

/// Every member takes over the lints of the workspace.
pub(crate) fn members_inherit_the_lints(file: &File) -> Vec<Finding> {
    match member(file) {
        Some(manifest) if !manifest.get("lints").is_some_and(from_workspace) => {
            vec![file.on(1, "`[lints] workspace = true` is missing")]
        }
        _ => Vec::new(),
    }
}

/// No member names a version, a path or a repository of a dependency.
pub(crate) fn versions_stand_at_the_root(file: &File) -> Vec<Finding> {
    let Some(manifest) = member(file) else {
        return Vec::new();
    };
    dependencies(&manifest)
        .filter(|(_, dependency)| !from_workspace(dependency))
        .map(|(name, _)| {
            let line = file
                .text
                .lines()
                .position(|line| line.trim_start().starts_with(name));
            let message =
                format!("`{name}`: its version stands at the root, `workspace = true` here");
            file.on(line.map_or(1, |at| at + 1), message)
        })
        .collect()
}

/// The lints that members inherit forbid unsafe code.
pub(crate) fn unsafe_code_is_forbidden(file: &File) -> Vec<Finding> {
    if file.path != ROOT {
        return Vec::new();
    }
    let manifest: Table = file.text.parse().unwrap_or_default();
    let level = ["lints", "rust", "unsafe_code"]
        .iter()
        .try_fold(manifest.get("workspace"), |value, key| {
            Some(value?.get(key))
        })
        .flatten();
    if level.and_then(Value::as_str) == Some("forbid") {
        return Vec::new();
    }
    vec![file.on(
        1,
        "`[workspace.lints.rust] unsafe_code = \"forbid\"` is missing",
    )]
}

/// The manifest of a package that is a member of this workspace.
fn member(file: &File) -> Option<Table> {
    if file.name() != ROOT {
        return None;
    }
    let manifest: Table = file.text.parse().ok()?;
    (manifest.contains_key("package") && !manifest.contains_key("workspace")).then_some(manifest)
}

/// Every dependency of every kind, those of single platforms among them.
fn dependencies(manifest: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let of_platforms = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(|platforms| platforms.values().filter_map(Value::as_table));
    std::iter::once(manifest)
        .chain(of_platforms)
        .flat_map(|table| {
            KINDS
                .iter()
                .filter_map(move |kind| table.get(*kind)?.as_table())
        })
        .flat_map(Table::iter)
}

fn from_workspace(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::super::file::{CLEAN, lines};
    use super::*;

    const MEMBER: &str = "crates/a/Cargo.toml";

    #[test]
    fn a_member_that_inherits_is_fine() {
        let text = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n[dependencies]\nb.workspace = true\nc = { workspace = true, features = [\"d\"] }\n";
        assert_eq!(lines(members_inherit_the_lints, MEMBER, text), CLEAN);
        assert_eq!(lines(versions_stand_at_the_root, MEMBER, text), CLEAN);
    }

    #[test]
    fn a_member_without_the_lints_is_found() {
        assert_eq!(
            lines(
                members_inherit_the_lints,
                MEMBER,
                "[package]\nname = \"a\"\n"
            ),
            [1]
        );
        let own = "[package]\nname = \"a\"\n[lints.rust]\nunsafe_code = \"deny\"\n";
        assert_eq!(lines(members_inherit_the_lints, MEMBER, own), [1]);
    }

    #[test]
    fn versions_in_a_member_are_found_wherever_they_stand() {
        let text = "[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\n[dev-dependencies]\nc = { path = \"../c\" }\n[target.'cfg(unix)'.build-dependencies]\nd = { git = \"x\" }\ne.workspace = true\n";
        assert_eq!(lines(versions_stand_at_the_root, MEMBER, text), [4, 6, 8]);
    }

    #[test]
    fn a_package_with_a_workspace_of_its_own_is_free() {
        let text = "[workspace]\n[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\n";
        assert_eq!(
            lines(versions_stand_at_the_root, "benches/peers/Cargo.toml", text),
            CLEAN
        );
        assert_eq!(
            lines(members_inherit_the_lints, "benches/peers/Cargo.toml", text),
            CLEAN
        );
        assert_eq!(
            lines(
                versions_stand_at_the_root,
                "crates/a/other.toml",
                "[package]\n"
            ),
            CLEAN
        );
    }

    #[test]
    fn the_root_forbids_unsafe_code() {
        let lints = |level: &str| format!("[workspace.lints.rust]\nunsafe_code = \"{level}\"\n");
        assert_eq!(
            lines(unsafe_code_is_forbidden, ROOT, &lints("forbid")),
            CLEAN
        );
        assert_eq!(lines(unsafe_code_is_forbidden, ROOT, &lints("deny")), [1]);
        assert_eq!(lines(unsafe_code_is_forbidden, ROOT, "[workspace]\n"), [1]);
        assert_eq!(lines(unsafe_code_is_forbidden, MEMBER, ""), CLEAN);
    }

    #[test]
    fn a_manifest_that_does_not_parse_is_found_once() {
        assert_eq!(lines(manifests_parse, MEMBER, "[package\n"), [1]);
        assert_eq!(lines(manifests_parse, MEMBER, "[package]\n"), CLEAN);
        assert_eq!(
            lines(versions_stand_at_the_root, MEMBER, "[package\n"),
            CLEAN
        );
    }
}
