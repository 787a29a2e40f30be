//! A stream of the store in chunks: what is there already stands together.
//!
//! One future reads the stream into a channel, while another one uses the chunks. So no query waits
//! half-way: behind a pooler, it would keep a session of the server from others.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use shared_kernel::StoreError;
use tokio::sync::mpsc::{self, Receiver};

/// The most entries of a chunk.
pub(crate) const CHUNK: usize = 512;

/// The chunks of a stream.
pub(crate) struct Chunks<T>(Receiver<Result<T, StoreError>>);

/// A future that reads a stream to its end, and its chunks. Both have to be polled.
pub(crate) fn of<T: Send>(
    mut stream: BoxStream<'_, Result<T, StoreError>>,
) -> (impl Future<Output = ()> + Send, Chunks<T>) {
    let (sender, receiver) = mpsc::channel(CHUNK);
    let reading = async move {
        while let Some(entry) = stream.next().await {
            if sender.send(entry).await.is_err() {
                return;
            }
        }
    };
    (reading, Chunks(receiver))
}

impl<T> Chunks<T> {
    /// The next entries, and the error after them; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<(Vec<T>, Result<(), StoreError>)> {
        let mut chunk = Vec::new();
        if self.0.recv_many(&mut chunk, CHUNK).await == 0 {
            return None;
        }
        let mut entries = Vec::with_capacity(chunk.len());
        for entry in chunk {
            match entry {
                Ok(entry) => entries.push(entry),
                Err(error) => return Some((entries, Err(error))),
            }
        }
        Some((entries, Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures_util::future::join;
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn what_is_there_stands_together_and_an_error_comes_after_it() {
        let failed = StoreError::Closed {
            location: "x".to_owned(),
        };
        let entries = [Ok(1), Ok(2), Err(failed), Ok(3)];
        let (reading, mut chunks) = of(stream::iter(entries).boxed());
        let using = async {
            let (entries, end) = chunks.next().await.unwrap();
            assert_eq!(entries, [1, 2]);
            assert!(matches!(end, Err(StoreError::Closed { .. })));
        };
        join(reading, using).await;
        assert!(chunks.next().await.is_none());
    }

    /// The stream has begun its second query when the first chunk is there. It ends the query while
    /// that chunk is used.
    #[tokio::test]
    async fn no_query_waits_while_a_chunk_is_used() {
        let is_half_way = AtomicBool::new(false);
        let entries = stream::unfold(0, |number| {
            let is_half_way = &is_half_way;
            async move {
                is_half_way.store(true, Ordering::Relaxed);
                tokio::task::yield_now().await;
                is_half_way.store(false, Ordering::Relaxed);
                (number < 4).then_some((Ok(number), number + 1))
            }
        });
        let (reading, mut chunks) = of(entries.boxed());
        let using = async {
            let (first, _) = chunks.next().await.unwrap();
            assert_eq!(first, [0]);
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
            assert!(!is_half_way.load(Ordering::Relaxed));
            let (rest, _) = chunks.next().await.unwrap();
            assert_eq!(rest, [1, 2, 3]);
        };
        join(reading, using).await;
    }

    #[tokio::test]
    async fn a_stream_without_entries_has_no_chunk() {
        let (reading, mut chunks) = of(stream::empty::<Result<u8, _>>().boxed());
        let ((), next) = join(reading, chunks.next()).await;
        assert!(next.is_none());
    }
}
