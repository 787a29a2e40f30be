//! The derive macro `DomainEvent`, which `shared-kernel` exports beside the trait of that name.

mod declaration;
mod expansion;
mod rename_rule;
mod serde_names;

use proc_macro::TokenStream;
use syn::{DeriveInput, Path, parse_macro_input, parse_quote};

/// Implements `DomainEvent`: each variant of an enum is an event type, and a struct is one event
/// type.
///
/// ```
/// use shared_kernel::event::EventTypeInfo;
/// use shared_kernel::DomainEvent;
///
/// #[derive(DomainEvent)]
/// enum LampEvent {
///     LampInstalled,
///     #[event(schema = 2)]
///     LampDimmed { percent: u8 },
/// }
///
/// let declared = [EventTypeInfo::new("LampInstalled", 1), EventTypeInfo::new("LampDimmed", 2)];
/// assert_eq!(LampEvent::TYPES, declared);
/// assert_eq!(LampEvent::LampInstalled.event_type(), "LampInstalled");
/// assert_eq!(LampEvent::LampDimmed { percent: 40 }.schema_version(), 2);
/// ```
///
/// # The name
///
/// The name of the event type comes from, in this order of precedence:
///
/// 1. `#[event(name = "lamp.dimmed")]`;
/// 2. serde's attributes: `#[serde(rename = "lamp.dimmed")]` on the variant, or
///    `#[serde(rename_all = "snake_case")]` on the enum. A name that serde has is not repeated;
/// 3. the identifier of the variant or of the struct.
///
/// A codec that stores events by serde compares serde's names with these when it is built. In this
/// example the struct `Moved` has the event type `LampMoved`:
///
/// ```
/// use shared_kernel::DomainEvent;
///
/// #[derive(DomainEvent)]
/// #[event(name = "LampMoved")]
/// struct Moved {
///     to: String,
/// }
///
/// assert_eq!(Moved { to: "hall".to_owned() }.event_type(), "LampMoved");
/// ```
///
/// # The schema
///
/// `#[event(schema = 2)]` is the schema version of new events. Versions count from 1, which is the
/// default. For example, `LampDimmed` above changed its payload once.
///
/// # The crate
///
/// `#[event(crate = "::my_facade::kernel")]` on the enum or struct is the path of `shared-kernel`.
/// A crate needs it if it depends on `shared-kernel` only through a facade.
///
/// # Declarations that do not compile
///
/// Two event types of one name:
///
/// ```compile_fail
/// #[derive(shared_kernel::DomainEvent)]
/// enum LampEvent {
///     LampDimmed,
///     #[event(name = "LampDimmed")]
///     LampTurned,
/// }
/// ```
///
/// Schema version 0:
///
/// ```compile_fail
/// #[derive(shared_kernel::DomainEvent)]
/// #[event(schema = 0)]
/// struct LampDimmed;
/// ```
///
/// A union, and an enum without variants:
///
/// ```compile_fail
/// #[derive(shared_kernel::DomainEvent)]
/// union Either {
///     on: u8,
///     off: u8,
/// }
/// ```
///
/// ```compile_fail
/// #[derive(shared_kernel::DomainEvent)]
/// enum Nothing {}
/// ```
///
/// An attribute in the wrong place: a name belongs on a variant, not on the enum.
///
/// ```compile_fail
/// #[derive(shared_kernel::DomainEvent)]
/// #[event(name = "LampDimmed")]
/// enum LampEvent {
///     LampDimmed,
/// }
/// ```
///
/// A name that serde writes but does not read:
///
/// ```compile_fail
/// #[derive(serde::Serialize, serde::Deserialize, shared_kernel::DomainEvent)]
/// enum LampEvent {
///     #[serde(rename(serialize = "Dimmed"))]
///     LampDimmed,
/// }
/// ```
#[proc_macro_derive(DomainEvent, attributes(event))]
pub fn derive_domain_event(input: TokenStream) -> TokenStream {
    derive(input, &parse_quote!(::shared_kernel))
}

/// The same derive for users of the crate `annals`, which re-exports it as `DomainEvent`.
#[doc(hidden)]
#[proc_macro_derive(DomainEventOfAnnals, attributes(event))]
pub fn derive_domain_event_of_annals(input: TokenStream) -> TokenStream {
    derive(input, &parse_quote!(::annals))
}

fn derive(input: TokenStream, kernel: &Path) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expansion::expand(&input, kernel)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
