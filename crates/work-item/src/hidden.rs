//! Characters that hide from a reader, or that change the order in which a text is shown.
//!
//! A title with such a character could show other words than it contains, and carry an instruction
//! for a language model that no person sees. Two names could look the same.

/// The characters of a text, each with its offset in bytes, and whether it is hidden there. Line
/// feeds and tabs are not hidden.
///
/// Joiners and variation selectors are hidden except where they belong: a joiner between letters or
/// emoji, at least one of them outside of ASCII; U+FE0E and U+FE0F after an emoji.
///
/// ```
/// let hidden = |text| work_item::mark_hidden(text).any(|(_, _, is_hidden)| is_hidden);
/// assert!(!hidden("plain 👩\u{200d}💻"));
/// assert!(hidden("plain\u{200b}"));
/// ```
pub fn mark_hidden(text: &str) -> impl Iterator<Item = (usize, char, bool)> {
    let mut rest = text.char_indices();
    let mut before = None;
    std::iter::from_fn(move || {
        let (at, c) = rest.next()?;
        let after = rest.clone().next().map(|(_, after)| after);
        let is_hidden = match c {
            '\u{200c}' | '\u{200d}' => !before.zip(after).is_some_and(belongs_between),
            '\u{fe0e}' | '\u{fe0f}' => !before.is_some_and(|base| belongs_after(base, after)),
            _ => hides(c),
        };
        before = Some(c);
        Some((at, c, is_hidden))
    })
}

/// The first hidden character of a text and its offset in bytes.
#[must_use]
pub fn first_hidden(text: &str) -> Option<(usize, char)> {
    let mut marked = mark_hidden(text);
    marked.find_map(|(at, c, is_hidden)| is_hidden.then_some((at, c)))
}

/// Whether a joiner belongs between two characters. Persian words and emoji of several parts need
/// joiners.
fn belongs_between((before, after): (char, char)) -> bool {
    let can_be_joined =
        |c: char| (c.is_alphabetic() || !c.is_ascii()) && !c.is_whitespace() && !hides(c);
    let is_selector = matches!(before, '\u{fe0e}' | '\u{fe0f}');
    let is_ascii = before.is_ascii() && after.is_ascii();
    (is_selector || can_be_joined(before)) && can_be_joined(after) && !is_ascii
}

/// Whether a variation selector for emoji belongs after a character. A keycap such as 1️⃣ is a
/// digit, a selector and U+20E3.
fn belongs_after(base: char, next: Option<char>) -> bool {
    match base {
        '0'..='9' | '#' | '*' => next == Some('\u{20e3}'),
        // The characters and blocks with emoji, after emoji-variation-sequences.txt of Unicode.
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{24c2}' => {
            true
        }
        '\u{2194}'..='\u{21aa}' | '\u{231a}'..='\u{23ff}' | '\u{25aa}'..='\u{27bf}' => true,
        '\u{2934}'..='\u{2935}' | '\u{2b05}'..='\u{2b55}' | '\u{3030}' | '\u{303d}' => true,
        '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}' => true,
        _ => false,
    }
}

/// Whether a character hides wherever it is, apart from joiners and variation selectors.
fn hides(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // Separators of lines and paragraphs, and marks of annotations.
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' => true,
        _ => c.is_control() || is_default_ignorable(c),
    }
}

/// The property Default_Ignorable_Code_Point, from DerivedCoreProperties.txt of Unicode 17. It has
/// the controls of the direction of text, characters without width, fillers and tags.
fn is_default_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn joiners_and_selectors_stay_where_they_belong() {
        for kept in [
            "می\u{200c}خواهم",
            "PDF\u{200c}ها",
            "👩🏽\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
            "🏴\u{200d}☠\u{fe0f}",
            "क्\u{200d}ष",
            "1\u{fe0f}\u{20e3}",
            "ℹ\u{fe0e} ©\u{fe0f} 🅰\u{fe0f}",
            "e\u{301} plain ü🦀\n\tline",
        ] {
            assert_eq!(first_hidden(kept), None, "{kept:?}");
        }
        for (text, at) in [
            ("a\u{200d}b", 1),
            ("é\u{200d}\u{200d}é", 2),
            ("\u{200d}é", 0),
            ("é \u{200c}é", 3),
            ("é\u{200c}", 2),
            ("a\u{fe0f}", 1),
            ("1\u{fe0f}2", 1),
            ("é\u{fe0f}", 2),
            ("\u{fe0f}", 0),
            ("❤\u{fe0f}\u{fe0f}", 6),
            ("❤\u{200d}\u{fe0f}", 3),
            ("❤\u{fe00}", 3),
            ("葛\u{e0100}", 3),
            ("\u{3164}\u{200d}é", 0),
        ] {
            assert_eq!(first_hidden(text).map(|(at, _)| at), Some(at), "{text:?}");
        }
    }

    #[test]
    fn controls_and_separators_are_hidden() {
        for c in "\0\r\u{1b}\u{7f}\u{9b}\u{202e}\u{2028}\u{2029}\u{fffa}\u{e007f}".chars() {
            assert_eq!(first_hidden(&format!("ab{c}")), Some((2, c)));
        }
    }

    proptest! {
        // The tags and their like are most of the property, so they have a law of their own.
        #[test]
        fn each_ignorable_character_hides(c in "[\\p{Default_Ignorable_Code_Point}--[\u{e0000}-\u{e0fff}]]") {
            let c = c.chars().next().unwrap();
            prop_assert!(is_default_ignorable(c), "{c:?}");
        }

        #[test]
        fn each_ignorable_tag_hides(c in "[\\p{Default_Ignorable_Code_Point}&&[\u{e0000}-\u{e0fff}]]") {
            prop_assert!(is_default_ignorable(c.chars().next().unwrap()), "{c:?}");
        }

        #[test]
        fn no_other_character_is_ignorable(c in "\\P{Default_Ignorable_Code_Point}") {
            prop_assert!(!is_default_ignorable(c.chars().next().unwrap()), "{c:?}");
        }
    }
}
