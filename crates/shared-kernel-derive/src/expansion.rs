//! The implementation of `DomainEvent` for a declaration.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Path, Result};

use crate::declaration::{Declaration, EventType};

/// The implementation for `input`. `kernel` is the path of shared-kernel unless `#[event(crate)]`
/// names another.
pub(crate) fn expand(input: &DeriveInput, kernel: &Path) -> Result<TokenStream> {
    let Declaration {
        kernel: named,
        types,
    } = Declaration::of(input)?;
    let kernel = named.as_ref().unwrap_or(kernel);
    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let infos = types.iter().map(
        |EventType { name, schema, .. }| quote!(#kernel::event::EventTypeInfo::new(#name, #schema)),
    );
    let info = match &input.data {
        Data::Enum(_) => {
            let variants = types.iter().map(|event_type| &event_type.ident);
            let indices = 0..types.len();
            quote!(match self { #(Self::#variants { .. } => Self::TYPES[#indices]),* })
        }
        _ => quote!(Self::TYPES[0]),
    };
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics #kernel::event::DomainEvent for #ident #type_generics #where_clause {
            const TYPES: &'static [#kernel::event::EventTypeInfo] = &[#(#infos),*];

            fn type_info(&self) -> #kernel::event::EventTypeInfo {
                #info
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[track_caller]
    fn expands(input: &DeriveInput, expected: TokenStream) {
        assert_eq!(
            expand(input, &parse_quote!(::shared_kernel))
                .unwrap()
                .to_string(),
            expected.to_string()
        );
    }

    #[test]
    fn an_enum_matches_its_variants() {
        let input = parse_quote! {
            enum LampEvent {
                LampInstalled,
                #[event(schema = 2)]
                LampDimmed { percent: u8 },
            }
        };
        expands(
            &input,
            quote! {
                #[automatically_derived]
                impl ::shared_kernel::event::DomainEvent for LampEvent {
                    const TYPES: &'static [::shared_kernel::event::EventTypeInfo] = &[
                        ::shared_kernel::event::EventTypeInfo::new("LampInstalled", 1u32),
                        ::shared_kernel::event::EventTypeInfo::new("LampDimmed", 2u32)
                    ];

                    fn type_info(&self) -> ::shared_kernel::event::EventTypeInfo {
                        match self {
                            Self::LampInstalled { .. } => Self::TYPES[0usize],
                            Self::LampDimmed { .. } => Self::TYPES[1usize]
                        }
                    }
                }
            },
        );
    }

    #[test]
    fn generics_are_passed_on_and_the_crate_may_have_another_path() {
        let input = parse_quote! {
            #[event(crate = "facade")]
            struct Seen<T: Send>(T) where T: Sync + 'static;
        };
        expands(
            &input,
            quote! {
                #[automatically_derived]
                impl<T: Send> facade::event::DomainEvent for Seen<T> where T: Sync + 'static {
                    const TYPES: &'static [facade::event::EventTypeInfo] = &[
                        facade::event::EventTypeInfo::new("Seen", 1u32)
                    ];

                    fn type_info(&self) -> facade::event::EventTypeInfo {
                        Self::TYPES[0]
                    }
                }
            },
        );
    }

    #[test]
    fn a_declaration_that_is_refused_expands_to_nothing() {
        assert!(
            expand(
                &parse_quote! { enum Nothing {} },
                &parse_quote!(::shared_kernel)
            )
            .is_err()
        );
    }
}
