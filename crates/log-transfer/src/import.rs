//! An import under way.

use shared_kernel::store::{LogPoint, LogTransfer, StoreId};
use shared_kernel::{GlobalPosition, RecordedEvent};

use crate::error::TransferError;
use crate::joining::join;
use crate::keeping::Keeping;
use crate::line::Header;
use crate::reader::{Read, Reader};

/// The most events that are written at once.
const MAX_EVENTS: usize = 1_000;

/// Events with this many bytes of payloads are written at once.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The result of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The id of the store that was exported.
    pub store: StoreId,
    /// The number of events in the lines.
    pub events: u64,
    /// The number of those that were written; the others were there already.
    pub written: u64,
    /// The position of the last event of the lines in the exported log; 0 if there is none.
    pub last: GlobalPosition,
    /// Whether the store continues the exported log, with its id and positions. If not, the events
    /// were appended to a log of its own.
    pub keeps_positions: bool,
}

/// An import under way. It takes the lines of an export in pieces of any size.
///
/// A store without events takes over the exported log. A store with the same id goes on behind its
/// last event; the events that it has already are compared. A store with another id appends the
/// events that it does not have yet.
pub struct Import<'s> {
    /// `None` if only the lines are checked.
    store: Option<&'s dyn LogTransfer>,
    reader: Reader,
    way: Option<Way>,
    writes: bool,
    pending: Vec<RecordedEvent>,
    bytes: usize,
    done: Imported,
}

/// How events get into the store.
enum Way {
    /// With their positions.
    Keep(Keeping),
    /// By their ids.
    Join,
}

impl<'s> Import<'s> {
    /// Begins an import into a store.
    #[must_use]
    pub fn into(store: &'s dyn LogTransfer) -> Self {
        Self {
            store: Some(store),
            ..Self::inspection()
        }
    }

    /// Begins an inspection: it checks the lines, without a store.
    #[must_use]
    pub fn inspection() -> Self {
        Self {
            store: None,
            reader: Reader::default(),
            way: None,
            writes: true,
            pending: Vec::new(),
            bytes: 0,
            done: Imported {
                store: StoreId::from_bytes([0; 16]),
                events: 0,
                written: 0,
                last: GlobalPosition::START,
                keeps_positions: true,
            },
        }
    }

    /// Begins a rehearsal: it finds the reasons to refuse the lines that can be found without
    /// writing.
    #[must_use]
    pub fn rehearsal(store: &'s dyn LogTransfer) -> Self {
        Self {
            writes: false,
            ..Self::into(store)
        }
    }

    /// Takes the next bytes of the lines.
    ///
    /// # Errors
    /// [`TransferError`]. No event from the refused line on was written, and the events of some
    /// lines before it may be missing.
    pub async fn take(&mut self, mut bytes: &[u8]) -> Result<(), TransferError> {
        while let Some(read) = self.reader.next(&mut bytes)? {
            self.receive(read).await?;
        }
        Ok(())
    }

    /// Ends the import, after the last bytes.
    ///
    /// # Errors
    /// [`TransferError`], for example because the last lines of the export are missing.
    pub async fn finish(mut self) -> Result<Imported, TransferError> {
        if let Some(read) = self.reader.finish()? {
            self.receive(read).await?;
        }
        Ok(self.done)
    }

    /// The result so far.
    #[must_use]
    pub fn done(&self) -> Imported {
        self.done
    }

    async fn receive(&mut self, read: Read) -> Result<(), TransferError> {
        match read {
            Read::Header(header) => self.begin(&header).await,
            Read::Event(event) => {
                self.bytes += event.payload.len();
                self.pending.push(event);
                match self.pending.len() >= MAX_EVENTS || self.bytes >= MAX_BYTES {
                    true => self.flush().await,
                    false => Ok(()),
                }
            }
            Read::Trailer(trailer) => {
                self.flush().await?;
                self.done.last = trailer.last;
                Ok(())
            }
        }
    }

    /// Chooses the way into the store.
    async fn begin(&mut self, header: &Header) -> Result<(), TransferError> {
        let before = header.first.previous();
        let after = before.zip(header.after);
        let after = after.map(|(position, id)| LogPoint { position, id });
        self.done.store = header.store;
        let Some(store) = self.store else {
            return Ok(());
        };
        let head = store.head().await?;
        let is_other = head.is_some() && store.id().await? != header.store;
        self.done.keeps_positions = !is_other;
        self.way = Some(match is_other {
            true => Way::Join,
            false => Way::Keep(Keeping::begin(store, header, after, head).await?),
        });
        Ok(())
    }

    /// Writes the events that were read.
    async fn flush(&mut self) -> Result<(), TransferError> {
        let events = std::mem::take(&mut self.pending);
        self.bytes = 0;
        let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
        self.done.written += match (&mut self.way, self.store) {
            (Some(Way::Keep(keeping)), Some(store)) => {
                keeping.take(store, events, self.writes).await?
            }
            (Some(Way::Join), Some(store)) => join(store, &events, self.writes).await?,
            _ => 0,
        };
        self.done.events += count;
        Ok(())
    }
}
