//! The names of the schemas of builds.

use read_side::Build;
use sha2::{Digest, Sha256};

/// The schema of the catalog.
pub(crate) const CATALOG: &str = "annals_views";

/// The bytes of a name that PostgreSQL keeps.
const LONGEST: usize = 63;

/// The schema of a build, for example `annals_open_lamps_v3_2`. Of a long name its end becomes a
/// hash, after a `~`, which is in no name of a read model.
pub(crate) fn schema_of(build: &Build) -> String {
    let model = build.model.as_str();
    let end = format!("_v{}_{}", build.version, build.number);
    let name = format!("annals_{model}{end}");
    if name.len() <= LONGEST {
        return name;
    }
    let hash = Sha256::digest(model);
    let hash: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = LONGEST - "annals_".len() - "~".len() - hash.len() - end.len();
    let beginning: String = model.chars().take(kept).collect();
    format!("annals_{beginning}~{hash}{end}")
}

/// A name as SQL has it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use read_side::ModelName;

    use super::*;

    fn schema(model: &str, version: u32, number: u32) -> String {
        let model = ModelName::new(model).unwrap();
        schema_of(&Build {
            model,
            version,
            number,
        })
    }

    #[test]
    fn each_build_has_a_schema_of_its_own() {
        assert_eq!(schema("open_lamps", 3, 2), "annals_open_lamps_v3_2");
        assert_ne!(schema("a_v1", 2, 3), schema("a", 1, 23));
        assert_ne!(schema("a_v1_2", 3, 4), schema("a_v1", 2, 34));
        let (x, y) = (
            format!("{}x", "m".repeat(63)),
            format!("{}y", "m".repeat(63)),
        );
        assert_ne!(schema(&x, 1, 1), schema(&y, 1, 1));
    }

    #[test]
    fn no_name_is_longer_than_postgresql_keeps() {
        let longest = schema(&"m".repeat(64), u32::MAX, u32::MAX);
        assert_eq!(longest.len(), LONGEST);
        assert!(longest.ends_with("_v4294967295_4294967295"), "{longest}");
    }

    #[test]
    fn no_other_name_leads_to_the_schema_of_a_long_name() {
        let long = schema(&"m".repeat(64), 1, 1);
        let beginning = long.trim_start_matches("annals_").trim_end_matches("_v1_1");
        assert!(ModelName::new(beginning).is_err(), "{beginning}");
    }

    #[test]
    fn a_quote_does_not_end_a_name() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
