//! Citations in texts: `[WORK-007@12]` is the item after its twelfth event.

use std::collections::BTreeSet;

/// The citations of a text, in order and each once: the number, and the version.
///
/// A text in brackets is a citation if it begins with `WORK-`, in upper or lower case, and has an
/// `@`. So a citation with a mistake, such as `[WORK-7@x]`, is found, too.
pub(crate) fn citations(text: &str) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    let inside = text.split('[').skip(1);
    let inside = inside.filter_map(|rest| rest.split_once(']'));
    let found = inside.filter_map(|(inside, _)| {
        let (number, version) = inside.split_once('@')?;
        let prefix = number.get(..5)?;
        let is_one = prefix.eq_ignore_ascii_case("work-");
        is_one.then(|| (number.to_owned(), version.to_owned()))
    });
    found.filter(|one| seen.insert(one.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_with_versions_in_brackets_are_citations() {
        let text = "It is done [WORK-007@12], see [work-7@3], [x], [WORK-7], a@b, \
                    [WORK-007@12] and [[WORK-1@x] or [WORK-2@";
        let found = citations(text);
        let found: Vec<_> = found
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(
            found,
            [("WORK-007", "12"), ("work-7", "3"), ("WORK-1", "x")]
        );
        assert!(citations("[ä@1] [wörk-1@1]").is_empty());
    }
}
