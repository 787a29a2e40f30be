//! Rust source seen as text: what is code, what is comment, and what is test.
//!
//! Every view is as long as the file, byte for byte, with blanks for what it leaves out, so that a
//! place in a view is a place in the file. It is no parser: it knows comments, literals and
//! brackets, and that is all that the rules of `tidy` and the line counts of `coverage` need.

use std::ops::Range;

/// One source file in its views.
#[derive(Debug)]
pub(crate) struct RustText {
    /// Without comments and without what stands inside literals.
    pub(crate) code: String,
    /// Comments alone, documentation among them.
    pub(crate) comments: String,
    /// Where items stand that exist for tests only, attributes and braces included.
    tests: Vec<Range<usize>>,
}

impl RustText {
    /// Reads one file.
    pub(crate) fn new(text: &str) -> Self {
        let (code, comments) = views(text);
        let tests = test_items(&code);
        Self {
            code,
            comments,
            tests,
        }
    }

    /// Whether the byte at `offset` belongs to an item that is marked as test.
    pub(crate) fn in_test_item(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// The lines (from 1, ends included) of each item that is marked as test.
    pub(crate) fn test_lines(&self) -> impl Iterator<Item = (usize, usize)> {
        self.tests.iter().map(|range| {
            (
                line_of(&self.code, range.start),
                line_of(&self.code, range.end.saturating_sub(1)),
            )
        })
    }
}

/// The line (from 1) of a place in a text.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

/// Where `needle` stands as words of its own: `rand::` is not found in `operand::`.
pub(crate) fn words(text: &str, needle: &str) -> impl Iterator<Item = usize> {
    let starts_in_word = needle.bytes().next().is_some_and(is_word);
    let ends_in_word = needle.bytes().next_back().is_some_and(is_word);
    text.match_indices(needle)
        .map(|(offset, _)| offset)
        .filter(move |offset| {
            let before = text.as_bytes()[..*offset].last().copied();
            let after = text.as_bytes().get(offset + needle.len()).copied();
            let continues = (starts_in_word && before.is_some_and(is_word))
                || (ends_in_word && after.is_some_and(is_word));
            !continues
        })
}

/// Whether a byte can stand in an identifier.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// Where the bracket that opens at `open` closes, or the end of the text.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return offset;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// The first of `stops` at or after `from` that stands in no bracket of its own.
pub(crate) fn find_outside_brackets(code: &str, from: usize, stops: &[u8]) -> Option<usize> {
    let mut offset = from;
    while let Some(byte) = code.as_bytes().get(offset).copied() {
        if stops.contains(&byte) {
            return Some(offset);
        }
        offset = match byte {
            b'(' | b'[' | b'{' => closing(code, offset),
            _ => offset,
        } + 1;
    }
    None
}

/// Code and comments, apart.
fn views(text: &str) -> (String, String) {
    let mut code = blank(text);
    let mut comments = code.clone();
    let mut offset = 0;
    while offset < text.len() {
        let (kind, end) = next_piece(text, offset);
        let target = match kind {
            Piece::Code => Some(&mut code),
            Piece::Comment => Some(&mut comments),
            Piece::Literal => None,
        };
        if let Some(target) = target {
            target[offset..end].copy_from_slice(&text.as_bytes()[offset..end]);
        }
        offset = end;
    }
    // Pieces end on the borders of characters, so both views are still UTF-8.
    (
        String::from_utf8_lossy(&code).into_owned(),
        String::from_utf8_lossy(&comments).into_owned(),
    )
}

fn blank(text: &str) -> Vec<u8> {
    text.bytes()
        .map(|byte| if byte == b'\n' { b'\n' } else { b' ' })
        .collect()
}

enum Piece {
    Code,
    Comment,
    Literal,
}

/// What stands at `offset`, and where it ends.
fn next_piece(text: &str, offset: usize) -> (Piece, usize) {
    let rest = &text[offset..];
    if rest.starts_with("//") {
        let length = rest.find('\n').unwrap_or(rest.len());
        return (Piece::Comment, offset + length);
    }
    if rest.starts_with("/*") {
        return (Piece::Comment, offset + block_comment(rest));
    }
    if let Some(length) = string(text, offset).or_else(|| character(rest)) {
        return (Piece::Literal, offset + length);
    }
    (
        Piece::Code,
        offset + rest.chars().next().map_or(1, char::len_utf8),
    )
}

/// The length of a block comment, which may hold others.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut offset = 0;
    while offset < rest.len() {
        let step = if rest.as_bytes()[offset..].starts_with(b"/*") {
            depth += 1;
            2
        } else if rest.as_bytes()[offset..].starts_with(b"*/") {
            depth -= 1;
            2
        } else {
            1
        };
        offset += step;
        if depth == 0 {
            return offset;
        }
    }
    rest.len()
}

/// The length of a string literal of any kind, prefix included.
fn string(text: &str, offset: usize) -> Option<usize> {
    let rest = &text.as_bytes()[offset..];
    let within_word = text.as_bytes()[..offset]
        .last()
        .copied()
        .is_some_and(is_word);
    let prefix = if within_word {
        0
    } else {
        rest.iter()
            .take_while(|byte| matches!(byte, b'b' | b'c' | b'r'))
            .count()
    };
    let hashes = rest[prefix..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    let raw = rest[..prefix].contains(&b'r');
    if rest.get(prefix + hashes) != Some(&b'"') || (hashes > 0 && !raw) {
        return None;
    }
    let open = prefix + hashes + 1;
    if raw {
        let end = format!("\"{}", "#".repeat(hashes));
        let length = text[offset + open..]
            .find(&end)
            .map_or(rest.len() - open, |at| at + end.len());
        return Some(open + length);
    }
    Some(open + until_quote(&rest[open..], b'"'))
}

/// The length of a character literal; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        // What is escaped may itself be a quote.
        return Some(1 + until_quote(inside.as_bytes(), b'\''));
    }
    let after = first.len_utf8();
    inside[after..].starts_with('\'').then_some(1 + after + 1)
}

/// The length up to a quote that no backslash escapes, the quote included.
fn until_quote(rest: &[u8], quote: u8) -> usize {
    let mut offset = 0;
    while let Some(byte) = rest.get(offset) {
        offset += 1;
        if *byte == b'\\' {
            offset += 1;
        } else if *byte == quote {
            return offset;
        }
    }
    rest.len()
}

/// Items under `#[cfg(test)]` or `#[test]`, from the attribute to the closing brace or semicolon.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut items: Vec<Range<usize>> = Vec::new();
    for (start, _) in code.match_indices("#[") {
        let within_another = items.last().is_some_and(|last| last.contains(&start));
        let close = closing(code, start + 1);
        if within_another || !marks_test(&code[start + 2..close.max(start + 2)]) {
            continue;
        }
        let end = item_end(code, (close + 1).min(code.len()));
        items.push(start..end);
    }
    items
}

/// Whether an attribute means: only for tests. `not(test)` means the contrary.
fn marks_test(attribute: &str) -> bool {
    let attribute: String = attribute.split_whitespace().collect();
    let name = attribute.split('(').next().unwrap_or_default();
    if name == "cfg" {
        return words(&attribute, "test").next().is_some()
            && !attribute.contains("not(test")
            && !attribute.contains("any(");
    }
    // `#[tokio::test]` and its like mark tests as well.
    name == "test" || name.ends_with("::test")
}

/// Where the item after an attribute ends, further attributes skipped.
fn item_end(code: &str, from: usize) -> usize {
    match find_outside_brackets(code, from, b"{;") {
        Some(stop) if code.as_bytes()[stop] == b'{' => (closing(code, stop) + 1).min(code.len()),
        Some(stop) => stop + 1,
        None => code.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        RustText::new(text).code
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        assert_eq!(code("let a = 1; // todo!()\nb"), "let a = 1;           \nb");
        assert_eq!(code("a /* x /* y */ z */ b"), "a                   b");
        assert_eq!(code(r#"f("dbg!(\" )", x)"#), format!("f({:11}, x)", ""));
        let literals = "f(r##\"a\"# \"##, b\"\\\"\", br\"\\\")";
        assert_eq!(code(literals), format!("f({:11}, {:5}, {:5})", "", "", ""));
    }

    #[test]
    fn comments_have_a_view_of_their_own() {
        let text = RustText::new("a // one\nlet s = \"// two\"; /* three */");
        assert_eq!(
            text.comments
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            "// one /* three */"
        );
    }

    #[test]
    fn lifetimes_are_code_and_characters_are_not() {
        assert_eq!(code("fn f<'a>(x: &'a str)"), "fn f<'a>(x: &'a str)");
        assert_eq!(
            code(r"['{', '\'', '\\', 'ä', '\u{1F}']"),
            "[   ,     ,     ,     ,         ]"
        );
        assert_eq!(code("'label: loop {}"), "'label: loop {}");
    }

    #[test]
    fn views_keep_length_and_lines() {
        let text = "ä \"two\nlines\" // é\nend";
        let views = RustText::new(text);
        assert_eq!(views.code.len(), text.len());
        assert_eq!(views.comments.len(), text.len());
        assert_eq!(views.code.lines().count(), 3);
    }

    #[test]
    fn unfinished_literals_and_comments_run_to_the_end() {
        assert_eq!(code("a \"b").trim_end(), "a");
        assert_eq!(code("a r#\"b").trim_end(), "a");
        assert_eq!(code("a /* b").trim_end(), "a");
        assert_eq!(code("a \"b\\").trim_end(), "a");
        assert_eq!(code(""), "");
    }

    #[test]
    fn an_identifier_that_ends_like_a_prefix_is_code() {
        assert_eq!(code("attr\"x\""), "attr   ");
    }

    #[test]
    fn test_modules_and_test_functions_are_test_items() {
        let text = RustText::new(
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n#[test]\nfn d() {}\n",
        );
        assert_eq!(text.test_lines().collect::<Vec<_>>(), [(2, 5), (7, 8)]);
        assert!(text.in_test_item(text.code.find("fn b").unwrap()));
        assert!(!text.in_test_item(text.code.find("fn c").unwrap()));
    }

    #[test]
    fn a_test_item_may_end_with_a_semicolon_or_have_more_attributes() {
        let text = RustText::new(
            "#[cfg(test)]\nuse x::{a, b};\nfn a() {}\n#[cfg(all(test, unix))]\n#[inline]\nfn b() -> [u8; 2] {\n}\n",
        );
        assert_eq!(text.test_lines().collect::<Vec<_>>(), [(1, 2), (4, 7)]);
    }

    #[test]
    fn what_is_also_there_outside_of_tests_is_no_test_item() {
        for attribute in [
            "cfg(not(test))",
            "cfg(any(test, feature = \"x\"))",
            "derive(Debug)",
        ] {
            let text = RustText::new(&format!("#[{attribute}]\nfn a() {{}}\n"));
            assert_eq!(text.test_lines().count(), 0, "{attribute}");
        }
        assert_eq!(
            RustText::new("#[tokio::test]\nasync fn a() {}\n")
                .test_lines()
                .count(),
            1
        );
    }

    #[test]
    fn words_do_not_match_within_words() {
        assert_eq!(words("rand::a operand::b brand rand", "rand").count(), 2);
        assert_eq!(words("operand::b", "rand::").count(), 0);
        assert_eq!(words("x.await;", "await").count(), 1);
        assert_eq!(words("", "await").count(), 0);
    }
}
