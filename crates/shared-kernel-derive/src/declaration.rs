//! The event types that an enum or struct declares.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DataEnum, DeriveInput, Error, Ident, LitInt, LitStr, Path, Result};

use crate::serde_names::SerdeNames;

/// A valid enum or struct of events.
pub(crate) struct Declaration {
    /// The path of `shared-kernel` that the declaration names.
    pub(crate) kernel: Option<Path>,
    /// The event types in the order of declaration, at least one.
    pub(crate) types: Vec<EventType>,
}

/// One event type.
pub(crate) struct EventType {
    /// The variant or the struct.
    pub(crate) ident: Ident,
    pub(crate) name: String,
    pub(crate) schema: u32,
    /// The span of the name, for an error about a duplicate.
    span: Span,
}

/// The contents of `#[event(…)]`, each with its span.
#[derive(Default)]
struct Options {
    name: Option<LitStr>,
    schema: Option<(u32, Span)>,
    kernel: Option<(Path, Span)>,
}

impl Declaration {
    /// Reads a declaration, or returns all its errors at once.
    pub(crate) fn of(input: &DeriveInput) -> Result<Self> {
        let options = Options::of(&input.attrs)?;
        let types = match &input.data {
            Data::Enum(data) => {
                options.refuse_name_and_schema()?;
                of_variants(data, SerdeNames::of_enum(&input.attrs)?)?
            }
            Data::Struct(_) => {
                vec![options.event_type(&input.ident, || Ok(input.ident.unraw().to_string()))?]
            }
            Data::Union(data) => {
                let message = "a union cannot be an event: use an enum or a struct";
                return Err(Error::new(data.union_token.span(), message));
            }
        };
        refuse_duplicates(&types)?;
        let kernel = options.kernel.map(|(path, _)| path);
        Ok(Self { kernel, types })
    }
}

fn of_variants(data: &DataEnum, names: SerdeNames) -> Result<Vec<EventType>> {
    if data.variants.is_empty() {
        let message = "an enum of events needs a variant: each one is an event type";
        return Err(Error::new(data.enum_token.span(), message));
    }
    let event_type = |variant: &syn::Variant| {
        let options = Options::of(&variant.attrs)?;
        options.refuse_crate()?;
        options.event_type(&variant.ident, || {
            names.of_variant(&variant.ident, &variant.attrs)
        })
    };
    all(data.variants.iter().map(event_type))
}

/// Returns all values, or one error that combines all errors.
fn all<T>(results: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut values = Vec::new();
    let mut errors: Option<Error> = None;
    for result in results {
        match (result, &mut errors) {
            (Ok(value), _) => values.push(value),
            (Err(error), Some(errors)) => errors.combine(error),
            (Err(error), None) => errors = Some(error),
        }
    }
    errors.map_or(Ok(values), Err)
}

fn refuse_duplicates(types: &[EventType]) -> Result<()> {
    let first_of_its_name = |(index, this): (usize, &EventType)| {
        let before = types[..index].iter().find(|other| other.name == this.name);
        let Some(before) = before else { return Ok(()) };
        let message = format!("two event types are called `{}`", this.name);
        let mut error = Error::new(this.span, message);
        error.combine(Error::new(before.span, "the first one is here"));
        Err(error)
    };
    all(types.iter().enumerate().map(first_of_its_name)).map(drop)
}

impl Options {
    fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut options = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("event") {
                attribute.parse_nested_meta(|meta| options.take(&meta))?;
            }
        }
        Ok(options)
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let is_given = if meta.path.is_ident("name") {
            self.name.replace(meta.value()?.parse()?).is_some()
        } else if meta.path.is_ident("schema") {
            let number: LitInt = meta.value()?.parse()?;
            let version = match number.base10_parse()? {
                0 => return Err(Error::new(number.span(), "schema versions count from 1")),
                version => version,
            };
            let given = self.schema.replace((version, meta.path.span()));
            given.is_some()
        } else if meta.path.is_ident("crate") {
            let path: LitStr = meta.value()?.parse()?;
            let given = self.kernel.replace((path.parse()?, meta.path.span()));
            given.is_some()
        } else {
            return Err(meta.error("unknown option: expected `name`, `schema` or `crate`"));
        };
        if is_given {
            return Err(meta.error("this option is given twice"));
        }
        Ok(())
    }

    /// The event type with these options. A missing option takes its default.
    fn event_type(
        &self,
        ident: &Ident,
        default_name: impl FnOnce() -> Result<String>,
    ) -> Result<EventType> {
        let name = match &self.name {
            Some(name) => name.value(),
            None => default_name()?,
        };
        Ok(EventType {
            ident: ident.clone(),
            name,
            schema: self.schema.map_or(1, |(version, _)| version),
            span: self.name.as_ref().map_or(ident.span(), LitStr::span),
        })
    }

    fn refuse_name_and_schema(&self) -> Result<()> {
        let misplaced = match (&self.name, &self.schema) {
            (Some(name), _) => name.span(),
            (None, Some((_, span))) => *span,
            (None, None) => return Ok(()),
        };
        let message = "`name` and `schema` belong on a variant: each variant is an event type";
        Err(Error::new(misplaced, message))
    }

    fn refuse_crate(&self) -> Result<()> {
        let Some((_, span)) = &self.kernel else {
            return Ok(());
        };
        Err(Error::new(
            *span,
            "`crate` belongs on the enum, not on a variant",
        ))
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::*;

    fn declaration(input: &DeriveInput) -> Declaration {
        match Declaration::of(input) {
            Ok(declaration) => declaration,
            Err(error) => panic!("{error}"),
        }
    }

    /// The names and schema versions.
    fn types(input: &DeriveInput) -> Vec<(String, u32)> {
        let types = declaration(input).types;
        types
            .into_iter()
            .map(|event| (event.name, event.schema))
            .collect()
    }

    fn of(name: &str, schema: u32) -> (String, u32) {
        (name.to_owned(), schema)
    }

    /// The messages of all errors.
    #[track_caller]
    fn refusals(input: &DeriveInput) -> Vec<String> {
        let error = Declaration::of(input).err().unwrap();
        error.into_iter().map(|error| error.to_string()).collect()
    }

    #[test]
    fn each_variant_is_an_event_type_in_the_order_of_declaration() {
        let input = parse_quote! {
            enum LampEvent {
                LampInstalled,
                #[event(schema = 3)]
                LampDimmed { percent: u8 },
                #[event(name = "lamp.moved", schema = 2)]
                Moved(String, u8),
            }
        };
        let expected = [
            of("LampInstalled", 1),
            of("LampDimmed", 3),
            of("lamp.moved", 2),
        ];
        assert_eq!(types(&input), expected);
    }

    #[test]
    fn a_struct_is_one_event_type() {
        assert_eq!(types(&parse_quote! { struct Rang; }), [of("Rang", 1)]);
        let named = parse_quote! {
            #[event(name = "lamp.dimmed")]
            #[event(schema = 2)]
            struct Dimmed(u8);
        };
        assert_eq!(types(&named), [of("lamp.dimmed", 2)]);
    }

    #[test]
    fn a_raw_identifier_loses_its_prefix() {
        assert_eq!(types(&parse_quote! { struct r#Match; }), [of("Match", 1)]);
        let variant = parse_quote! { enum Event { r#Try } };
        assert_eq!(types(&variant), [of("Try", 1)]);
    }

    #[test]
    fn a_name_in_a_serde_attribute_need_not_be_repeated() {
        let input = parse_quote! {
            #[serde(rename_all = "snake_case", deny_unknown_fields)]
            enum LampEvent {
                LampInstalled,
                #[serde(rename = "lamp.dimmed", alias = "dim")]
                LampDimmed { percent: u8 },
                #[event(name = "moved")]
                #[serde(rename = "lamp.moved")]
                LampMoved,
            }
        };
        let expected = [
            of("lamp_installed", 1),
            of("lamp.dimmed", 1),
            of("moved", 1),
        ];
        assert_eq!(types(&input), expected);
    }

    #[test]
    fn serde_does_not_store_the_name_of_a_struct() {
        let input = parse_quote! {
            #[serde(rename = "x", rename_all = "snake_case")]
            struct LampDimmed { percent: u8 }
        };
        assert_eq!(types(&input), [of("LampDimmed", 1)]);
    }

    #[test]
    fn the_crate_may_have_another_path() {
        let input = parse_quote! { #[event(crate = "::facade::kernel")] struct Rang; };
        let kernel = declaration(&input).kernel;
        assert_eq!(quote!(#kernel).to_string(), ":: facade :: kernel");
    }

    #[test]
    fn two_event_types_of_one_name_are_refused_at_both_places() {
        let input = parse_quote! {
            enum LampEvent {
                LampDimmed,
                #[event(name = "LampDimmed", schema = 2)]
                LampTurned,
            }
        };
        let expected = [
            "two event types are called `LampDimmed`",
            "the first one is here",
        ];
        assert_eq!(refusals(&input), expected);
    }

    #[test]
    fn every_error_is_reported_at_once() {
        let input = parse_quote! {
            enum LampEvent {
                #[event(schema = 0)]
                LampDimmed,
                #[event(version = 2)]
                LampMoved,
                LampBroke,
            }
        };
        assert_eq!(refusals(&input).len(), 2);
    }

    #[test]
    fn invalid_declarations_are_refused() {
        let inputs: [DeriveInput; 9] = [
            parse_quote! { union Either { on: u8, off: u8 } },
            parse_quote! { enum Nothing {} },
            parse_quote! { #[event(schema = 0)] struct Rang; },
            parse_quote! { #[event(schema = -1)] struct Rang; },
            parse_quote! { #[event(schema = 4294967296)] struct Rang; },
            parse_quote! { #[event(name = "A", name = "B")] struct Rang; },
            parse_quote! { #[event(name = "A")] enum Event { A } },
            parse_quote! { #[event(schema = 2)] enum Event { A } },
            parse_quote! { enum Event { #[event(crate = "::facade")] A } },
        ];
        for input in inputs {
            assert_eq!(refusals(&input).len(), 1, "{}", input.ident);
        }
    }
}
