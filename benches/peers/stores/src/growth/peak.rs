//! The peak memory of a scan: a separate process scans the log and reads its peak from Linux.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use subject::{Outcome, Store};

use crate::annals::Annals;

/// The output of the scanning process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Scan {
    pub(super) events: usize,
    pub(super) seconds: f64,
    pub(super) peak_megabytes: f64,
}

/// Scans a log in a separate process.
pub(super) fn of_scan(path: &Path) -> Outcome<Scan> {
    let output = Command::new(std::env::current_exe()?)
        .arg("scan")
        .arg(path)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Runs in the scanning process: scans the log and prints a [`Scan`].
pub(crate) fn print_peak_of_scan(path: &Path) -> Outcome<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let started = Instant::now();
    let events = runtime.block_on(async { Annals::open(path).await?.scan().await })?;
    let scan = Scan {
        events,
        seconds: started.elapsed().as_secs_f64(),
        peak_megabytes: peak_megabytes()?,
    };
    println!("{}", serde_json::to_string(&scan)?);
    Ok(())
}

/// `VmHWM` of this process.
fn peak_megabytes() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("/proc/self/status has no line VmHWM; this program needs Linux")?;
    let kibibytes: f64 = peak.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}
