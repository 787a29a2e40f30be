//! The port for waiting, so that this crate needs no async runtime.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// Waits, for example between two attempts of a command.
#[async_trait]
pub trait Timer: Send + Sync {
    /// Completes once `duration` has passed.
    async fn sleep(&self, duration: Duration);
}

#[async_trait]
impl<T: Timer + ?Sized> Timer for Arc<T> {
    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}

/// Waits with a timer thread that works under every async runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemTimer;

#[async_trait]
impl Timer for SystemTimer {
    async fn sleep(&self, duration: Duration) {
        futures_timer::Delay::new(duration).await;
    }
}
