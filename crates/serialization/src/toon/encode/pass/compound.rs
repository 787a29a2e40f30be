//! Owns arrays and objects whose content serde hands over piece by piece.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::Pass;
use crate::toon::encode::fault::Fault;
use crate::toon::encode::key_text::with_key_text;

/// An array that is open, in the object that names its variant if it has one.
pub(in crate::toon::encode) struct Elements<'p, P: Pass> {
    pass: &'p mut P,
    array: P::Array,
    variant: Option<P::Object>,
}

impl<'p, P: Pass> Elements<'p, P> {
    #[inline]
    pub(super) fn open(pass: &'p mut P, place: P::Place) -> Result<Self, Fault> {
        let array = pass.open_array(place)?;
        Ok(Self {
            pass,
            array,
            variant: None,
        })
    }

    pub(super) fn open_variant(
        pass: &'p mut P,
        place: P::Place,
        variant: &'static str,
    ) -> Result<Self, Fault> {
        let mut object = pass.open_object(place)?;
        let inner = pass.static_key(&mut object, variant)?;
        let array = pass.open_array(inner)?;
        Ok(Self {
            pass,
            array,
            variant: Some(object),
        })
    }

    #[inline]
    fn close(self) -> Result<P::Outcome, Fault> {
        let outcome = self.pass.close_array(self.array)?;
        close_variant(self.pass, self.variant, outcome)
    }
}

/// An object that is open, in the object that names its variant if it has one.
pub(in crate::toon::encode) struct Fields<'p, P: Pass> {
    pass: &'p mut P,
    object: P::Object,
    variant: Option<P::Object>,
    /// Where the value of the key that came last stands.
    awaited: Option<P::Place>,
}

impl<'p, P: Pass> Fields<'p, P> {
    #[inline]
    pub(super) fn open(pass: &'p mut P, place: P::Place) -> Result<Self, Fault> {
        let object = pass.open_object(place)?;
        Ok(Self {
            pass,
            object,
            variant: None,
            awaited: None,
        })
    }

    pub(super) fn open_variant(
        pass: &'p mut P,
        place: P::Place,
        variant: &'static str,
    ) -> Result<Self, Fault> {
        let mut outer = pass.open_object(place)?;
        let inner = pass.static_key(&mut outer, variant)?;
        let object = pass.open_object(inner)?;
        Ok(Self {
            pass,
            object,
            variant: Some(outer),
            awaited: None,
        })
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        let place = self.pass.static_key(&mut self.object, key)?;
        self.pass.value(&mut self.object, place, value)
    }

    #[inline]
    fn close(self) -> Result<P::Outcome, Fault> {
        let outcome = self.pass.close_object(self.object)?;
        close_variant(self.pass, self.variant, outcome)
    }
}

#[inline]
fn close_variant<P: Pass>(
    pass: &mut P,
    variant: Option<P::Object>,
    outcome: P::Outcome,
) -> Result<P::Outcome, Fault> {
    match variant {
        None => Ok(outcome),
        Some(mut object) => {
            pass.close_field(&mut object, outcome)?;
            pass.close_object(object)
        }
    }
}

impl<P: Pass> SerializeSeq for Elements<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.pass.element(&mut self.array, value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        self.close()
    }
}

impl<P: Pass> SerializeTuple for Elements<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.pass.element(&mut self.array, value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        self.close()
    }
}

impl<P: Pass> SerializeTupleStruct for Elements<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.pass.element(&mut self.array, value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        self.close()
    }
}

impl<P: Pass> SerializeTupleVariant for Elements<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.pass.element(&mut self.array, value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        self.close()
    }
}

impl<P: Pass> SerializeMap for Fields<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        let (pass, object) = (&mut *self.pass, &mut self.object);
        let place = with_key_text(key, |text| pass.key(object, text))?;
        self.awaited = Some(place);
        Ok(())
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let Some(place) = self.awaited.take() else {
            return Err(serde::ser::Error::custom(
                "a value of a map came before its key",
            ));
        };
        self.pass.value(&mut self.object, place, value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        if self.awaited.is_some() {
            return Err(serde::ser::Error::custom(
                "the last key of a map has no value",
            ));
        }
        self.close()
    }
}

impl<P: Pass> SerializeStruct for Fields<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.field(key, value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        self.close()
    }
}

impl<P: Pass> SerializeStructVariant for Fields<'_, P> {
    type Ok = P::Outcome;
    type Error = Fault;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.field(key, value)
    }

    #[inline]
    fn end(self) -> Result<P::Outcome, Fault> {
        self.close()
    }
}
