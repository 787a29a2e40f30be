//! The names under which serde stores the variants of an enum.

use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::Parse;
use syn::{Attribute, Error, Ident, LitStr, Result, Token};

use crate::rename_rule::RenameRule;

/// Serde's naming of the variants of one enum.
pub(crate) struct SerdeNames {
    rename_all: Option<RenameRule>,
}

/// The names in `rename(serialize = "…", deserialize = "…")`.
struct Pair {
    serialize: Option<LitStr>,
    deserialize: Option<LitStr>,
}

impl SerdeNames {
    /// Reads the naming from the attributes of an enum.
    pub(crate) fn of_enum(attributes: &[Attribute]) -> Result<Self> {
        let rule = find(attributes, "rename_all")?;
        let rename_all = rule.map(|rule| RenameRule::named(&rule)).transpose()?;
        Ok(Self { rename_all })
    }

    /// The name of a variant.
    pub(crate) fn of_variant(&self, ident: &Ident, attributes: &[Attribute]) -> Result<String> {
        let name = ident.unraw().to_string();
        Ok(match (find(attributes, "rename")?, self.rename_all) {
            (Some(renamed), _) => renamed.value(),
            (None, Some(rule)) => rule.apply(&name),
            (None, None) => name,
        })
    }
}

/// The value of an option of `#[serde(…)]`, which must be the same for writing and reading.
fn find(attributes: &[Attribute], option: &str) -> Result<Option<LitStr>> {
    let mut found = None;
    for attribute in attributes {
        if attribute.path().is_ident("serde") {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident(option) {
                    found = Some(shared(&meta)?);
                } else {
                    skip(&meta)?;
                }
                Ok(())
            })?;
        }
    }
    Ok(found)
}

/// Reads `= "x"` or `(serialize = "x", deserialize = "x")`.
fn shared(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    if meta.input.peek(Token![=]) {
        return meta.value()?.parse();
    }
    let mut pair = Pair {
        serialize: None,
        deserialize: None,
    };
    meta.parse_nested_meta(|side| {
        let name = Some(side.value()?.parse()?);
        if side.path.is_ident("serialize") {
            pair.serialize = name;
        } else {
            pair.deserialize = name;
        }
        Ok(())
    })?;
    match pair {
        Pair {
            serialize: Some(written),
            deserialize: Some(read),
        } if written.value() == read.value() => Ok(written),
        _ => Err(Error::new_spanned(
            &meta.path,
            "serde writes this under one name and reads it under another; \
             an event type has one name, so give both the same",
        )),
    }
}

/// Skips another option of serde and its value, for example `default = "path"`.
fn skip(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(Token![=]) {
        syn::Expr::parse(meta.value()?)?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use syn::{Variant, parse_quote};

    use super::*;

    fn name(container: &[Attribute], variant: &Variant) -> Result<String> {
        SerdeNames::of_enum(container)?.of_variant(&variant.ident, &variant.attrs)
    }

    #[test]
    fn a_variant_keeps_its_name_unless_serde_renames_it() {
        assert_eq!(name(&[], &parse_quote!(LampDimmed)).unwrap(), "LampDimmed");
        let renamed = parse_quote!(
            #[serde(rename = "dimmed")]
            LampDimmed
        );
        assert_eq!(name(&[], &renamed).unwrap(), "dimmed");
        let all = [parse_quote!(#[serde(rename_all = "kebab-case")])];
        assert_eq!(
            name(&all, &parse_quote!(LampDimmed)).unwrap(),
            "lamp-dimmed"
        );
        assert_eq!(name(&all, &renamed).unwrap(), "dimmed");
    }

    #[test]
    fn other_attributes_are_skipped() {
        let container = [
            parse_quote!(#[doc = "x"]),
            parse_quote!(#[serde(deny_unknown_fields, bound(serialize = "T: Sized", deserialize = ""))]),
            parse_quote!(#[serde(crate = "x::serde", rename_all_fields = "lowercase")]),
        ];
        let variant = parse_quote! {
            #[serde(alias = "Old", with = "module", bound = "")]
            #[serde(rename = "dimmed")]
            LampDimmed
        };
        assert_eq!(name(&container, &variant).unwrap(), "dimmed");
    }

    #[test]
    fn the_names_for_writing_and_reading_must_be_equal() {
        let both = parse_quote!(
            #[serde(rename(serialize = "a", deserialize = "a"))]
            A
        );
        assert_eq!(name(&[], &both).unwrap(), "a");
        for variant in [
            parse_quote!(
                #[serde(rename(serialize = "a", deserialize = "b"))]
                A
            ),
            parse_quote!(
                #[serde(rename(serialize = "a"))]
                A
            ),
            parse_quote!(
                #[serde(rename(deserialize = "a"))]
                A
            ),
        ] {
            assert!(name(&[], &variant).is_err());
        }
        let one_side = [parse_quote!(#[serde(rename_all(serialize = "lowercase"))])];
        assert!(name(&one_side, &parse_quote!(A)).is_err());
    }

    #[test]
    fn a_rule_that_serde_does_not_know_is_refused() {
        let unknown = [parse_quote!(#[serde(rename_all = "Title Case")])];
        assert!(name(&unknown, &parse_quote!(A)).is_err());
    }
}
