//! Owns how the methods of our deserializers name what they do: one visit for many hints of serde.

/// Methods of a `Deserializer<'de>` that leave out their arguments but the visitor, and call one of
/// its own.
macro_rules! methods {
    ($($method:ident($($ignored:ty),*) => $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $ignored,)* visitor: V) -> Result<V::Value, Fault> {
            self.$visit(visitor)
        }
    )*};
}
pub(super) use methods;
