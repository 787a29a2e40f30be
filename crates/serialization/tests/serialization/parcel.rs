//! A domain with a past: parcels, once called packages, whose events have changed twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serialization::{JsonEventCodec, JsonEventCodecBuilder};
use shared_kernel::DomainEvent;
use shared_kernel::codec::FormatError;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
pub(crate) enum ParcelEvent {
    #[event(schema = 3)]
    ParcelSent {
        sender: String,
        address: Address,
        weight_grams: u64,
        labels: BTreeMap<String, String>,
        insured: Option<f64>,
    },
    ParcelScanned(Scan),
    ParcelMoved(i64, f64),
    NoteWritten(String),
    ParcelLost,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) line: String,
    pub(crate) country: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scan {
    pub(crate) place: String,
    pub(crate) how: Method,
    pub(crate) dimensions: (u8, u16, u32),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Method {
    Laser,
    ByHand { clerk: u32 },
    Gate(Box<Method>),
    Twice(u8, u8),
}

pub(crate) fn codec() -> JsonEventCodec<ParcelEvent> {
    builder().build().unwrap()
}

pub(crate) fn builder() -> JsonEventCodecBuilder<ParcelEvent> {
    JsonEventCodec::builder()
        .upcast_renamed(("PackageSent", 1), ("ParcelSent", 1), Ok)
        .upcast("ParcelSent", 2, weigh_in_grams)
        .upcast("ParcelSent", 1, name_the_sender)
}

/// Schema 1 to 2: `from` became `sender`, and `to` an address.
fn name_the_sender(mut payload: Value) -> Result<Value, FormatError> {
    let fields = payload.as_object_mut().ok_or("no object")?;
    let from = fields.remove("from").ok_or("no `from`")?;
    let to = fields.remove("to").ok_or("no `to`")?;
    fields.insert("sender".to_owned(), from);
    fields.insert("address".to_owned(), json!({ "line": to, "country": null }));
    Ok(payload)
}

/// Schema 2 to 3: kilograms became grams, and labels were added.
fn weigh_in_grams(mut payload: Value) -> Result<Value, FormatError> {
    let fields = payload.as_object_mut().ok_or("no object")?;
    let kilograms = fields.remove("kg").ok_or("no `kg`")?;
    let grams = kilograms.as_f64().ok_or("`kg` is no number")? * 1000.0;
    fields.insert("weight_grams".to_owned(), json!(grams as u64));
    fields.insert("labels".to_owned(), json!({}));
    Ok(payload)
}
