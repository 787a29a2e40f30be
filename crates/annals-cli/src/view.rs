//! The JSON and TOON objects of the answers. Programs read their field names, so they never change.

mod fields;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use shared_kernel::store::StreamSummary;
use shared_kernel::{Actor, DomainEvent, EventEnvelope, Metadata, RecordedEvent, StreamVersion};
use work_item::{
    Alias, Claim, Dependency, EvidenceFile, Note, TestKind, TestRun, WorkItem, WorkItemEvent,
    WorkItemId,
};
use work_tracking::ItemName;

pub(crate) use self::fields::{
    FOUND_FIELDS, ITEM_FIELDS, LIST_DEFAULTS, OUTCOME_DEFAULTS, READY_DEFAULTS, READY_FIELDS,
    SEARCH_DEFAULTS,
};

/// A work item.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ItemView<'a> {
    pub(crate) id: String,
    pub(crate) number: String,
    /// The names that it has in other trackers and stores, for example `bd-a1b2`.
    pub(crate) aliases: Vec<&'a str>,
    pub(crate) title: &'a str,
    #[serde(rename = "type")]
    pub(crate) item_type: &'static str,
    pub(crate) status: &'static str,
    pub(crate) status_reason: Option<&'a str>,
    pub(crate) priority: &'static str,
    pub(crate) risk_tier: &'static str,
    pub(crate) description: Option<&'a str>,
    pub(crate) parent: Option<IdView>,
    /// `ada`, or with its kind, `agent:builder`.
    pub(crate) assignee: Option<String>,
    pub(crate) claim: Option<ClaimView>,
    #[schemars(with = "String")]
    pub(crate) created_at: Timestamp,
    #[schemars(with = "Option<String>")]
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) cycle_time_seconds: Option<f64>,
    pub(crate) resolution: Option<&'a str>,
    pub(crate) test_run: Option<TestRunView>,
    pub(crate) approvers: Vec<String>,
    /// The items that it contains.
    pub(crate) children: Vec<IdView>,
    /// The items that it depends on.
    pub(crate) dependencies: Vec<DependencyView>,
    /// The number of its notes.
    pub(crate) notes: u64,
    /// The number of its events.
    pub(crate) version: u64,
}

/// The snowflake and the number of a work item.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct IdView {
    pub(crate) id: String,
    pub(crate) number: String,
}

/// The claim of a work item.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ClaimView {
    pub(crate) claimant: String,
    pub(crate) term: u64,
    #[schemars(with = "String")]
    pub(crate) since: Timestamp,
    /// The end of the claim; `null` for a claim until its release.
    #[schemars(with = "Option<String>")]
    pub(crate) until: Option<Timestamp>,
}

/// An item that another one depends on.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DependencyView {
    #[serde(flatten)]
    pub(crate) on: IdView,
    /// `blocks` or `relates`.
    pub(crate) kind: &'static str,
}

/// The results of a test run.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct TestRunView {
    pub(crate) coverage_percent: Option<f64>,
    pub(crate) positive: u32,
    pub(crate) negative: u32,
    pub(crate) edge_case: u32,
    /// Whether the coverage was given as a figure; `null` without a coverage.
    pub(crate) coverage_claimed: Option<bool>,
    /// Whether the numbers of tests were given as figures; `null` if they were not counted.
    pub(crate) tests_claimed: Option<bool>,
    /// The files from which the others were read.
    #[schemars(with = "Vec<crate::schema::EvidenceFile>")]
    pub(crate) files: Vec<EvidenceFile>,
}

/// A note.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct NoteView<'a> {
    pub(crate) version: u64,
    #[schemars(with = "String")]
    pub(crate) recorded_at: Timestamp,
    #[schemars(with = "Option<crate::schema::Actor>")]
    pub(crate) actor: Option<&'a Actor>,
    pub(crate) text: &'a str,
}

/// The metadata of an event.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct MetadataView<'a> {
    #[schemars(with = "Option<crate::schema::Actor>")]
    pub(crate) actor: Option<&'a Actor>,
    pub(crate) correlation: Option<&'a str>,
    pub(crate) causation: Option<&'a str>,
}

/// An event of an item's history.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct HistoryView<'a> {
    pub(crate) version: u64,
    pub(crate) position: u64,
    #[schemars(with = "String")]
    pub(crate) recorded_at: Timestamp,
    pub(crate) event_id: String,
    pub(crate) event_type: &'static str,
    #[serde(flatten)]
    pub(crate) metadata: MetadataView<'a>,
    pub(crate) payload: serde_json::Value,
}

/// A stored event of the log.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct EventView<'a> {
    pub(crate) position: u64,
    pub(crate) stream: &'a str,
    pub(crate) version: u64,
    #[serde(flatten)]
    pub(crate) name: NameView<'a>,
    #[schemars(with = "String")]
    pub(crate) recorded_at: Timestamp,
    pub(crate) event_id: String,
    pub(crate) event_type: &'a str,
    pub(crate) schema_version: u32,
    #[serde(flatten)]
    pub(crate) metadata: MetadataView<'a>,
    /// The payload, if it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Value>")]
    pub(crate) payload: Option<Box<RawValue>>,
    /// The payload in hexadecimal digits, if it is not JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload_hex: Option<String>,
}

/// A stream and its version.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct StreamView<'a> {
    pub(crate) stream: &'a str,
    pub(crate) version: u64,
    #[serde(flatten)]
    pub(crate) name: NameView<'a>,
}

/// The present name of an item; `null` for a stream of another kind.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct NameView<'a> {
    pub(crate) number: Option<String>,
    pub(crate) title: Option<&'a str>,
}

impl<'a> ItemView<'a> {
    pub(crate) fn new(item: &'a WorkItem, version: StreamVersion) -> Self {
        Self {
            id: item.id().snowflake().to_string(),
            number: item.id().number().to_string(),
            aliases: item.aliases().iter().map(Alias::as_str).collect(),
            title: item.title().as_str(),
            item_type: item.item_type().as_str(),
            status: item.status().as_str(),
            status_reason: item.status_reason().map(|reason| reason.as_str()),
            priority: item.priority().as_str(),
            risk_tier: item.risk_tier().as_str(),
            description: item.description().map(|text| text.as_str()),
            parent: item.parent().map(IdView::from),
            assignee: item.assignee().map(ToString::to_string),
            claim: item.claim().map(|claim| ClaimView::new(claim, None)),
            created_at: item.created_at(),
            started_at: item.started_at(),
            cycle_time_seconds: item.cycle_time().map(|time| time.as_secs_f64()),
            resolution: item.resolution().map(|text| text.as_str()),
            test_run: item.latest_test_run().map(TestRunView::from),
            approvers: item.approvers().map(ToString::to_string).collect(),
            children: item.children().iter().copied().map(IdView::from).collect(),
            dependencies: item
                .dependencies()
                .iter()
                .map(DependencyView::from)
                .collect(),
            notes: item.notes(),
            version: version.get(),
        }
    }
}

impl ClaimView {
    /// The claim with the end of its lease, if that is known.
    pub(crate) fn new(claim: &Claim, renewed: Option<Timestamp>) -> Self {
        Self {
            claimant: claim.claimant.to_string(),
            term: claim.term,
            since: claim.since,
            until: claim.end(renewed),
        }
    }
}

impl ItemView<'_> {
    /// The same with the claim as it is with its renewals.
    pub(crate) fn with_claim(self, claim: Option<ClaimView>) -> Self {
        Self { claim, ..self }
    }
}

impl From<&TestRun> for TestRunView {
    fn from(run: &TestRun) -> Self {
        Self {
            coverage_percent: run.coverage.map(|coverage| coverage.percent()),
            positive: run.count(TestKind::Positive),
            negative: run.count(TestKind::Negative),
            edge_case: run.count(TestKind::EdgeCase),
            coverage_claimed: run.coverage.map(|_| !run.coverage_is_proven()),
            tests_claimed: run.ratio.map(|_| !run.ratio_is_proven()),
            files: run.files.clone(),
        }
    }
}

impl<'a> From<&'a EventEnvelope<Note>> for NoteView<'a> {
    fn from(note: &'a EventEnvelope<Note>) -> Self {
        Self {
            version: note.version.get(),
            recorded_at: note.recorded_at,
            actor: note.metadata.actor.as_ref(),
            text: note.event.as_str(),
        }
    }
}

impl From<&Dependency> for DependencyView {
    fn from(dependency: &Dependency) -> Self {
        Self {
            on: dependency.on.into(),
            kind: dependency.kind.as_str(),
        }
    }
}

impl<'a> StreamView<'a> {
    pub(crate) fn new(found: &'a StreamSummary, name: Option<&'a ItemName>) -> Self {
        Self {
            stream: found.stream.as_str(),
            version: found.version.get(),
            name: name.into(),
        }
    }
}

impl<'a> From<Option<&'a ItemName>> for NameView<'a> {
    fn from(name: Option<&'a ItemName>) -> Self {
        Self {
            number: name.map(|name| name.number.to_string()),
            title: name.map(|name| name.title.as_str()),
        }
    }
}

impl From<WorkItemId> for IdView {
    fn from(id: WorkItemId) -> Self {
        Self {
            id: id.snowflake().to_string(),
            number: id.number().to_string(),
        }
    }
}

impl<'a> MetadataView<'a> {
    fn new(metadata: &'a Metadata) -> Self {
        Self {
            actor: metadata.actor.as_ref(),
            correlation: metadata.correlation.as_ref().map(|id| id.as_str()),
            causation: metadata.causation.as_ref().map(|id| id.as_str()),
        }
    }
}

impl<'a> HistoryView<'a> {
    pub(crate) fn new(
        envelope: &'a EventEnvelope<WorkItemEvent>,
    ) -> Result<Self, serde_json::Error> {
        let event_type = envelope.event.event_type();
        let mut tagged = serde_json::to_value(&envelope.event)?;
        Ok(Self {
            version: envelope.version.get(),
            position: envelope.position.get(),
            recorded_at: envelope.recorded_at,
            event_id: envelope.id.to_string(),
            event_type,
            metadata: MetadataView::new(&envelope.metadata),
            payload: tagged
                .get_mut(event_type)
                .map(serde_json::Value::take)
                .unwrap_or_default(),
        })
    }
}

impl<'a> EventView<'a> {
    pub(crate) fn new(event: &'a RecordedEvent, name: Option<&'a ItemName>) -> Self {
        let payload = json_in_one_line(&event.payload);
        let hex = || {
            event
                .payload
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        };
        Self {
            position: event.position.get(),
            stream: event.stream.as_str(),
            version: event.version.get(),
            name: name.into(),
            recorded_at: event.recorded_at,
            event_id: event.id.to_string(),
            event_type: event.event_type.as_str(),
            schema_version: event.schema_version.get(),
            metadata: MetadataView::new(&event.metadata),
            payload_hex: payload.is_none().then(hex),
            payload,
        }
    }
}

/// The JSON in `bytes`, unchanged except that spaces replace line breaks. In valid JSON a line
/// break is always outside of strings, so the value stays the same.
pub(crate) fn json_in_one_line(bytes: &[u8]) -> Option<Box<RawValue>> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    RawValue::from_string(text.replace(['\n', '\r'], " ")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_kept_except_its_line_breaks() {
        let line = |text: &str| json_in_one_line(text.as_bytes()).map(|raw| raw.get().to_owned());
        assert_eq!(line("{\"a\":1.50}").as_deref(), Some("{\"a\":1.50}"));
        assert_eq!(line(" {\r\n\"a\": 1}\n").as_deref(), Some("{  \"a\": 1}"));
        assert_eq!(line(""), None);
        assert_eq!(line("hello"), None);
        assert!(json_in_one_line(b"\"\xff\"").is_none());
    }
}
