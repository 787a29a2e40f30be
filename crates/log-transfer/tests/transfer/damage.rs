//! Damaged lines: each is refused with its number and the reason, and nothing behind it is written.

use log_transfer::{BadLine, LineProblem, TransferError};
use persistence_memory::MemoryEventStore;
use shared_kernel::EventStore;

use crate::fixture::{export, import, recorded, store_of, three};

/// The lines of an export of three events: a header, three events, a trailer.
async fn lines() -> Vec<String> {
    let store = store_of(three()).await;
    let lines = export(&store, Default::default()).await.unwrap();
    lines.lines().map(str::to_owned).collect()
}

/// The refusal of lines, and the number of events that were written all the same.
async fn refused(lines: &[String]) -> BadLine {
    let store = MemoryEventStore::new();
    let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    let refused = import(&store, &text, 60).await.unwrap_err();
    let written = store.head().await.unwrap();
    assert_eq!(written, None, "events were written before {refused}");
    match refused {
        TransferError::Line(line) => line,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_changed_byte_is_refused_at_its_line() {
    let sound = lines().await;
    for index in 0..sound.len() {
        for at in 0..sound[index].len() {
            let mut changed = sound.clone();
            let mut line = changed[index].clone().into_bytes();
            line[at] = match line[at] {
                b'1' => b'2',
                _ => b'1',
            };
            let Ok(line) = String::from_utf8(line) else {
                continue;
            };
            changed[index] = line;
            let refused = refused(&changed).await;
            assert_eq!(refused.line, index as u64 + 1, "byte {at}: {refused}");
        }
    }
}

#[tokio::test]
async fn a_missing_line_is_refused_where_it_was() {
    let sound = lines().await;
    for index in 0..sound.len() {
        let mut without = sound.clone();
        without.remove(index);
        let refused = refused(&without).await;
        assert_eq!(refused.line, index as u64 + 1, "{refused}");
        let is_expected = match (index, &refused.problem) {
            (0, problem) => matches!(problem, LineProblem::NotAnExport),
            (1 | 2, problem) => matches!(problem, LineProblem::OutOfPlace { .. }),
            (3, problem) => matches!(problem, LineProblem::Trailer(_)),
            (_, problem) => matches!(problem, LineProblem::Cut),
        };
        assert!(is_expected, "{refused:?}");
    }
}

#[tokio::test]
async fn a_doubled_line_is_refused() {
    let sound = lines().await;
    for index in 0..sound.len() {
        let mut doubled = sound.clone();
        doubled.insert(index, sound[index].clone());
        // The doubled last line comes after a whole export.
        if index == sound.len() - 1 {
            let store = MemoryEventStore::new();
            let refused = import(&store, &doubled.join("\n"), 60).await.unwrap_err();
            assert!(refused.to_string().starts_with("line 6:"), "{refused}");
            continue;
        }
        let refused = refused(&doubled).await;
        assert_eq!(refused.line, index as u64 + 2, "{refused}");
    }
}

#[tokio::test]
async fn lines_in_another_order_are_refused() {
    let sound = lines().await;
    for index in 1..sound.len() {
        let mut swapped = sound.clone();
        swapped.swap(index - 1, index);
        let refused = refused(&swapped).await;
        assert_eq!(refused.line, index as u64, "{refused}");
    }
}

#[tokio::test]
async fn a_line_of_another_export_is_refused() {
    let mut mixed = lines().await;
    let other = recorded(&[("lamp-7", b"{}"), ("lamp-7", b"{}"), ("lamp-7", b"{}")]);
    let other = export(&store_of(other).await, Default::default()).await;
    let other = other.unwrap();
    mixed[2] = other.lines().nth(2).unwrap().to_owned();
    let refused = refused(&mixed).await;
    assert_eq!(refused.line, 3);
    assert!(matches!(refused.problem, LineProblem::Changed));
}

#[tokio::test]
async fn a_cut_export_is_refused_wherever_it_ends() {
    let whole = lines().await.join("\n") + "\n";
    let lengths = (0..whole.len() - 1).filter(|length| whole.is_char_boundary(*length));
    for length in lengths {
        let store = MemoryEventStore::new();
        let refused = import(&store, &whole[..length], 60).await.unwrap_err();
        let TransferError::Line(refused) = refused else {
            panic!("{refused:?}");
        };
        // A whole line may lack its line break.
        let is_whole = whole[length..].starts_with('\n');
        let line = whole[..length].matches('\n').count() as u64 + 1 + u64::from(is_whole);
        let is_cut = matches!(refused.problem, LineProblem::Cut);
        assert!(is_cut || line == 1, "{refused}");
        assert_eq!(refused.line, line, "after {length} bytes: {refused}");
    }
}

#[tokio::test]
async fn text_after_the_end_is_refused() {
    for more in ["\n", "{}", "x\n"] {
        let whole = lines().await.join("\n") + "\n" + more;
        let store = MemoryEventStore::new();
        let refused = import(&store, &whole, 60).await.unwrap_err();
        assert!(
            matches!(
                &refused,
                TransferError::Line(BadLine {
                    line: 6,
                    problem: LineProblem::AfterTheEnd,
                })
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn other_files_are_refused_at_their_first_line() {
    let sound = lines().await.join("\n");
    for other in [
        String::new(),
        "\n".to_owned(),
        "{}".to_owned(),
        "SQLite format 3\0".to_owned(),
        "{\"format\":\"another\"}\n".to_owned(),
        format!("\u{feff}{sound}"),
        sound.replace('\n', "\r\n"),
    ] {
        let store = MemoryEventStore::new();
        let refused = import(&store, &other, 60).await.unwrap_err();
        assert!(refused.to_string().starts_with("line 1:"), "{refused}");
    }
}

#[tokio::test]
async fn a_newer_format_is_told() {
    let newer = lines()
        .await
        .join("\n")
        .replace("annals-export/1", "annals-export/2");
    let store = MemoryEventStore::new();
    let refused = import(&store, &newer, 60).await.unwrap_err();
    assert!(
        matches!(&refused, TransferError::Line(BadLine {
            line: 1,
            problem: LineProblem::OtherFormat { found, .. },
        }) if found == "annals-export/2"),
        "{refused:?}"
    );
}

/// The memory stays flat also if a file has no line breaks.
#[tokio::test]
async fn a_line_longer_than_any_event_is_refused() {
    let store = MemoryEventStore::new();
    let mut import = log_transfer::Import::into(&store);
    let piece = vec![b'x'; 1024 * 1024];
    let mut pieces = 0;
    let refused = loop {
        match import.take(&piece).await {
            Ok(()) => pieces += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(pieces, 97);
    assert!(
        matches!(
            &refused,
            TransferError::Line(BadLine {
                line: 1,
                problem: LineProblem::TooLong,
            })
        ),
        "{refused:?}"
    );
}
