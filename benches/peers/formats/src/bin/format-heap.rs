//! Measures the peak heap of each format as a multiple of the text's length, and prints a Markdown
//! table.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml --bin format-heap`

use formats::{FORMATS, NESTED, UNIFORM, nested, uniform};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn main() {
    let (uniform, nested) = (uniform(UNIFORM), nested(NESTED));
    println!("| format | uniform encode | nested encode | uniform decode | nested decode |");
    println!("|---|---|---|---|---|");
    for format in &FORMATS {
        let (uniform_text, uniform_encode) = at_peak(|| (format.uniform.encode)(&uniform));
        let (nested_text, nested_encode) = at_peak(|| (format.nested.encode)(&nested));
        let (_, uniform_decode) = at_peak(|| (format.uniform.decode)(&uniform_text));
        let (_, nested_decode) = at_peak(|| (format.nested.decode)(&nested_text));
        let times = |bytes: usize, text: &str| format!("{:.2}", bytes as f64 / text.len() as f64);
        println!(
            "| {} | {} | {} | {} | {} |",
            format.name,
            times(uniform_encode, &uniform_text),
            times(nested_encode, &nested_text),
            times(uniform_decode, &uniform_text),
            times(nested_decode, &nested_text),
        );
    }
}

/// The result of some work, and the number of bytes that it used at its peak.
fn at_peak<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = work();
    (result, ALLOCATOR.peak_usage() - before)
}
