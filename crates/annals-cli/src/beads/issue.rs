//! An issue of Beads as an item.
//!
//! Decision 21 has the table of what becomes what.

use jiff::Timestamp;
use work_item::{
    Alias, Description, NewWorkItem, Note, Participant, Priority, Reason, Sha256, Title,
    WorkItemType, mark_hidden,
};
use work_tracking::{ForeignItem, ForeignState, ItemRef};

use super::record::Record;

/// An issue as an item.
pub(super) struct Imported {
    pub(super) item: ForeignItem,
    pub(super) is_shortened: bool,
    pub(super) left_out_links: Vec<String>,
}

/// The longest title, description, note and reason, in characters.
const TITLE: usize = 200;
const DESCRIPTION: usize = 20_000;
const NOTE: usize = 10_000;
const REASON: usize = 2_000;

/// The beginnings of reasons to close an issue that was not finished.
const GIVEN_UP: [&str; 12] = [
    "wontfix",
    "won't fix",
    "won't do",
    "duplicate",
    "obsolete",
    "not planned",
    "cancelled",
    "canceled",
    "abandoned",
    "superseded",
    "out of scope",
    "invalid",
];

/// The links of an issue.
#[derive(Default)]
struct Links {
    parent: Option<Alias>,
    blockers: Vec<Alias>,
    related: Vec<Alias>,
    /// The kinds of the other links, for the text: `discovered-from bd-7`.
    others: Vec<String>,
    left_out: Vec<String>,
}

pub(super) fn item_of(record: &mut Record, source: Sha256) -> Result<Imported, String> {
    let alias = alias(&record.required("id")?)?;
    let created_at = record.time("created_at")?;
    let created_at = created_at.ok_or("`created_at` is missing")?;
    let updated_at = record.time("updated_at")?.unwrap_or(created_at);
    let closed_at = record.time("closed_at")?;
    let links = links(record, alias)?;
    let (title, whole_title) = title(&record.required("title")?)?;
    let is_shortened = whole_title.is_some();
    let (state, whole_reason) = state(record, closed_at.unwrap_or(updated_at))?;

    let item_type = record
        .text("issue_type")?
        .unwrap_or_else(|| "task".to_owned());
    // The place among its parents and children can change the kind.
    let kind = match item_type.as_str() {
        "epic" => WorkItemType::Epic,
        "feature" | "story" => WorkItemType::Story,
        "bug" => WorkItemType::Bug,
        "spike" => WorkItemType::Spike,
        _ => WorkItemType::Task,
    };
    // Beads leaves a priority of 0 out.
    let number = record.number("priority")?.unwrap_or(0);
    let priority = match number {
        0 => Priority::Critical,
        1 => Priority::High,
        2 => Priority::Medium,
        _ => Priority::Low,
    };
    let mut facts = vec![format!("type {item_type}")];
    if number > 3 {
        facts.push(format!("priority {number}"));
    }
    let labels = record.texts("labels")?;
    if !labels.is_empty() {
        facts.push(format!("labels {}", labels.join(", ")));
    }
    if let Some(minutes) = record.number("estimated_minutes")? {
        facts.push(format!("estimated {minutes} minutes"));
    }
    for (field, name) in [
        ("external_ref", "external"),
        ("created_by", "created by"),
        ("owner", "owner"),
    ] {
        if let Some(text) = record.text(field)? {
            facts.push(format!("{name} {text}"));
        }
    }
    let (assignee, unfit) = match record.text("assignee")? {
        Some(name) => match name.parse::<Participant>() {
            Ok(who) => (Some(Participant::from(who.into_actor())), None),
            Err(_) => (None, Some(format!("assignee {name}"))),
        },
        None => (None, None),
    };
    facts.extend(unfit);
    facts.extend(links.others);

    let (description, mut notes) = texts(record, whole_title, &facts)?;
    notes.extend(comments(record)?);
    if let Some(reason) = whole_reason {
        notes.extend(self::notes(&reason)?);
    }
    let mut new = NewWorkItem::new(title)
        .with_type(kind)
        .with_priority(priority);
    new.description = description;
    Ok(Imported {
        item: ForeignItem {
            alias,
            new,
            parent: links.parent,
            blockers: links.blockers,
            related: links.related,
            notes,
            assignee,
            state,
            created_at,
            changed_at: closed_at.unwrap_or(updated_at),
            source,
        },
        is_shortened,
        left_out_links: links.left_out,
    })
}

/// The name of an issue. It must be read as an alias wherever a command takes an item.
fn alias(id: &str) -> Result<Alias, String> {
    match id.parse() {
        Ok(ItemRef::Alias(alias)) => Ok(alias),
        Ok(_) => Err(format!(
            "the id {id} reads as the number or the id of an item of Annals; rename it in Beads"
        )),
        Err(_) => match id.parse::<Alias>() {
            Err(error) => Err(format!("the id {id:?} cannot be a name here: {error}")),
            Ok(_) => Err(format!(
                "the id {id} begins like a number of Annals; rename it in Beads"
            )),
        },
    }
}

fn links(record: &mut Record, own: Alias) -> Result<Links, String> {
    let mut links = Links::default();
    for mut link in record.records("dependencies")? {
        let to = link.required("depends_on_id")?;
        let kind = link.text("type")?.unwrap_or_else(|| "blocks".to_owned());
        // Beads lists a link with the issue that it belongs to; another one is a mistake.
        if let Some(from) = link.text("issue_id")?
            && !from.eq_ignore_ascii_case(own.as_str())
        {
            return Err(format!("it has a link of another issue, {from}"));
        }
        let target = match to.parse() {
            Ok(ItemRef::Alias(target)) if target.key() != own.key() => target,
            // No item can have the name, or the issue is linked to itself.
            _ => {
                links.left_out.push(to);
                continue;
            }
        };
        match kind.as_str() {
            "blocks" | "conditional-blocks" | "waits-for" => links.blockers.push(target),
            "parent-child" if links.parent.is_none() => links.parent = Some(target),
            _ => {
                links.related.push(target);
                if !matches!(kind.as_str(), "related" | "relates-to") {
                    links.others.push(format!("{kind} {target}"));
                }
            }
        }
    }
    Ok(links)
}

/// The title, and the whole one if it had to be changed.
fn title(text: &str) -> Result<(Title, Option<String>), String> {
    let one_line: String = mark_hidden(text.trim())
        .map(|(_, c, is_hidden)| match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            c if is_hidden || c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect();
    let mut cut = one_line.clone();
    if let Some((end, _)) = one_line.char_indices().nth(TITLE)
        && let Some((last, _)) = one_line[..end].char_indices().next_back()
    {
        cut.truncate(last);
        cut.push('…');
    }
    let whole = (cut != text.trim()).then(|| text.to_owned());
    let title = cut.parse().map_err(|error| format!("`title`: {error}"))?;
    Ok((title, whole))
}

/// The state, and the whole reason of its closing if it had to be cut or the issue is open again.
fn state(record: &mut Record, at: Timestamp) -> Result<(ForeignState, Option<String>), String> {
    let why = record.text("close_reason")?;
    let mut whole = None;
    let mut reason = |text: String| {
        let begin: String = text.chars().take(REASON).collect();
        if begin.len() < text.len() {
            whole = Some(text);
        }
        begin.parse::<Reason>().map_err(|error| error.to_string())
    };
    let status = record.text("status")?.unwrap_or_else(|| "open".to_owned());
    let state = match status.as_str() {
        "open" => ForeignState::Pending,
        "in_progress" | "hooked" => ForeignState::InProgress,
        "closed" => {
            let begin = why.as_deref().unwrap_or_default().trim().to_lowercase();
            let text = match &why {
                Some(why) => format!("closed in Beads at {at}: {why}"),
                None => format!("closed in Beads at {at}"),
            };
            let is_whole_word = |rest: &str| !rest.starts_with(char::is_alphanumeric);
            let mut words = GIVEN_UP.iter();
            match words.any(|word| begin.strip_prefix(word).is_some_and(is_whole_word)) {
                true => ForeignState::Cancelled(reason(text)?),
                false => ForeignState::Done(reason(text)?),
            }
        }
        // Blocked, deferred, and the states that users define: it is not known to be ready.
        other => ForeignState::Blocked(reason(format!("{other} in Beads"))?),
    };
    if status != "closed" {
        whole = why.map(|why| format!("closed in Beads before: {why}"));
    }
    Ok((state, whole))
}

/// The description with the other texts of an issue. The rest of a long one becomes notes.
fn texts(
    record: &mut Record,
    title: Option<String>,
    facts: &[String],
) -> Result<(Option<Description>, Vec<Note>), String> {
    let mut parts: Vec<String> = title.into_iter().collect();
    parts.extend(record.text("description")?);
    for (field, heading) in [
        ("design", "Design"),
        ("acceptance_criteria", "Acceptance criteria"),
        ("notes", "Notes"),
    ] {
        if let Some(text) = record.text(field)? {
            parts.push(format!("## {heading}\n{text}"));
        }
    }
    parts.push(format!("In Beads: {}", facts.join("; ")));
    let mut pieces = pieces(&parts.join("\n\n"), DESCRIPTION).into_iter();
    let description = pieces.next().map(|text| text.parse()).transpose();
    let description = description.map_err(|error| format!("`description`: {error}"))?;
    let rest: String = pieces.collect();
    Ok((description, notes(&rest)?))
}

/// The comments as notes, oldest first, each with its author and time.
fn comments(record: &mut Record) -> Result<Vec<Note>, String> {
    let mut comments = Vec::new();
    for mut comment in record.records("comments")? {
        let at = comment.time("created_at")?;
        let author = comment.text("author")?;
        let Some(text) = comment.text("text")? else {
            continue;
        };
        let author = author.unwrap_or_else(|| "an unknown author".to_owned());
        let when = at.map_or_else(String::new, |at| format!(", {at}"));
        comments.push((at, format!("{author}{when}:\n{text}")));
    }
    comments.sort_by_key(|(at, _)| *at);
    let notes = comments.iter().map(|(_, text)| notes(text));
    Ok(notes.collect::<Result<Vec<_>, _>>()?.concat())
}

/// A text as notes, as many as it needs.
fn notes(text: &str) -> Result<Vec<Note>, String> {
    let pieces = pieces(text, NOTE).into_iter();
    let notes = pieces.filter(|piece| !piece.trim().is_empty());
    let notes = notes.map(|piece| piece.parse().map_err(|error| format!("a note: {error}")));
    notes.collect()
}

/// The pieces of a text, each with at most `most` characters.
fn pieces(text: &str, most: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars
        .chunks(most)
        .map(|piece| piece.iter().collect())
        .collect()
}
