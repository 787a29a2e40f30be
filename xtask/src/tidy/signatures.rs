//! A rule on public signatures: types of the database driver appear in none, save for a door that
//! says so in its name.
//!
//! `pub` inside of a private module is refused by the compiler's `unreachable_pub`, so `pub` means
//! public here.

use super::file::{File, Finding};
use crate::rust_text::{RustText, closing, find_outside_brackets, is_word, words};

const DRIVER: &str = "sqlx";
/// Functions with this beginning take over a connection pool that the caller made.
const DOOR: &str = "from_pool";

/// A caller of an adapter never meets the driver beneath.
pub(crate) fn database_types_stay_inside(file: &File) -> Vec<Finding> {
    let (Some(rust), Some(_)) = (&file.rust, file.library()) else {
        return Vec::new();
    };
    let imported = imported_types(rust);
    words(&rust.code, "pub")
        .filter(|offset| !rust.in_test_item(*offset))
        .filter_map(|offset| {
            let signature = public_part(&rust.code, offset)?;
            let leak = leak(signature, &imported)?;
            Some(file.at(offset, format!("`{leak}` is the driver's, and public here")))
        })
        .collect()
}

/// The names of types that `use sqlx::…;` brings into the file.
fn imported_types(rust: &RustText) -> Vec<&str> {
    words(&rust.code, "use sqlx::")
        .flat_map(|offset| {
            rust.code[offset..]
                .split(';')
                .next()
                .unwrap_or_default()
                .split(not_word)
        })
        .filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
        .collect()
}

fn not_word(character: char) -> bool {
    !character.is_ascii() || !is_word(character as u8)
}

/// The first word of the driver in a piece of code.
fn leak<'a>(signature: &'a str, imported: &[&str]) -> Option<&'a str> {
    signature
        .split(not_word)
        .find(|word| *word == DRIVER || imported.contains(word))
}

/// What a `pub` at `offset` makes public, or nothing where that is to be looked at elsewhere.
fn public_part(code: &str, offset: usize) -> Option<&str> {
    let rest = &code[offset + "pub".len()..];
    if rest.trim_start().starts_with('(') && !is_tuple_field(code, offset) {
        return None; // pub(crate) and its like
    }
    let item = without_qualifiers(rest);
    let (word, after) = item.split_once(char::is_whitespace).unwrap_or((item, ""));
    let end = |stops: &[u8]| find_outside_brackets(after, 0, stops).unwrap_or(after.len());
    match word {
        "mod" => None,
        "fn" if after.trim_start().starts_with(DOOR) => None,
        "fn" => Some(&after[..end(b"{;")]),
        // Public fields are looked at by their own `pub`.
        "struct" | "union" => Some(&after[..end(b"({;")]),
        "enum" | "trait" => {
            let open = end(b"{;");
            Some(&after[..closing(after, open)])
        }
        "type" | "use" => Some(&after[..end(b";")]),
        "const" | "static" => Some(&after[..end(b"=;")]),
        _ => Some(&item[..find_outside_brackets(item, 0, b",;)}").unwrap_or(item.len())]),
    }
}

/// An item from its own keyword on: `const` is one, and before `fn` it is none.
fn without_qualifiers(item: &str) -> &str {
    let item = item.trim_start();
    let (word, after) = item.split_once(char::is_whitespace).unwrap_or((item, ""));
    match word {
        "async" | "unsafe" | "extern" => without_qualifiers(after),
        "const" if without_qualifiers(after).starts_with("fn ") => without_qualifiers(after),
        _ => item,
    }
}

/// Whether a `pub` belongs to a field without a name whose type is itself in parentheses.
fn is_tuple_field(code: &str, offset: usize) -> bool {
    let inside = code[offset + "pub".len()..]
        .trim_start()
        .trim_start_matches('(')
        .trim_start();
    !["crate", "super", "self", "in "]
        .iter()
        .any(|word| inside.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::super::file::{CLEAN, lines};
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        lines(
            database_types_stay_inside,
            "crates/persistence-sqlite/src/store.rs",
            text,
        )
    }

    #[test]
    fn types_of_the_driver_are_found_by_path_and_by_import() {
        assert_eq!(found("pub fn pool(&self) -> &sqlx::SqlitePool {\n"), [1]);
        assert_eq!(
            found("use sqlx::{Row, SqlitePool};\n\npub async fn a(pool: SqlitePool) -> u8 {\n"),
            [3]
        );
        assert_eq!(
            found("use sqlx::sqlite::SqlitePool as Pool;\npub const fn a(pool: &Pool) {}\n"),
            [2]
        );
        assert_eq!(
            found("pub use sqlx::SqlitePool;\npub type Pool = sqlx::SqlitePool;\n"),
            [1, 2]
        );
    }

    #[test]
    fn public_fields_variants_and_methods_of_traits_are_found() {
        assert_eq!(
            found("pub struct A {\n    a: sqlx::A,\n    pub b: Option<sqlx::B>,\n}\n"),
            [3]
        );
        assert_eq!(found("pub struct A(pub sqlx::Error);\n"), [1]);
        assert_eq!(
            found("pub enum E {\n    A { source: sqlx::Error },\n}\n"),
            [1]
        );
        assert_eq!(
            found("pub trait T {\n    fn a(&self, row: sqlx::Row);\n}\n"),
            [1]
        );
        assert_eq!(found("pub struct A<T: sqlx::Executor> { a: T }\n"), [1]);
    }

    #[test]
    fn what_stays_inside_is_fine() {
        assert_eq!(
            found("use sqlx::SqlitePool;\npub struct A { pool: SqlitePool }\n"),
            CLEAN
        );
        assert_eq!(
            found("pub(crate) fn a(e: sqlx::Error) {}\nfn b(e: sqlx::Error) {}\n"),
            CLEAN
        );
        assert_eq!(
            found("pub fn a(&self) -> u8 { sqlx::query(\"\"); 1 }\n"),
            CLEAN
        );
        assert_eq!(
            found("pub struct A {\n    pub a: u8,\n    b: sqlx::B,\n}\n"),
            CLEAN
        );
        assert_eq!(found("pub mod sqlx;\npub const A: u8 = sqlx::B;\n"), CLEAN);
        assert_eq!(
            found("#[cfg(test)]\nmod tests {\n    pub fn a(e: sqlx::Error) {}\n}\n"),
            CLEAN
        );
    }

    #[test]
    fn the_door_is_open_and_only_libraries_are_looked_at() {
        assert_eq!(
            found("pub fn from_pool(pool: sqlx::SqlitePool) -> Self {\n"),
            CLEAN
        );
        assert_eq!(found("pub fn into_pool(self) -> sqlx::SqlitePool {\n"), [1]);
        assert_eq!(
            lines(
                database_types_stay_inside,
                "benches/src/lib.rs",
                "pub use sqlx::A;\n"
            ),
            CLEAN
        );
    }
}
