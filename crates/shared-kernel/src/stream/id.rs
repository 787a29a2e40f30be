//! The name of a stream, and its category.

use std::fmt;

use crate::Aggregate;
use crate::text::{self, InvalidText, TextProblem, validated_text};

validated_text! {
    /// The name of a stream, for example `work_item-7001`.
    ///
    /// Any Unicode text of 1 to 1,024 bytes without control characters. Two names that differ in
    /// one byte are two streams. The part before the first `-` is the [category](Self::category).
    ///
    /// ```
    /// use shared_kernel::StreamId;
    ///
    /// let stream = StreamId::new("work_item-7001")?;
    /// assert_eq!(stream.category().as_str(), "work_item");
    /// assert!(StreamId::new("").is_err());
    /// # Ok::<(), shared_kernel::text::InvalidText>(())
    /// ```
    StreamId, "stream id", max 1024
}

impl StreamId {
    /// The stream of an aggregate: its [`TYPE`](Aggregate::TYPE), a dash and `id`.
    ///
    /// ```
    /// # use shared_kernel::{Aggregate, DomainEvent, Inapplicable, StreamId};
    /// # #[derive(DomainEvent)]
    /// # struct Dimmed;
    /// # struct Lamp;
    /// # impl Aggregate for Lamp {
    /// #     type Event = Dimmed;
    /// #     const TYPE: &'static str = "lamp";
    /// #     fn create(_: &Dimmed) -> Result<Self, Inapplicable> { Ok(Lamp) }
    /// #     fn apply(&mut self, _: &Dimmed) -> Result<(), Inapplicable> { Ok(()) }
    /// # }
    /// // impl Aggregate for Lamp { const TYPE: &'static str = "lamp"; … }
    /// assert_eq!(StreamId::of::<Lamp>("1")?.as_str(), "lamp-1");
    /// assert_eq!(StreamId::of::<Lamp>(7001)?.category_str(), Lamp::TYPE);
    /// # Ok::<(), shared_kernel::text::InvalidText>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidText`] if the aggregate type is empty or has a `-` (the category would be another
    /// one), if the id is empty, or if the whole name has a control character or more than
    /// [`MAX_BYTES`](Self::MAX_BYTES) bytes.
    pub fn of<A: Aggregate>(id: impl fmt::Display) -> Result<Self, InvalidText> {
        let what = "aggregate type";
        text::check(what, Self::MAX_BYTES, A::TYPE)?;
        if let Some(at) = A::TYPE.find('-') {
            let problem = TextProblem::Separator { found: '-', at };
            return Err(InvalidText { what, problem });
        }
        let id = id.to_string();
        text::check("aggregate id", Self::MAX_BYTES, &id)?;
        Self::new(format!("{}-{id}", A::TYPE))
    }

    /// The part of the name before the first `-`, or the whole name if it has no `-`.
    #[must_use]
    pub fn category(&self) -> Category {
        Category(self.category_str().into())
    }

    /// The same as [`category`](Self::category), borrowed.
    #[must_use]
    pub fn category_str(&self) -> &str {
        self.as_str()
            .split_once('-')
            .map_or(self.as_str(), |(category, _)| category)
    }
}

/// The kind of a stream: the part of its name before the first `-`.
///
/// It may be empty: the category of the stream `-1` is `""`.
///
/// ```
/// use shared_kernel::stream::Category;
///
/// assert_eq!(Category::new("work_item")?.as_str(), "work_item");
/// assert!(Category::new("work-item").is_err());
/// # Ok::<(), shared_kernel::text::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(std::sync::Arc<str>);

impl Category {
    /// Takes `text` as a category.
    ///
    /// # Errors
    /// [`InvalidText`] if it has a `-`, a control character, or more bytes than a stream id may
    /// have: no stream could have this category.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidText> {
        let text = text.as_ref();
        let what = "category";
        if let Some(at) = text.find('-') {
            return Err(InvalidText {
                what,
                problem: TextProblem::Separator { found: '-', at },
            });
        }
        if !text.is_empty() {
            text::check(what, StreamId::MAX_BYTES, text)?;
        }
        Ok(Self(text.into()))
    }

    /// The text, unchanged.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_category_ends_at_the_first_dash() {
        for (name, category) in [
            ("order-1", "order"),
            ("order", "order"),
            ("a-b-c", "a"),
            ("-1", ""),
            ("ö-ä", "ö"),
        ] {
            assert_eq!(
                StreamId::new(name).unwrap().category(),
                Category::new(category).unwrap()
            );
        }
    }

    #[test]
    fn a_category_that_no_stream_can_have_is_refused() {
        let problem = |text: &str| Category::new(text).unwrap_err().problem;
        assert_eq!(problem("a-b"), TextProblem::Separator { found: '-', at: 1 });
        assert_eq!(
            problem("a\tb"),
            TextProblem::ControlCharacter { found: '\t', at: 1 }
        );
        assert!(matches!(
            problem(&"x".repeat(1025)),
            TextProblem::TooLong { bytes: 1025, .. }
        ));
    }

    #[derive(Debug)]
    struct Happened;

    impl crate::DomainEvent for Happened {
        const TYPES: &'static [crate::event::EventTypeInfo] =
            &[crate::event::EventTypeInfo::new("Happened", 1)];

        fn type_info(&self) -> crate::event::EventTypeInfo {
            Self::TYPES[0]
        }
    }

    /// An aggregate with the type "lamp", "desk-lamp" or "", by number.
    struct Named<const NAME: usize>;

    impl<const NAME: usize> Aggregate for Named<NAME> {
        type Event = Happened;
        const TYPE: &'static str = ["lamp", "desk-lamp", ""][NAME];

        fn create(_: &Happened) -> Result<Self, crate::Inapplicable> {
            Ok(Self)
        }

        fn apply(&mut self, _: &Happened) -> Result<(), crate::Inapplicable> {
            Ok(())
        }
    }

    #[test]
    fn the_stream_of_an_aggregate_is_in_the_category_of_its_type() {
        let stream = StreamId::of::<Named<0>>("a-1").unwrap();
        assert_eq!(
            (stream.as_str(), stream.category_str()),
            ("lamp-a-1", "lamp")
        );
        assert_eq!(StreamId::of::<Named<0>>(7).unwrap().as_str(), "lamp-7");
    }

    #[test]
    fn the_stream_of_an_aggregate_needs_a_type_without_a_dash_and_an_id() {
        let refused = |refused: Result<StreamId, InvalidText>| {
            let error = refused.unwrap_err();
            (error.what, error.problem)
        };
        let dash = TextProblem::Separator { found: '-', at: 4 };
        assert_eq!(
            refused(StreamId::of::<Named<1>>("1")),
            ("aggregate type", dash)
        );
        assert_eq!(
            refused(StreamId::of::<Named<2>>("1")),
            ("aggregate type", TextProblem::Empty)
        );
        assert_eq!(
            refused(StreamId::of::<Named<0>>("")),
            ("aggregate id", TextProblem::Empty)
        );
        let long = "x".repeat(StreamId::MAX_BYTES);
        let (what, problem) = refused(StreamId::of::<Named<0>>(long));
        assert_eq!(what, "stream id");
        assert!(matches!(problem, TextProblem::TooLong { bytes: 1029, .. }));
    }

    #[test]
    fn serde_keeps_the_rule() {
        let stream: StreamId = serde_json::from_str("\"a-1\"").unwrap();
        assert_eq!(serde_json::to_string(&stream).unwrap(), "\"a-1\"");
        assert!(serde_json::from_str::<StreamId>("\"\"").is_err());
    }
}
