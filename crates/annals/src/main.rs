//! annals
fn main() {}
