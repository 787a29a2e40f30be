//! Owns which runs share a row of `runs`, and what stands in it.
//!
//! A row costs SQLite as much as three or four events, so that appends of one commit share some; but not many, since
//! who reads one stream takes all that stands in a row.

use crate::encoded_run::{EncodedPayload, EncodedRun};

/// How many bytes of runs and ids a row has at most, about, that several streams share.
const MOST_BYTES_SHARED: usize = 1_344;

/// How many bytes of rows a page of 4 KiB holds.
const BYTES_OF_PAGE: usize = 4_088;

/// What a row takes of that besides its runs and ids, about.
const BYTES_OF_ROW: usize = 16;

/// What the two numbers before a run take that shares a row, about.
const BYTES_OF_SHARE: usize = 8;

/// Where an event comes to lie, or a run with its first event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) position: i64,
    pub(crate) stream_key: i64,
    pub(crate) version: i64,
    /// Microseconds since 1970.
    pub(crate) recorded_at: i64,
}

/// Rows of `runs` in the making, in order.
#[derive(Default)]
pub(crate) struct RunRows {
    rows: Vec<RunRow>,
    /// How many bytes are left in the page that the last row goes to, as far as can be told from here. Rows are cut so
    /// that they fill pages; where the count is wrong, some bytes of a page stay empty.
    room: usize,
    /// Where runs are put together.
    text: String,
}

/// A row of `runs`.
pub(crate) struct RunRow {
    /// The position of its first event.
    pub(crate) position: i64,
    pub(crate) event_ids: Vec<u8>,
    /// Its run; or the array of those that share it, each after the numbers of its events and of its bytes.
    pub(crate) events: String,
    pub(crate) payload: Option<EncodedPayload>,
    /// When all of its events were recorded.
    recorded_at: i64,
    /// The stream of each run.
    streams: Vec<i64>,
}

impl RunRows {
    /// None yet; space for so many runs is kept ready. The page that they go to has `room` bytes left.
    pub(crate) fn new(runs: usize, room: usize) -> Self {
        Self {
            rows: Vec::with_capacity(runs),
            room,
            text: String::new(),
        }
    }

    /// How many bytes are left in the last page.
    pub(crate) fn room(&self) -> usize {
        self.room
    }

    pub(crate) fn rows(&self) -> &[RunRow] {
        &self.rows
    }

    pub(crate) fn into_rows(self) -> Vec<RunRow> {
        self.rows
    }

    /// Adds a run, and gives the position of its row.
    pub(crate) fn add(&mut self, run: &EncodedRun, place: &Place) -> i64 {
        let text = &mut self.text;
        text.clear();
        // Four numbers come before the events.
        text.reserve(run.events.len() + 64);
        text.push('[');
        for number in [
            place.position,
            place.stream_key,
            place.version,
            place.recorded_at,
        ] {
            text.push_str(itoa::Buffer::new().format(number));
            text.push(',');
        }
        text.push_str(&run.events);
        let bytes = text.len() + run.event_ids.len();
        if let Some(row) = self.rows.last_mut()
            && bytes + BYTES_OF_SHARE <= self.room
            && row.has_room(bytes + BYTES_OF_SHARE)
            && row.may_be_shared(run, place)
        {
            self.room -= bytes + BYTES_OF_SHARE;
            row.share(run, place, text);
            return row.position;
        }
        let apart = run.payload.as_ref().map_or(0, EncodedPayload::bytes);
        let bytes = bytes + apart + BYTES_OF_ROW;
        self.room = match self.room.checked_sub(bytes) {
            Some(room) => room,
            None => BYTES_OF_PAGE.saturating_sub(bytes),
        };
        self.rows.push(RunRow {
            position: place.position,
            event_ids: run.event_ids.clone(),
            events: text.clone(),
            payload: run.payload.clone(),
            recorded_at: place.recorded_at,
            streams: vec![place.stream_key],
        });
        place.position
    }
}

impl RunRow {
    /// Whether it may grow by so many bytes.
    fn has_room(&self, bytes: usize) -> bool {
        self.events.len() + self.event_ids.len() + bytes <= MOST_BYTES_SHARED
    }

    /// Whether a run may share it: one that follows it, at the same time, in another stream. For runs of one stream
    /// never share a row, so that its head names a row once.
    fn may_be_shared(&self, run: &EncodedRun, place: &Place) -> bool {
        self.payload.is_none()
            && run.payload.is_none()
            && self.next_position() == Some(place.position)
            && self.recorded_at == place.recorded_at
            && !self.streams.contains(&place.stream_key)
    }

    fn share(&mut self, run: &EncodedRun, place: &Place, text: &str) {
        if self.streams.len() == 1 {
            let all = String::with_capacity(MOST_BYTES_SHARED);
            let only = std::mem::replace(&mut self.events, all);
            self.push('[', self.event_ids.len() / 16, &only);
        } else {
            self.events.pop();
        }
        self.push(',', run.count, text);
        self.events.push(']');
        self.event_ids.extend_from_slice(&run.event_ids);
        self.streams.push(place.stream_key);
    }

    fn push(&mut self, before: char, events: usize, run: &str) {
        self.events.push(before);
        for number in [events, run.len()] {
            self.events.push_str(itoa::Buffer::new().format(number));
            self.events.push(',');
        }
        self.events.push_str(run);
    }

    /// The position after its last event.
    fn next_position(&self) -> Option<i64> {
        let events = i64::try_from(self.event_ids.len() / 16).ok()?;
        self.position.checked_add(events)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use shared_kernel::{EventId, EventType, NewEvent};

    use super::*;
    use crate::encoded_run::tests::runs;

    fn event(payload: impl Into<Bytes>) -> NewEvent {
        let id = EventId::from_parts(jiff::Timestamp::UNIX_EPOCH, [7; 10]);
        NewEvent::new(id, EventType::new("T").unwrap(), payload)
    }

    /// A run of so many events with payloads of one byte.
    fn run(events: usize) -> EncodedRun {
        runs(&vec![event("1"); events]).remove(0)
    }

    /// A run of one event with that payload.
    fn run_with(payload: impl Into<Bytes>) -> EncodedRun {
        runs(&[event(payload)]).remove(0)
    }

    /// A payload of so many bytes.
    fn payload(bytes: usize) -> String {
        format!("\"{}\"", "x".repeat(bytes - 2))
    }

    fn place(position: i64, stream_key: i64) -> Place {
        Place {
            position,
            stream_key,
            version: 5,
            recorded_at: 9,
        }
    }

    /// Rows that begin with a page.
    fn rows() -> RunRows {
        RunRows::new(0, BYTES_OF_PAGE)
    }

    fn events(rows: RunRows) -> Vec<String> {
        let rows = rows.into_rows().into_iter();
        rows.map(|row| row.events).collect()
    }

    #[test]
    fn neighbours_of_other_streams_share_a_row() {
        let mut rows = rows();
        assert_eq!(rows.add(&run(1), &place(7, 1)), 7);
        assert_eq!(rows.add(&run(2), &place(8, 2)), 7);
        assert_eq!(rows.add(&run(1), &place(10, 3)), 7);
        assert_eq!(rows.rows().len(), 1);
        assert_eq!(rows.rows()[0].event_ids.len(), 4 * 16);
        let one = r#"[7,1,5,9,[1,"T",1,[],1]]"#;
        let two = r#"[8,2,5,9,[1,"T",1,[],1],[1,"T",1,[],1]]"#;
        let three = r#"[10,3,5,9,[1,"T",1,[],1]]"#;
        let expected = format!(
            "[1,{},{one},2,{},{two},1,{},{three}]",
            one.len(),
            two.len(),
            three.len()
        );
        assert_eq!(events(rows), [expected]);
    }

    #[test]
    fn a_run_alone_in_its_row_is_all_of_it() {
        let mut rows = rows();
        rows.add(&run(1), &place(7, 1));
        assert_eq!(events(rows), [r#"[7,1,5,9,[1,"T",1,[],1]]"#]);
    }

    #[test]
    fn a_row_is_shared_only_by_what_follows_at_the_same_time_in_another_stream() {
        let after_two = |run: &EncodedRun, place: &Place| {
            let mut rows = rows();
            rows.add(&self::run(2), &self::place(7, 1));
            rows.add(run, place)
        };
        assert_eq!(after_two(&run(1), &place(9, 2)), 7);
        assert_eq!(after_two(&run(1), &place(9, 1)), 9);
        assert_eq!(after_two(&run(1), &place(10, 2)), 10);
        let later = Place {
            recorded_at: 10,
            ..place(9, 2)
        };
        assert_eq!(after_two(&run(1), &later), 9);
        assert_eq!(after_two(&run_with(&b"no JSON"[..]), &place(9, 2)), 9);

        let mut rows = rows();
        rows.add(&run_with(&b"no JSON"[..]), &place(7, 1));
        assert_eq!(rows.add(&run(1), &place(8, 2)), 8);
        assert_eq!(rows.add(&run(1), &place(9, 3)), 8);
        // The first of them is of this stream.
        assert_eq!(rows.add(&run(1), &place(10, 2)), 10);
        rows.add(&run(1), &place(i64::MAX, 1));
        assert_eq!(rows.add(&run(1), &place(i64::MIN, 2)), i64::MIN);
    }

    #[test]
    fn a_shared_row_has_so_many_bytes_at_most() {
        let second = |bytes| {
            let mut rows = rows();
            rows.add(&run_with(payload(300)), &place(1, 1));
            rows.add(&run_with(payload(bytes)), &place(2, 2))
        };
        let largest = (300..1_300)
            .filter(|bytes| second(*bytes) == 1)
            .max()
            .unwrap();
        let mut rows = rows();
        rows.add(&run_with(payload(300)), &place(1, 1));
        rows.add(&run_with(payload(largest)), &place(2, 2));
        let row = &rows.rows()[0];
        let bytes = row.events.len() + row.event_ids.len();
        assert!(
            (MOST_BYTES_SHARED - 8..=MOST_BYTES_SHARED + 8).contains(&bytes),
            "{bytes}"
        );
        // One that is alone may be larger.
        assert_eq!(rows.add(&run_with(payload(2_000)), &place(3, 3)), 3);
        assert_eq!(rows.add(&run(1), &place(4, 4)), 4);
    }

    #[test]
    fn rows_are_cut_so_that_they_fill_pages() {
        let mut rows = rows();
        for nth in 1..=260 {
            rows.add(&run_with(payload(250)), &place(nth, nth));
        }
        let mut pages = vec![0];
        for row in rows.rows() {
            let bytes = row.events.len() + row.event_ids.len() + BYTES_OF_ROW;
            match pages.last_mut() {
                Some(page) if *page + bytes <= BYTES_OF_PAGE => *page += bytes,
                _ => pages.push(bytes),
            }
        }
        pages.pop();
        // Less is left than another event takes.
        assert!(
            pages.iter().all(|page| *page + 320 > BYTES_OF_PAGE),
            "{pages:?}"
        );
        assert!(rows.rows().len() < 130, "{}", rows.rows().len());
    }

    #[test]
    fn the_room_of_a_page_goes_from_one_group_to_the_next() {
        let run = run_with(payload(250));
        let bytes = 250 + 40;
        // A page that is full is followed by another one.
        let mut rows = RunRows::new(0, 0);
        rows.add(&run, &place(1, 1));
        let left = rows.room();
        assert!((1..BYTES_OF_PAGE - bytes).contains(&left), "{left}");
        let mut next = RunRows::new(0, left);
        next.add(&run, &place(2, 2));
        assert!(next.room() < left - 250 && next.room() > left - 400);
        // A row does not grow past its page.
        let mut last = RunRows::new(0, 600);
        last.add(&run, &place(3, 3));
        assert_eq!(last.add(&run, &place(4, 4)), 4);
        assert!(last.room() > BYTES_OF_PAGE - 400);
        // What is larger than a page leaves none, wherever its payload stands.
        for payload in [payload(4_090), payload(9_000), "no".repeat(4_000)] {
            let mut rows = self::rows();
            rows.add(&run_with(payload), &place(1, 1));
            assert_eq!(rows.room(), 0);
        }
    }
}
