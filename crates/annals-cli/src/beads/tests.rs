//! The reading of issues.

use work_item::{Priority, WorkItemType};
use work_tracking::{ForeignItem, ForeignState};

use super::{BeadsError, Issues, read};

fn issue(more: &str) -> String {
    format!(
        r#"{{"id":"bd-1","title":"Keep it","created_at":"2025-12-16T01:03:14.349425123-08:00"{more}}}"#
    )
}

fn items(text: &str) -> Issues {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn item(more: &str) -> ForeignItem {
    items(&issue(more)).items.items()[0].clone()
}

fn refusal(text: &str) -> String {
    match read(text.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{text}"),
    }
}

#[test]
fn an_issue_with_the_required_fields_is_an_urgent_pending_task() {
    let item = item("");
    assert_eq!(item.alias.as_str(), "bd-1");
    assert_eq!(item.new.item_type, WorkItemType::Task);
    // Beads leaves out the priority 0, the highest.
    assert_eq!(item.new.priority, Priority::Critical);
    let text = item.new.description.unwrap();
    assert_eq!(
        (text.as_str(), item.assignee),
        ("In Beads: type task", None)
    );
    assert_eq!(item.state, ForeignState::Pending);
    assert_eq!(item.created_at.to_string(), "2025-12-16T09:03:14.349425Z");
    assert_eq!(item.changed_at, item.created_at);
}

#[test]
fn all_texts_of_an_issue_are_kept() {
    let item = item(
        r#","description":"Why","design":"How","acceptance_criteria":"When","notes":"Also","priority":4,"issue_type":"chore","labels":["a","b"],"external_ref":"gh-9","estimated_minutes":60,"assignee":"gas/town:1","dependencies":[{"issue_id":"bd-1","depends_on_id":"bd-7","type":"discovered-from"}],"comments":[{"author":"ben","text":"two","created_at":"2025-12-18T10:00:00Z"},{"author":"ada","text":"one","created_at":"2025-12-17T10:00:00Z"}]"#,
    );
    assert_eq!(
        item.new.description.unwrap().as_str(),
        "Why\n\n## Design\nHow\n\n## Acceptance criteria\nWhen\n\n## Notes\nAlso\n\n\
         In Beads: type chore; priority 4; labels a, b; estimated 60 minutes; external gh-9; \
         assignee gas/town:1; discovered-from bd-7"
    );
    let notes: Vec<_> = item.notes.iter().map(|note| note.as_str()).collect();
    assert_eq!(
        notes,
        [
            "ada, 2025-12-17T10:00:00Z:\none",
            "ben, 2025-12-18T10:00:00Z:\ntwo"
        ]
    );
    assert_eq!(item.related[0].as_str(), "bd-7");
}

#[test]
fn each_status_has_a_state() {
    let state = |more: &str| item(more).state;
    assert_eq!(
        state(r#","status":"in_progress""#),
        ForeignState::InProgress
    );
    let blocked = |why: &str| ForeignState::Blocked(why.parse().unwrap());
    assert_eq!(state(r#","status":"blocked""#), blocked("blocked in Beads"));
    assert_eq!(state(r#","status":"review""#), blocked("review in Beads"));
    let closed = r#","status":"closed","closed_at":"2025-12-17T10:00:00Z""#;
    let why = "closed in Beads at 2025-12-17T10:00:00Z";
    assert_eq!(state(closed), ForeignState::Done(why.parse().unwrap()));
    let fixed = format!(r#"{closed},"close_reason":"Fixed the duplicate rows""#);
    assert!(matches!(state(&fixed), ForeignState::Done(_)));
    for done in ["Duplicated rows are removed", "Invalidate the cache: done"] {
        let done = format!(r#"{closed},"close_reason":"{done}""#);
        assert!(matches!(state(&done), ForeignState::Done(_)), "{done}");
    }
    let given_up = format!(r#"{closed},"close_reason":"Duplicate of bd-9""#);
    let why = format!("{why}: Duplicate of bd-9");
    assert_eq!(
        state(&given_up),
        ForeignState::Cancelled(why.parse().unwrap())
    );
}

#[test]
fn long_and_hidden_texts_lose_nothing() {
    let long = "x".repeat(300);
    let text = format!(r#"{{"id":"bd-1","title":"{long}","created_at":"2025-12-16T01:03:14Z"}}"#);
    let issues = items(&text);
    let item = &issues.items.items()[0];
    assert_eq!(item.new.title.as_str(), format!("{}…", "x".repeat(199)));
    let text = item.new.description.as_ref().unwrap().as_str();
    assert_eq!(text, format!("{long}\n\nIn Beads: type task"));
    assert_eq!(issues.shortened, ["bd-1"]);
    let hidden = r#"{"id":"bd-1","title":"a\u200bb","created_at":"2025-12-16T01:03:14Z"}"#;
    let issues = items(hidden);
    assert_eq!(issues.items.items()[0].new.title.as_str(), "a\u{fffd}b");
    let item = self::item(&format!(r#","description":"{}""#, "y".repeat(35_000)));
    let notes: Vec<_> = item.notes.iter().map(|note| note.as_str().len()).collect();
    assert_eq!(notes, [10_000, 5_021]);
}

#[test]
fn a_long_reason_to_close_an_issue_is_a_note_as_a_whole() {
    let closed = |why: &str| {
        let closed = r#","status":"closed","closed_at":"2025-12-17T10:00:00Z","close_reason":"#;
        item(&format!("{closed}\"{why}\""))
    };
    let before = "closed in Beads at 2025-12-17T10:00:00Z: ";
    let most = "z".repeat(2_000 - before.len());
    let fits = closed(&most);
    let reason = ForeignState::Done(format!("{before}{most}").parse().unwrap());
    assert_eq!((&fits.state, fits.notes.len()), (&reason, 0));
    let more = closed(&format!("{most}!"));
    assert_eq!(more.state, reason);
    let notes: Vec<_> = more.notes.iter().map(|note| note.as_str()).collect();
    assert_eq!(notes, [format!("{before}{most}!")]);
    // An issue that is open again keeps the reason, too.
    let open = item(r#","status":"open","close_reason":"fixed in 1.2""#);
    assert_eq!(open.state, ForeignState::Pending);
    assert_eq!(
        open.notes[0].as_str(),
        "closed in Beads before: fixed in 1.2"
    );
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_issue() {
    let issues = items(&format!("\u{feff}{}", issue("")));
    assert_eq!(issues.items.items()[0].alias.as_str(), "bd-1");
}

#[test]
fn a_link_of_an_issue_to_itself_is_left_out() {
    let issues = items(&issue(
        r#","dependencies":[{"depends_on_id":"BD-1","type":"blocks"},{"depends_on_id":"bd-2","type":"blocks"}]"#,
    ));
    let item = &issues.items.items()[0];
    assert_eq!(item.blockers, ["bd-2".parse().unwrap()]);
    let itself = ("bd-1".to_owned(), "BD-1".to_owned());
    assert_eq!(issues.left_out_links, [itself]);
}

#[test]
fn deleted_issues_other_records_and_unknown_fields_are_counted() {
    let deleted = issue(r#","status":"tombstone""#);
    let other = r#"{"_type":"memory","key":"k","value":"v"}"#;
    let known = issue(
        r#","content_hash":"x","wisp":true,"dependencies":[{"depends_on_id":"external:a:b","type":"blocks"}]"#,
    );
    let issues = items(&format!("{deleted}\n\n{other}\r\n{known}\n"));
    assert_eq!((issues.deleted, issues.other_records), (1, 1));
    let fields: Vec<_> = issues.left_out_fields.keys().collect();
    assert_eq!(fields, ["content_hash", "wisp"]);
    assert_eq!(
        issues.left_out_links,
        [("bd-1".to_owned(), "external:a:b".to_owned())]
    );
    assert_eq!(items("").items.items(), []);
}

#[test]
fn a_broken_line_is_refused_with_its_number_and_the_reason() {
    let good = issue("");
    for (bad, reason) in [
        ("<<<<<<< HEAD".to_owned(), "line 2: it is no JSON"),
        ("[1]".to_owned(), "line 2: it is no JSON object"),
        (good.clone(), "line 2: bd-1 stands in line 1 already"),
        (
            r#"{"id":"bd-2","title":"x"}"#.to_owned(),
            "line 2: `created_at` is missing",
        ),
        (
            good.replace("bd-1", "work-12"),
            "line 2: the id work-12 reads as the number",
        ),
        (
            good.replace("bd-1", "work-x"),
            "line 2: the id work-x begins like a number",
        ),
        (
            good.replace("bd-1", "a b"),
            "line 2: the id \"a b\" cannot be a name here",
        ),
        (
            issue(r#","priority":"high""#).replace("bd-1", "bd-2"),
            "line 2: `priority` is no whole number",
        ),
        (
            issue(r#","dependencies":[{"issue_id":"bd-8","depends_on_id":"bd-9"}]"#)
                .replace("\"id\":\"bd-1\"", "\"id\":\"bd-2\""),
            "line 2: it has a link of another issue, bd-8",
        ),
    ] {
        let refused = refusal(&format!("{good}\n{bad}"));
        assert!(refused.starts_with(reason), "{refused}");
    }
    let on = |other| format!(r#","dependencies":[{{"depends_on_id":"{other}","type":"blocks"}}]"#);
    let second = issue(&on("bd-1")).replace("\"id\":\"bd-1\"", "\"id\":\"bd-2\"");
    let circle = format!("{}\n{second}", issue(&on("bd-2")));
    assert!(matches!(read(circle.as_bytes()), Err(BeadsError::Items(_))));
}
