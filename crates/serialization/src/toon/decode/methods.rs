//! A macro for the methods of a serde deserializer that share an implementation.

/// Defines `Deserializer` methods that ignore all arguments but the visitor. For example,
/// `deserialize_i8() => visit_integer` calls `self.visit_integer(visitor)`.
macro_rules! methods {
    ($($method:ident($($ignored:ty),*) => $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $ignored,)* visitor: V) -> Result<V::Value, Fault> {
            self.$visit(visitor)
        }
    )*};
}
pub(super) use methods;
