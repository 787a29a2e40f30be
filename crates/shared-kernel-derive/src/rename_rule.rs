//! The rules of serde's `rename_all`, applied to the names of variants.

use syn::{Error, LitStr, Result};

/// A rule for the name of a variant. For example, `snake_case` turns `LampDimmed` into
/// `lamp_dimmed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RenameRule {
    Lower,
    Upper,
    Pascal,
    Camel,
    /// A separator before each capital letter except the first; all letters in one case.
    Separated {
        by: char,
        upper: bool,
    },
}

impl RenameRule {
    /// The rule with this serde name, for example `"kebab-case"`.
    pub(crate) fn named(name: &LitStr) -> Result<Self> {
        let separated = |by, upper| Ok(Self::Separated { by, upper });
        match name.value().as_str() {
            "lowercase" => Ok(Self::Lower),
            "UPPERCASE" => Ok(Self::Upper),
            "PascalCase" => Ok(Self::Pascal),
            "camelCase" => Ok(Self::Camel),
            "snake_case" => separated('_', false),
            "SCREAMING_SNAKE_CASE" => separated('_', true),
            "kebab-case" => separated('-', false),
            "SCREAMING-KEBAB-CASE" => separated('-', true),
            _ => Err(Error::new(
                name.span(),
                "serde has no rule of this name; see `rename_all` in the documentation of serde",
            )),
        }
    }

    /// The name of a variant under this rule.
    pub(crate) fn apply(self, variant: &str) -> String {
        match self {
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Pascal => variant.to_owned(),
            Self::Camel => {
                let mut letters = variant.chars();
                let first = letters.next().map(|first| first.to_ascii_lowercase());
                first.into_iter().chain(letters).collect()
            }
            Self::Separated { by, upper } => {
                let mut name = String::with_capacity(variant.len() + 4);
                for (index, letter) in variant.char_indices() {
                    if index > 0 && letter.is_uppercase() {
                        name.push(by);
                    }
                    name.push(if upper {
                        letter.to_ascii_uppercase()
                    } else {
                        letter.to_ascii_lowercase()
                    });
                }
                name
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    /// Each rule on three names, with the results of serde 1.
    #[test]
    fn every_rule_gives_the_name_that_serde_gives() {
        for (rule, expected) in [
            ("lowercase", ["lampdimmed", "a", "http2seen"]),
            ("UPPERCASE", ["LAMPDIMMED", "A", "HTTP2SEEN"]),
            ("PascalCase", ["LampDimmed", "A", "Http2Seen"]),
            ("camelCase", ["lampDimmed", "a", "http2Seen"]),
            ("snake_case", ["lamp_dimmed", "a", "http2_seen"]),
            ("SCREAMING_SNAKE_CASE", ["LAMP_DIMMED", "A", "HTTP2_SEEN"]),
            ("kebab-case", ["lamp-dimmed", "a", "http2-seen"]),
            ("SCREAMING-KEBAB-CASE", ["LAMP-DIMMED", "A", "HTTP2-SEEN"]),
        ] {
            let rule = RenameRule::named(&LitStr::new(rule, Span::call_site())).unwrap();
            let names = ["LampDimmed", "A", "Http2Seen"].map(|name| rule.apply(name));
            assert_eq!(names, expected, "{rule:?}");
        }
    }

    #[test]
    fn an_unknown_rule_is_refused() {
        let unknown = LitStr::new("snakecase", Span::call_site());
        assert!(RenameRule::named(&unknown).is_err());
    }
}
