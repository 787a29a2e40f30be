//! Compares a crate with its rule. Pure: facts in, problems out.

use super::graph::Member;
use super::table::{PROGRAMS, Rule, matches};

/// Crates without a rule, and rules without a crate.
pub(crate) fn unknown_and_gone(members: &[Member], rules: &[Rule]) -> Vec<String> {
    let unknown = members
        .iter()
        .filter(|member| !rules.iter().any(|rule| rule.of == member.name))
        .map(|member| {
            format!(
                "{}: has no rule, so nobody knows where it stands",
                member.name
            )
        });
    let gone = rules
        .iter()
        .filter(|rule| !members.iter().any(|member| member.name == rule.of))
        .map(|rule| format!("{}: has a rule, and is no member of the workspace", rule.of));
    unknown.chain(gone).collect()
}

/// What one crate has that its rule refuses.
pub(crate) fn problems(member: &Member, rule: &Rule) -> Vec<String> {
    let mut problems = arrows(member, rule);
    problems.extend(absences(member, rule));
    problems.extend(direct(member, rule));
    if let Some(bound) = rule.fewer_crates_than
        && member.crates_by_default >= bound
    {
        problems.push(format!(
            "{}: is built on {} crates, itself counted; fewer than {bound} were agreed",
            member.name, member.crates_by_default
        ));
    }
    problems
}

fn arrows(member: &Member, rule: &Rule) -> Vec<String> {
    member
        .asks_for
        .iter()
        .filter(|ask| ask.in_workspace)
        .filter(|ask| {
            let allowed = rule.may.contains(&ask.name.as_str());
            let allowed_in_tests = ask.for_tests && rule.tests_may.contains(&ask.name.as_str());
            !allowed && !allowed_in_tests
        })
        .map(|ask| {
            let how = if ask.for_tests { "in its tests" } else { "" };
            format!("{}: must not depend on {} {how}", member.name, ask.name)
                .trim_end()
                .to_owned()
        })
        .collect()
}

fn absences(member: &Member, rule: &Rule) -> Vec<String> {
    rule.absent
        .iter()
        .flat_map(|patterns| patterns.iter())
        .flat_map(|pattern| {
            member
                .closure
                .iter()
                .filter(move |name| matches(pattern, name))
        })
        .map(|name| format!("{}: is built on {name}, which must be absent", member.name))
        .collect()
}

fn direct(member: &Member, rule: &Rule) -> Vec<String> {
    member
        .asks_for
        .iter()
        .filter(|ask| {
            let named_in =
                |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, &ask.name));
            (!rule.program && named_in(PROGRAMS)) || (!ask.for_tests && named_in(rule.not_direct))
        })
        .map(|ask| format!("{}: must not ask for {}", member.name, ask.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::graph::Ask;
    use super::super::table::RULES;
    use super::*;

    fn rule(of: &str) -> &'static Rule {
        RULES.iter().find(|rule| rule.of == of).unwrap()
    }

    fn ask(name: &str, for_tests: bool) -> Ask {
        let in_workspace = RULES.iter().any(|rule| rule.of == name);
        Ask {
            name: name.to_owned(),
            for_tests,
            in_workspace,
        }
    }

    fn member(name: &str, asks_for: Vec<Ask>, closure: &[&str]) -> Member {
        Member {
            name: name.to_owned(),
            asks_for,
            closure: closure.iter().map(|name| (*name).to_owned()).collect(),
            crates_by_default: closure.len(),
        }
    }

    fn problems_of(name: &str, asks_for: Vec<Ask>, closure: &[&str]) -> usize {
        problems(&member(name, asks_for, closure), rule(name)).len()
    }

    #[test]
    fn arrows_that_are_drawn_pass() {
        let asks = vec![ask("shared-kernel", false), ask("work-item", false)];
        assert_eq!(
            problems_of("work-tracking", asks, &["shared-kernel", "work-item"]),
            0
        );
        assert_eq!(
            problems_of(
                "persistence-sqlite",
                vec![ask("conformance", true)],
                &["sqlx"]
            ),
            0
        );
    }

    #[test]
    fn arrows_that_are_not_drawn_are_refused() {
        for (from, to) in [
            ("shared-kernel", "work-item"),
            ("work-item", "persistence-memory"),
            ("persistence-memory", "persistence-sqlite"),
            ("persistence-sqlite", "serialization"),
            ("persistence-sqlite", "work-item"),
            ("conformance", "persistence-memory"),
            ("serialization", "work-item"),
            ("work-tracking", "persistence-sqlite"),
            ("acceptance", "annals"),
        ] {
            assert_eq!(
                problems_of(from, vec![ask(to, false)], &[]),
                1,
                "{from} → {to}"
            );
        }
    }

    #[test]
    fn an_arrow_of_the_tests_is_no_arrow_of_the_crate() {
        assert_eq!(
            problems_of("work-item", vec![ask("serialization", true)], &[]),
            0
        );
        assert_eq!(
            problems_of("work-item", vec![ask("serialization", false)], &[]),
            1
        );
        assert_eq!(
            problems_of("work-item", vec![ask("work-tracking", true)], &[]),
            1
        );
    }

    #[test]
    fn what_must_be_absent_is_found_however_far_below() {
        assert_eq!(
            problems_of("shared-kernel", vec![], &["serde", "sqlx-core"]),
            1
        );
        assert_eq!(problems_of("shared-kernel", vec![], &["serde_json"]), 1);
        assert_eq!(problems_of("serialization", vec![], &["serde_json"]), 0);
        assert_eq!(problems_of("serialization", vec![], &["tokio"]), 1);
        assert_eq!(
            problems_of("work-tracking", vec![], &["libsqlite3-sys", "crossterm"]),
            2
        );
        assert_eq!(problems_of("conformance", vec![], &["tokio"]), 0);
    }

    #[test]
    fn a_pure_crate_may_sit_on_what_it_must_not_ask_for() {
        let closure = ["shared-kernel", "async-trait", "futures-util", "getrandom"];
        assert_eq!(
            problems_of("work-item", vec![ask("shared-kernel", false)], &closure),
            0
        );
        assert_eq!(
            problems_of("work-item", vec![ask("async-trait", false)], &closure),
            1
        );
        assert_eq!(
            problems_of("work-item", vec![ask("futures-util", true)], &closure),
            0
        );
    }

    #[test]
    fn only_programs_ask_for_what_makes_a_program() {
        assert_eq!(
            problems_of(
                "annals",
                vec![ask("clap", false), ask("anyhow", false)],
                &["clap"]
            ),
            0
        );
        assert_eq!(
            problems_of("xtask", vec![ask("anyhow", false)], &["anyhow"]),
            0
        );
        assert_eq!(
            problems_of("benches", vec![ask("clap", false)], &["clap"]),
            1
        );
        assert_eq!(
            problems_of("serialization", vec![ask("anyhow", true)], &[]),
            1
        );
        // A harness that brings one along is no ask.
        assert_eq!(
            problems_of(
                "acceptance",
                vec![ask("cucumber", true)],
                &["clap", "anyhow"]
            ),
            0
        );
    }

    #[test]
    fn the_kernel_stays_below_its_bound() {
        let mut kernel = member("shared-kernel", vec![], &[]);
        kernel.crates_by_default = 39;
        assert!(problems(&kernel, rule("shared-kernel")).is_empty());
        kernel.crates_by_default = 40;
        assert_eq!(problems(&kernel, rule("shared-kernel")).len(), 1);
    }

    #[test]
    fn a_crate_without_a_rule_and_a_rule_without_a_crate_are_refused() {
        let mut members: Vec<Member> = RULES
            .iter()
            .map(|rule| member(rule.of, vec![], &[]))
            .collect();
        assert!(unknown_and_gone(&members, RULES).is_empty());
        members.push(member("placeholder", vec![], &[]));
        assert_eq!(unknown_and_gone(&members, RULES).len(), 1);
        members.remove(0);
        assert_eq!(unknown_and_gone(&members, RULES).len(), 2);
    }
}
