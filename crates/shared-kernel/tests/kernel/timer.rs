//! The timer of the machine works under any executor, or none.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use shared_kernel::time::{SystemTimer, Timer};

#[tokio::test]
async fn it_completes_no_sooner_than_it_should() {
    let pause = Duration::from_millis(20);
    let started = Instant::now();
    SystemTimer.sleep(pause).await;
    assert!(started.elapsed() >= pause);
}

#[test]
fn a_long_pause_is_still_pending_when_first_asked() {
    assert!(
        SystemTimer
            .sleep(Duration::from_secs(3600))
            .now_or_never()
            .is_none()
    );
}
