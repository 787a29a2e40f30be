//! The tools, as data in a fixed order.

/// A tool.
#[derive(Debug)]
pub(crate) struct ToolData {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Whether the tool always changes the store.
    pub(crate) writes: bool,
    pub(crate) parameters: &'static [Parameter],
    /// The command with the JSON Schema of the answer.
    pub(crate) schema_of: Option<&'static str>,
    /// The field with the rows of a list.
    pub(crate) rows: Option<&'static str>,
}

/// A parameter of a tool.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
    /// Whether the parameter changes the store, so that a read-only server does not have it.
    pub(crate) writes: bool,
    pub(crate) about: &'static str,
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// A whole number from 0.
    Count,
    /// A number of tokens from [`LEAST_BUDGET`](crate::fit::LEAST_BUDGET).
    Budget,
    /// A number from 0.
    Number,
    Flag,
    Texts,
    Word(&'static [&'static str]),
}

impl Parameter {
    const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            is_required: false,
            writes: false,
            about,
        }
    }

    const fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    const fn writing(self) -> Self {
        Self {
            writes: true,
            ..self
        }
    }
}

const fn text(name: &'static str, about: &'static str) -> Parameter {
    Parameter::new(name, Kind::Text, about)
}

const fn count(name: &'static str, about: &'static str) -> Parameter {
    Parameter::new(name, Kind::Count, about)
}

const ITEM: Parameter = text("item", "such as WORK-7").required();
/// A parameter of every tool.
pub(crate) const BUDGET: Parameter =
    Parameter::new("budget", Kind::Budget, "tokens of the answer; 2000");
const CURSOR: Parameter = text("cursor", "from the answer before");
const KEY: Parameter = text(
    "key",
    "makes it repeatable: done once, each repetition has the first answer",
);
const SEEN: Parameter = text(
    "seen",
    "handle from context or version of an item; refused if it changed since",
);
const FOR: Parameter = text("for", "length of a claim, such as 30m");

const TYPES: &[&str] = &["epic", "story", "task", "subtask", "bug", "spike"];
const PRIORITIES: &[&str] = &["low", "medium", "high", "critical"];
const TIERS: &[&str] = &["T1", "T2", "T3", "T4"];

/// The words of `to`, each a command of the program.
pub(crate) const MOVES: &[&str] = &[
    "start", "claim", "done", "block", "unblock", "cancel", "reopen", "release",
];

/// The tool that prompts use, too.
pub(crate) const CONTEXT: ToolData = ToolData {
    name: "context",
    about: "An item for work on it: state, hindrances, neighbours, last changes, next steps, and a \
            handle such as @57. Each row has its version; cite it as [WORK-7@12].",
    writes: false,
    parameters: &[ITEM, text("as_of", "version or time"), BUDGET],
    schema_of: Some("context"),
    rows: None,
};

/// All tools, in the order in which clients list them.
pub(crate) const TOOLS: [ToolData; 10] = [
    CONTEXT,
    ToolData {
        name: "state_at",
        about: "All fields and notes of an item, now or in the past.",
        writes: false,
        parameters: &[
            ITEM,
            text("at", "version or time, such as 3 or 2h ago"),
            BUDGET,
        ],
        schema_of: Some("show"),
        rows: None,
    },
    ToolData {
        name: "diff",
        about: "The fields of an item that changed between two versions or times.",
        writes: false,
        parameters: &[
            ITEM,
            text("from", "version or time").required(),
            text("to", "now"),
            BUDGET,
        ],
        schema_of: Some("diff"),
        rows: None,
    },
    ToolData {
        name: "why",
        about: "The events that led to an item's status, and what hinders its completion.",
        writes: false,
        parameters: &[ITEM, BUDGET],
        schema_of: Some("why"),
        rows: None,
    },
    ToolData {
        name: "history",
        about: "All events of an item, oldest first.",
        writes: false,
        parameters: &[ITEM, CURSOR, BUDGET],
        schema_of: None,
        rows: Some("events"),
    },
    ToolData {
        name: "search",
        about: "Items by words of their titles, descriptions and notes.",
        writes: false,
        parameters: &[text("words", "").required(), CURSOR, BUDGET],
        schema_of: None,
        rows: Some("items"),
    },
    ToolData {
        name: "next",
        about: "The items that are ready for work, the best first.",
        writes: false,
        parameters: &[
            Parameter::new("claim", Kind::Flag, "take the best one").writing(),
            FOR.writing(),
            KEY.writing(),
            text("explain", "why this item is not ready"),
            CURSOR,
            BUDGET,
        ],
        schema_of: Some("note"),
        rows: Some("items"),
    },
    ToolData {
        name: "add",
        about: "A new item.",
        writes: true,
        parameters: &[
            text("title", "").required(),
            Parameter::new("type", Kind::Word(TYPES), "task"),
            text("parent", "an epic of a story, a story of a task"),
            Parameter::new("priority", Kind::Word(PRIORITIES), "medium"),
            Parameter::new(
                "risk",
                Kind::Word(TIERS),
                "T1; T2 needs coverage, T3 and T4 test files",
            ),
            text("description", ""),
            Parameter::new("on", Kind::Texts, "items it waits for"),
            text("assignee", "a name, or agent:NAME"),
            KEY,
            BUDGET,
        ],
        schema_of: Some("add"),
        rows: None,
    },
    ToolData {
        name: "record",
        about: "One of: a note; the results of a test run, all its figures or files at once, \
                instead of those of the run before; or a dependency, with on. High risk needs files.",
        writes: true,
        parameters: &[
            ITEM,
            text("note", ""),
            count("positive", "tests of valid input"),
            count("negative", "tests of invalid input"),
            count("edge", "tests at limits"),
            Parameter::new("coverage", Kind::Number, "percent"),
            text("lcov", "coverage file in the project"),
            text(
                "junit",
                "JUnit report in the project; names with negative or edge count so",
            ),
            text("on", "the item it waits for"),
            Parameter::new("kind", Kind::Word(&["blocks", "relates"]), "of on"),
            KEY,
            SEEN,
            BUDGET,
        ],
        schema_of: Some("note"),
        rows: None,
    },
    ToolData {
        name: "move",
        about: "Change the status or the claim of items: all or none. preview writes nothing and \
                shows the events and unmet gates. block, cancel and reopen need a reason; done may \
                have one.",
        writes: true,
        parameters: &[
            Parameter::new("items", Kind::Texts, "").required(),
            Parameter::new("to", Kind::Word(MOVES), "").required(),
            text("reason", ""),
            FOR,
            Parameter::new(
                "keep_text",
                Kind::Flag,
                "keep the reason as a note if another actor has the item",
            ),
            Parameter::new("preview", Kind::Flag, ""),
            KEY,
            SEEN,
            BUDGET,
        ],
        schema_of: Some("note"),
        rows: None,
    },
];

/// Whether the tool of this name always changes the store, so that a read-only server lacks it.
#[must_use]
pub fn always_writes(name: &str) -> bool {
    TOOLS.iter().any(|tool| tool.name == name && tool.writes)
}

/// The names of all tools.
pub const TOOL_NAMES: [&str; TOOLS.len()] = {
    let mut names = [""; TOOLS.len()];
    let mut at = 0;
    while at < TOOLS.len() {
        names[at] = TOOLS[at].name;
        at += 1;
    }
    names
};
