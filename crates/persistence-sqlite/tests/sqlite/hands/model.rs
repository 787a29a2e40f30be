//! The model of the random rounds: which file is at the path, and which events it has.

use shared_kernel::EventId;

/// The events of a store, in the order of its log.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub(super) acknowledged: Vec<EventId>,
    /// Their appends had an unknown outcome.
    pub(super) doubtful: Vec<EventId>,
    /// The place and the number of the events that a process had not acknowledged when it was
    /// killed. They are hidden if their commit was in the log, but not in its index; and appear
    /// once the index is made anew, unless another commit has taken their place.
    pub(super) in_flight: Option<(usize, usize)>,
}

impl Content {
    /// Whether the store may have these events. If it shows those that were in flight, they stay.
    pub(super) fn agrees(&mut self, found: &[EventId]) -> bool {
        let certain = found.iter().filter(|id| !self.doubtful.contains(id));
        let certain: Vec<_> = certain.copied().collect();
        if let Some((at, count)) = self.in_flight {
            let is_shown = certain.len() == self.acknowledged.len() + count;
            if is_shown {
                let shown = certain[at..at + count].iter().copied();
                self.acknowledged.splice(at..at, shown);
            }
            if is_shown || self.acknowledged.len() > at {
                self.in_flight = None;
            }
        }
        certain == self.acknowledged
    }

    /// Takes over the events of a process that was killed. It may have made more appends of `batch`
    /// events than it could tell.
    pub(super) fn adopt(&mut self, told: &[EventId], found: &[EventId], batch: usize) -> bool {
        let first = told
            .first()
            .and_then(|first| found.iter().position(|id| id == first));
        let (before, own) = found.split_at(first.unwrap_or(found.len()));
        let agrees = self.agrees(before) && own.starts_with(told);
        self.acknowledged.extend(own);
        self.in_flight = Some((self.acknowledged.len(), batch));
        agrees
    }
}

/// The file at a path.
#[derive(Debug, Clone)]
pub(super) struct Present {
    pub(super) file: usize,
    pub(super) content: Content,
    /// A backup was copied over the file and its log stays: it must be restored first.
    pub(super) is_refused: bool,
    /// No handle has opened it for writing, so it is still a marked backup: another one that is
    /// copied over it looks the same.
    pub(super) is_marked: bool,
}

/// The files of a round.
#[derive(Debug, Default)]
pub(super) struct Model {
    files: usize,
    /// The store.
    pub(super) present: Option<Present>,
    /// The store that was moved away.
    pub(super) moved: Option<Present>,
    pub(super) backup: Option<Content>,
}

impl Model {
    /// A new file at the path. Returns its number.
    pub(super) fn put(&mut self, content: Content, is_marked: bool) -> usize {
        self.files += 1;
        self.present = Some(Present {
            file: self.files,
            content,
            is_refused: false,
            is_marked,
        });
        self.files
    }

    /// Whether the path leads to the file with this number.
    pub(super) fn leads_to(&self, file: usize) -> bool {
        self.present.as_ref().is_some_and(|now| now.file == file)
    }

    pub(super) fn is_refused(&self) -> bool {
        self.present.as_ref().is_some_and(|now| now.is_refused)
    }

    pub(super) fn content(&mut self) -> &mut Content {
        &mut self.present.as_mut().unwrap().content
    }

    /// An append went to a file that is lost; it may come back.
    pub(super) fn doubt(&mut self, file: usize, ids: &[EventId]) {
        if let Some(moved) = self.moved.as_mut().filter(|moved| moved.file == file) {
            moved.content.doubtful.extend(ids);
        }
    }
}
