//! Scenarios: notes.

use work_item::{Status, WorkItemEvent};

use crate::given::{note, task_that_is};

#[test]
fn an_item_of_any_status_accepts_notes() {
    for &status in Status::ALL {
        let item = task_that_is(status);
        let added = WorkItemEvent::NoteAdded {
            text: note("seen twice"),
        };
        assert_eq!(item.state.note(note(" seen twice\n")), Ok(vec![added]));
        let noted = item.clone().after(|item| item.note(note("seen")));
        assert_eq!(noted.state.notes(), 1, "{status}");
        assert_eq!(noted.state.status(), status);
    }
}

#[test]
fn the_same_note_can_be_added_again() {
    let item = task_that_is(Status::Pending)
        .after(|item| item.note(note("seen")))
        .after(|item| item.note(note("seen")));
    assert_eq!(item.state.notes(), 2);
}
