//! Owns what the header and the rows of a table have in common: they hold no arrays.

/// The methods of a pass over a row that meets an array: the first pass has seen none.
macro_rules! no_arrays {
    ($place:ty) => {
        type Array = std::convert::Infallible;

        fn open_array(&mut self, _place: $place) -> Result<Self::Array, Fault> {
            Err(Fault::change())
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

/// The methods of a pass that writes every primitive to the output that its method `cell` gives.
macro_rules! written_cells {
    ($place:ty) => {
        #[inline]
        fn null(&mut self, place: $place) -> Result<(), Fault> {
            self.cell(place, |out| out.raw("null"))
        }

        #[inline]
        fn boolean(&mut self, place: $place, value: bool) -> Result<(), Fault> {
            self.cell(place, |out| out.boolean(value))
        }

        #[inline]
        fn signed(&mut self, place: $place, value: i64) -> Result<(), Fault> {
            self.cell(place, |out| out.integer(value))
        }

        #[inline]
        fn unsigned(&mut self, place: $place, value: u64) -> Result<(), Fault> {
            self.cell(place, |out| out.integer(value))
        }

        fn wide_signed(&mut self, place: $place, value: i128) -> Result<(), Fault> {
            self.cell(place, |out| out.integer(value))
        }

        fn wide_unsigned(&mut self, place: $place, value: u128) -> Result<(), Fault> {
            self.cell(place, |out| out.integer(value))
        }

        #[inline]
        fn single(&mut self, place: $place, value: f32) -> Result<(), Fault> {
            self.cell(place, |out| out.float(value))
        }

        #[inline]
        fn double(&mut self, place: $place, value: f64) -> Result<(), Fault> {
            self.cell(place, |out| out.float(value))
        }

        #[inline]
        fn text(&mut self, place: $place, value: &str) -> Result<(), Fault> {
            self.cell(place, |out| out.string(value))
        }

        fn display<T: std::fmt::Display + ?Sized>(
            &mut self,
            place: $place,
            value: &T,
        ) -> Result<(), Fault> {
            self.text(place, &value.to_string())
        }
    };
}

pub(super) use {no_arrays, written_cells};
