//! The values that are bound to the placeholders of a statement.

use bytes::Bytes;
use shared_kernel::{EventId, GlobalPosition, StreamId, StreamVersion};
use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;

/// A value of SQLite.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// An integer of up to 64 bits.
    Integer(i64),
    /// A floating-point number. NaN becomes NULL.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    pub(crate) fn bind(self, arguments: &mut SqliteArguments) -> Result<(), sqlx::Error> {
        let added = match self {
            Self::Null => arguments.add(None::<i64>),
            Self::Integer(number) => arguments.add(number),
            Self::Real(number) => arguments.add(number),
            Self::Text(text) => arguments.add(text),
            Self::Blob(bytes) => arguments.add(bytes),
        };
        added.map_err(sqlx::Error::Encode)
    }
}

macro_rules! from {
    ($($from:ty => $value:ident($name:ident, $convert:expr)),+ $(,)?) => {
        $(impl From<$from> for Value {
            fn from($name: $from) -> Self {
                Self::$value($convert)
            }
        })+
    };
}

from! {
    bool => Integer(value, value.into()),
    u8 => Integer(value, value.into()),
    u16 => Integer(value, value.into()),
    u32 => Integer(value, value.into()),
    i32 => Integer(value, value.into()),
    i64 => Integer(value, value),
    GlobalPosition => Integer(value, value.as_i64()),
    StreamVersion => Integer(value, value.as_i64()),
    f64 => Real(value, value),
    &str => Text(value, value.to_owned()),
    String => Text(value, value),
    &String => Text(value, value.clone()),
    &StreamId => Text(value, value.as_str().to_owned()),
    EventId => Text(value, value.to_string()),
    Vec<u8> => Blob(value, value),
    &[u8] => Blob(value, value.to_vec()),
    Bytes => Blob(value, value.into()),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The values of a statement: a tuple of up to 16, an array or a vector. `()` for none.
pub trait Values {
    /// The values in the order of the placeholders.
    fn into_values(self) -> Vec<Value>;
}

impl Values for () {
    fn into_values(self) -> Vec<Value> {
        Vec::new()
    }
}

impl Values for Vec<Value> {
    fn into_values(self) -> Vec<Value> {
        self
    }
}

impl<T: Into<Value>, const N: usize> Values for [T; N] {
    fn into_values(self) -> Vec<Value> {
        self.into_iter().map(Into::into).collect()
    }
}

macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        impl<$first: Into<Value>, $($rest: Into<Value>),*> Values for ($first, $($rest,)*) {
            #[expect(non_snake_case, reason = "the variables have the names of their types")]
            fn into_values(self) -> Vec<Value> {
                let ($first, $($rest,)*) = self;
                vec![$first.into(), $($rest.into()),*]
            }
        }
        tuples! { $($rest)* }
    };
    () => {};
}

tuples! { A B C D E F G H I J K L M N O P }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tuple_keeps_its_order_and_none_is_null() {
        let values = (1, "two", None::<f64>, vec![4u8], true).into_values();
        let expected = [
            Value::Integer(1),
            Value::Text("two".to_owned()),
            Value::Null,
            Value::Blob(vec![4]),
            Value::Integer(1),
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn arrays_vectors_and_nothing_are_values_too() {
        assert_eq!([1, 2].into_values().len(), 2);
        assert_eq!(vec![Value::Null].into_values(), [Value::Null]);
        assert!(().into_values().is_empty());
    }
}
