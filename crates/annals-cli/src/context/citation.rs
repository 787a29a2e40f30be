//! Citations in texts: `[WORK-007@12]` is the item after its twelfth event.

use std::collections::BTreeSet;

use work_tracking::ItemRef;

/// The citations of a text, in order and each once: the number, and the version.
///
/// A text in brackets is a citation if it has an `@` between a reference to an item, such as `7` or
/// `bd-a1b2`, and a version. One that begins with `WORK-`, in upper or lower case, is a citation
/// with any version. So a mistake, such as `[WORK-7@x]`, is found, too.
pub(crate) fn citations(text: &str) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    let inside = text.split('[').skip(1);
    let inside = inside.filter_map(|rest| rest.split_once(']'));
    let found = inside.filter_map(|(inside, _)| {
        let (item, version) = inside.trim().split_once('@')?;
        let prefix = item.get(..5);
        let is_number = prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("work-"));
        let is_one = is_number || is_version(version) && item.parse::<ItemRef>().is_ok();
        is_one.then(|| (item.to_owned(), version.to_owned()))
    });
    found.filter(|one| seen.insert(one.clone())).collect()
}

/// Whether a text is the number of a version.
pub(crate) fn is_version(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
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
        assert!(citations("[ä@1] [a@b] [me@home.org] [7@x] [@1] [7@]").is_empty());
        let found = citations("[7@3] [ WORK-2@1 ] [bd-1@9] [WORK-3@+1]");
        let found: Vec<_> = found.iter().map(|(item, _)| item.as_str()).collect();
        assert_eq!(found, ["7", "WORK-2", "bd-1", "WORK-3"]);
    }
}
