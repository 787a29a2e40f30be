//! The section of a document that a program writes between two marks. The rest of the document
//! stays.

use std::path::Path;

use subject::Outcome;

/// Writes `body` between the marks of `section` in the document.
///
/// The marks are `<!-- SECTION: begin … -->` and `<!-- SECTION: end -->`, each on a line of its
/// own.
pub(crate) fn replace(document: &Path, section: &str, body: &str) -> Outcome<()> {
    let text = std::fs::read_to_string(document)?;
    let text = replaced(&text, section, body)
        .ok_or_else(|| format!("{} has no marks for {section}", document.display()))?;
    std::fs::write(document, text)?;
    Ok(())
}

fn replaced(text: &str, section: &str, body: &str) -> Option<String> {
    let begin = text.find(&format!("<!-- {section}: begin"))?;
    let begin = begin + text[begin..].find("-->\n")? + "-->\n".len();
    let end = begin + text[begin..].find(&format!("<!-- {section}: end -->"))?;
    Some(format!(
        "{}\n{}\n\n{}",
        &text[..begin],
        body.trim(),
        &text[end..]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\n<!-- x: begin, by a program -->\nold\n<!-- x: end -->\nb\n";

    #[test]
    fn only_the_text_between_the_marks_changes() {
        let new = replaced(TEXT, "x", "new\n").unwrap();
        let text = "a\n<!-- x: begin, by a program -->\n\nnew\n\n<!-- x: end -->\nb\n";
        assert_eq!(new, text);
        assert_eq!(replaced(&new, "x", "new").unwrap(), text);
    }

    #[test]
    fn without_its_marks_nothing_is_written() {
        assert_eq!(replaced(TEXT, "y", "new"), None);
        assert_eq!(replaced("<!-- x: begin -->\n", "x", "new"), None);
    }
}
