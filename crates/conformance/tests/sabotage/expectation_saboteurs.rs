//! Saboteurs with wrong checks of expectations.

use std::collections::BTreeSet;

use async_trait::async_trait;
use shared_kernel::store::{AppendReceipt, Conflict, StreamWrite};
use shared_kernel::{Append, AppendError, EventStore, ExpectedVersion, StreamVersion};

use crate::harness::{Door, Sabotage};
use crate::rewriting::{holds, is_known, unconditional, with_expectations, with_writes};

/// Ignores `StreamExists`.
#[derive(Default)]
pub(crate) struct RefusesStreamExists;

#[async_trait]
impl Sabotage for RefusesStreamExists {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let refused = with_expectations(&append, |expected| match expected {
            ExpectedVersion::StreamExists => ExpectedVersion::NoStream,
            other => other,
        });
        if !is_known(door, &append).await {
            holds(door, &append).await?;
        }
        door.store.append(refused).await
    }
}

/// Treats `Exact(0)` as `Any`.
#[derive(Default)]
pub(crate) struct TakesExactZeroForAny;

#[async_trait]
impl Sabotage for TakesExactZeroForAny {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let append = with_expectations(&append, |expected| match expected {
            ExpectedVersion::Exact(StreamVersion::EMPTY) => ExpectedVersion::Any,
            other => other,
        });
        door.store.append(append).await
    }
}

/// Ignores every expectation.
#[derive(Default)]
pub(crate) struct SwallowsConflicts;

#[async_trait]
impl Sabotage for SwallowsConflicts {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        match door.store.append(append.clone()).await {
            Err(AppendError::Conflict(_)) => door.store.append(unconditional(&append)).await,
            other => other,
        }
    }
}

/// Writes and returns a conflict.
#[derive(Default)]
pub(crate) struct WritesThoughItConflicts;

#[async_trait]
impl Sabotage for WritesThoughItConflicts {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let answer = door.store.append(append.clone()).await;
        if let Err(AppendError::Conflict(_)) = answer {
            door.store.append(unconditional(&append)).await?;
        }
        answer
    }
}

/// Compares with `<=` instead of `==`.
#[derive(Default)]
pub(crate) struct LetsTooHighVersionsPass;

#[async_trait]
impl Sabotage for LetsTooHighVersionsPass {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let [write] = append.writes() else {
            return door.store.append(append).await;
        };
        let actual = door.store.stream_version(&write.stream).await?;
        let near = actual.advanced_by(1000).unwrap_or(StreamVersion::MAX);
        match write.expected {
            ExpectedVersion::Exact(version) if actual < version && version < near => {
                let write = StreamWrite {
                    expected: ExpectedVersion::Any,
                    ..write.clone()
                };
                door.store.append(with_writes(&append, [write])).await
            }
            _ => door.store.append(append).await,
        }
    }
}

/// Keeps expected versions in 32 bits.
#[derive(Default)]
pub(crate) struct CutsExpectedVersionsTo32Bits;

#[async_trait]
impl Sabotage for CutsExpectedVersionsTo32Bits {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let append = with_expectations(&append, |expected| match expected {
            ExpectedVersion::Exact(version) => {
                let cut = u32::try_from(version.get() & 0xffff_ffff).expect("32 bits are left");
                ExpectedVersion::Exact(cut.into())
            }
            other => other,
        });
        door.store.append(append).await
    }
}

/// Reports a wrong actual version in a conflict.
#[derive(Default)]
pub(crate) struct TellsAWrongVersionInConflicts;

#[async_trait]
impl Sabotage for TellsAWrongVersionInConflicts {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let single = append.writes().len() == 1 && append.checks().is_empty();
        let written = append.event_count() > 0;
        match door.store.append(append).await {
            Err(AppendError::Conflict(conflict)) if single && written => {
                let actual = conflict.actual.next().unwrap_or(StreamVersion::EMPTY);
                Err(Conflict { actual, ..conflict }.into())
            }
            other => other,
        }
    }
}

/// Checks only the expectation of the first stream.
#[derive(Default)]
pub(crate) struct ChecksOnlyTheFirstStream;

#[async_trait]
impl Sabotage for ChecksOnlyTheFirstStream {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let first = append.writes().iter().take(1).cloned();
        let others = append.writes().iter().skip(1).cloned();
        let others = others.map(|write| StreamWrite {
            expected: ExpectedVersion::Any,
            ..write
        });
        door.store
            .append(with_writes(&append, first.chain(others)))
            .await
    }
}

/// Ignores checks of streams without events.
#[derive(Default)]
pub(crate) struct IgnoresChecksOfOtherStreams;

#[async_trait]
impl Sabotage for IgnoresChecksOfOtherStreams {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let writes = append.writes().iter().cloned();
        let written = writes.fold(Append::new(), Append::with_write);
        let own = append.checks().iter().filter(|check| {
            append
                .writes()
                .iter()
                .any(|write| write.stream == check.stream)
        });
        let append = own.fold(written, |append, check| {
            append.check(check.stream.clone(), check.expected)
        });
        door.store.append(append).await
    }
}

/// Compares the check of a stream that is written with the version after the append.
#[derive(Default)]
pub(crate) struct ChecksWrittenStreamsAfterwards;

#[async_trait]
impl Sabotage for ChecksWrittenStreamsAfterwards {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        for write in append.writes() {
            let before = door.store.stream_version(&write.stream).await?;
            let after = before.advanced_by(write.events.len() as u64);
            let after = after.unwrap_or(StreamVersion::MAX);
            let own = append
                .checks()
                .iter()
                .filter(|check| check.stream == write.stream);
            for check in own {
                check.expected.check(&check.stream, after)?;
            }
        }
        let writes = append.writes().iter().cloned();
        let written = writes.fold(Append::new(), Append::with_write);
        let others = append.checks().iter().filter(|check| {
            append
                .writes()
                .iter()
                .all(|write| write.stream != check.stream)
        });
        let append = others.fold(written, |append, check| {
            append.check(check.stream.clone(), check.expected)
        });
        door.store.append(append).await
    }
}

/// Accepts every empty append.
#[derive(Default)]
pub(crate) struct ChecksNothingOfEmptyAppends;

#[async_trait]
impl Sabotage for ChecksNothingOfEmptyAppends {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let append = if append.event_count() == 0 {
            unconditional(&append)
        } else {
            append
        };
        door.store.append(append).await
    }
}

/// Checks the expectations of at most 128 streams.
#[derive(Default)]
pub(crate) struct BindsNoMoreThan128Streams;

#[async_trait]
impl Sabotage for BindsNoMoreThan128Streams {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let bound: BTreeSet<_> = append
            .expectations()
            .map(|(stream, _)| stream)
            .take(128)
            .collect();
        let writes = append.writes().iter().cloned().map(|write| StreamWrite {
            expected: match bound.contains(&write.stream) {
                true => write.expected,
                false => ExpectedVersion::Any,
            },
            ..write
        });
        let written = writes.fold(Append::new(), Append::with_write);
        let checks = append
            .checks()
            .iter()
            .filter(|check| bound.contains(&check.stream));
        let append = checks.fold(written, |append, check| {
            append.check(check.stream.clone(), check.expected)
        });
        door.store.append(append).await
    }
}
