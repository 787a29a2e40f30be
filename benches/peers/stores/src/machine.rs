//! A description of the machine, so that a reader can judge the figures.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;
use subject::Outcome;

/// The number of durable writes that measure the disk.
const PROBES: usize = 200;

/// The day, the machine and its disk in one sentence.
pub(crate) fn sentence(folder: &Path) -> Outcome<String> {
    let day = Timestamp::now().strftime("%Y-%m-%d");
    let cores = std::thread::available_parallelism()?;
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    let model = processor().map_or(String::new(), |model| format!(" ({model})"));
    let sync = sync_micros(folder)?;
    Ok(format!(
        "{day}, {os} on {architecture}, {cores} cores{model}; a write of 4 KiB and its `fdatasync` \
         took {sync:.0} µs (median)."
    ))
}

/// The default folder of the files: cargo's target folder. A folder for temporary files is often in
/// memory, where a sync costs nothing.
pub(crate) fn disk() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(": ")?.1.to_owned())
}

/// The median time of a durable write, in microseconds.
fn sync_micros(folder: &Path) -> Outcome<f64> {
    let mut file: File = tempfile::tempfile_in(folder)?;
    let mut each = Vec::with_capacity(PROBES);
    for _ in 0..PROBES {
        let started = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        each.push(started.elapsed());
    }
    each.sort_unstable();
    Ok(each[PROBES / 2].as_secs_f64() * 1e6)
}
