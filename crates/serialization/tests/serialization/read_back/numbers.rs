//! Numbers, bytes and times: integers past 64 bits where serde buffers a value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{Tagged, Untagged, comes_back, flat, is_refused, line};

#[test]
fn wide_integers_that_serde_buffers_are_refused() {
    comes_back(&line(7_u128));
    is_refused(&line(flat(7_u128)), "[0].terms.amount", "128");
    is_refused(&line(flat(-7_i128)), "[0].terms.amount", "128");
    is_refused(
        &line(Tagged::Paid { amount: 7_u128 }),
        "[0].terms.amount",
        "128",
    );
    is_refused(
        &line(Untagged::Paid { amount: 7_u128 }),
        "[0].terms",
        "untagged",
    );
}

#[test]
fn numbers_bytes_and_times_come_back() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Many {
        small: f32,
        zero: f64,
        huge: f64,
        long: i64,
        key: BTreeMap<char, u64>,
        lasts: Duration,
        since: SystemTime,
        text: Cow<'static, str>,
        bytes: Vec<u8>,
    }
    let many = || Many {
        small: 0.1,
        zero: -0.0,
        huge: f64::MAX,
        long: (1 << 53) + 1,
        key: BTreeMap::from([('"', u64::MAX)]),
        lasts: Duration::new(1, 999_999_999),
        since: UNIX_EPOCH + Duration::from_secs(1),
        text: "x".into(),
        bytes: vec![0, 255],
    };
    comes_back(&line(many()));
    comes_back(&flat(many()));
    comes_back(&Tagged::Paid { amount: many() });
    comes_back(&Untagged::Paid { amount: many() });
    let before = Many {
        since: UNIX_EPOCH - Duration::from_secs(1),
        ..many()
    };
    is_refused(&line(before), "[0].terms.since", "UNIX_EPOCH");
}
