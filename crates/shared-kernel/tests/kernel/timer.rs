//! The timer of the machine, which works on any executor.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use shared_kernel::time::{SystemTimer, Timer};

#[tokio::test]
async fn a_pause_does_not_end_early() {
    let pause = Duration::from_millis(20);
    let started = Instant::now();
    SystemTimer.sleep(pause).await;
    assert!(started.elapsed() >= pause);
}

#[test]
fn a_long_pause_is_pending_at_its_first_poll() {
    assert!(
        SystemTimer
            .sleep(Duration::from_secs(3600))
            .now_or_never()
            .is_none()
    );
}
