//! Macros for the passes over the header and the rows of a table.

/// The array methods of a pass over a row. They fail, because the first pass saw no array there.
macro_rules! no_arrays {
    ($location:ty) => {
        type Array = std::convert::Infallible;

        fn open_array(&mut self, _place: $location) -> Result<Self::Array, Fault> {
            Err(Fault::value_changed())
        }

        fn element<T: serde::Serialize + ?Sized>(
            &mut self,
            array: &mut Self::Array,
            _value: &T,
        ) -> Result<(), Fault> {
            match *array {}
        }

        fn close_array(&mut self, array: Self::Array) -> Result<(), Fault> {
            match array {}
        }
    };
}

/// The methods for primitives of a pass over a row. Each writes the primitive to the output that
/// the pass's method `cell` gives it.
macro_rules! written_cells {
    ($location:ty) => {
        #[inline]
        fn null(&mut self, location: $location) -> Result<(), Fault> {
            self.cell(location, |out| out.raw("null"))
        }

        #[inline]
        fn boolean(&mut self, location: $location, value: bool) -> Result<(), Fault> {
            self.cell(location, |out| out.boolean(value))
        }

        #[inline]
        fn signed(&mut self, location: $location, value: i64) -> Result<(), Fault> {
            self.cell(location, |out| out.integer(value))
        }

        #[inline]
        fn unsigned(&mut self, location: $location, value: u64) -> Result<(), Fault> {
            self.cell(location, |out| out.integer(value))
        }

        fn wide_signed(&mut self, location: $location, value: i128) -> Result<(), Fault> {
            self.cell(location, |out| out.integer(value))
        }

        fn wide_unsigned(&mut self, location: $location, value: u128) -> Result<(), Fault> {
            self.cell(location, |out| out.integer(value))
        }

        #[inline]
        fn single(&mut self, location: $location, value: f32) -> Result<(), Fault> {
            self.cell(location, |out| out.float(value))
        }

        #[inline]
        fn double(&mut self, location: $location, value: f64) -> Result<(), Fault> {
            self.cell(location, |out| out.float(value))
        }

        fn number(&mut self, location: $location, text: &str) -> Result<(), Fault> {
            self.cell(location, |out| out.verbatim(text))
        }

        #[inline]
        fn text(&mut self, location: $location, value: &str) -> Result<(), Fault> {
            self.cell(location, |out| out.string(value))
        }

        fn display<T: std::fmt::Display + ?Sized>(
            &mut self,
            location: $location,
            value: &T,
        ) -> Result<(), Fault> {
            self.text(location, &value.to_string())
        }
    };
}

pub(super) use {no_arrays, written_cells};
