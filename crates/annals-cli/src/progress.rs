//! The progress bar of long commands. Work that ends within a third of a second shows none.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use shared_kernel::time::{Clock, SystemTimer, Timer};

use crate::environment::Environment;

/// A bar appears after this time, so that it does not flash in short commands.
const DELAY: SignedDuration = SignedDuration::from_millis(300);

/// A progress bar on standard error; invisible if standard error is not a terminal.
pub(crate) struct Progress {
    label: &'static str,
    /// `None` if nothing is drawn.
    clock: Option<Arc<dyn Clock>>,
    began: Timestamp,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins work that reports its progress with [`update`](Self::update).
    pub(crate) fn begin(label: &'static str, environment: &Environment<'_>) -> Self {
        let clock = &environment.clock;
        Self {
            label,
            clock: environment.draws_progress.then(|| Arc::clone(clock)),
            began: clock.now(),
            bar: None,
        }
    }

    /// Shows that `done` of `total` units are done.
    pub(crate) fn update(&mut self, done: u64, total: u64) {
        let Some(clock) = &self.clock else {
            return;
        };
        if clock.now().duration_since(self.began) < DELAY {
            return;
        }
        let label = self.label;
        let bar = self.bar.get_or_insert_with(|| {
            bar(
                label,
                "{msg} [{bar:30}] {human_pos} of {human_len} ({eta} left)",
            )
        });
        bar.set_length(total);
        bar.set_position(done);
    }

    /// Does work that cannot report its progress, with a spinner.
    pub(crate) async fn spin<T>(
        label: &'static str,
        draws: bool,
        work: impl Future<Output = T>,
    ) -> T {
        let spinner = || draws.then(|| bar(label, "{msg} {spinner}"));
        shown_late(work, &SystemTimer, spinner).await
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(label: &'static str, style: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_message(label);
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Does work, and shows a bar from the end of the delay to the end of the work.
async fn shown_late<T>(
    work: impl Future<Output = T>,
    timer: &dyn Timer,
    show: impl FnOnce() -> Option<ProgressBar>,
) -> T {
    let mut work = pin!(work);
    match select(work.as_mut(), timer.sleep(DELAY.unsigned_abs())).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => {
            let bar = show();
            let done = work.await;
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
            done
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use async_trait::async_trait;
    use futures_util::FutureExt;
    use futures_util::future::{pending, ready};
    use shared_kernel::time::ManualClock;

    use super::*;

    #[test]
    fn a_bar_appears_after_the_delay() {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let mut progress = Progress {
            label: "reading",
            clock: Some(clock.clone()),
            began: clock.now(),
            bar: None,
        };
        clock.advance(Duration::from_millis(299));
        progress.update(1, 3);
        assert!(progress.bar.is_none());
        clock.advance(Duration::from_millis(1));
        progress.update(2, 3);
        assert_eq!(progress.bar.as_ref().map(ProgressBar::position), Some(2));
        progress.clock = None;
        progress.bar = None;
        progress.update(3, 3);
        assert!(progress.bar.is_none(), "without a terminal");
    }

    struct Alarm {
        rings: bool,
    }

    #[async_trait]
    impl Timer for Alarm {
        async fn sleep(&self, _: Duration) {
            if !self.rings {
                pending::<()>().await;
            }
        }
    }

    #[test]
    fn a_spinner_is_shown_only_for_work_that_lasts() {
        for (rings, work, expected) in [
            (false, ready(()).boxed(), false),
            (true, ready(()).boxed(), false),
            (false, pending().boxed(), false),
            (true, pending().boxed(), true),
        ] {
            let shown = Cell::new(false);
            let show = || {
                shown.set(true);
                None
            };
            let _ = shown_late(work, &Alarm { rings }, show).now_or_never();
            assert_eq!(shown.get(), expected);
        }
    }
}
