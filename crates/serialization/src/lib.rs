//! JSON codecs, event-type registry and upcasting for Annals.
