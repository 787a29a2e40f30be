//! The tests of the crate, over its public interface only.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this crate is all test, its helpers included"
)]

mod event_tables;
mod event_tables_events;
mod event_views;
mod golden;
mod maps;
mod misuse;
mod nesting;
mod numbers;
mod parcel;
mod read_back;
mod recorded;
mod registry;
mod round_trip;
mod skipping;
mod splits;
mod state;
#[cfg(feature = "tiktoken")]
mod tokens;
mod toon_decode;
mod toon_decode_enums;
mod toon_decode_lenient;
mod toon_decode_limits;
mod toon_decode_refused;
mod toon_decode_types;
mod toon_encode;
mod toon_encode_limits;
mod toon_encode_values;
mod toon_encode_wide;
mod toon_round_trip;
mod toon_spec;
mod toon_spec_decode;
mod toon_spec_encode;
mod upcasts;
mod variants;
