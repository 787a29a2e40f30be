//! The saboteurs of snapshot stores and the laws that each breaks.

use std::collections::BTreeSet;

use conformance::laws_of_snapshot_stores;

use crate::saboteurs::saboteurs;
use crate::snapshot_harness::{NoSabotage, broken_by};
use crate::snapshot_saboteurs;

saboteurs! { broken_by, broken_by_some;
    fails_to_prune_nothing: snapshot_saboteurs::FailsToPruneNothing => [
        a_stream_without_snapshots_has_none,
    ];
    always_gives_the_newest: snapshot_saboteurs::AlwaysGivesTheNewest => [
        an_older_snapshot_never_replaces_a_newer_one,
        handles_see_each_others_snapshots,
        pruning_keeps_the_newest_and_says_how_many_went,
        pruning_leaves_other_streams_and_schemas_alone,
        snapshots_are_there_after_reopening,
        snapshots_saved_at_one_moment_are_all_kept,
        snapshots_stand_at_versions_past_two_to_the_31,
        the_newest_snapshot_at_or_below_a_version_is_given,
    ];
    gives_only_exact_versions: snapshot_saboteurs::GivesOnlyExactVersions => [
        an_older_snapshot_never_replaces_a_newer_one,
        pruning_keeps_the_newest_and_says_how_many_went,
        snapshots_stand_at_versions_past_two_to_the_31,
        the_newest_snapshot_at_or_below_a_version_is_given,
    ];
    takes_the_last_saved_for_the_newest: snapshot_saboteurs::TakesTheLastSavedForTheNewest => [
        an_older_snapshot_never_replaces_a_newer_one,
    ];
    keeps_the_first_of_a_version: snapshot_saboteurs::KeepsTheFirstOfAVersion => [
        a_snapshot_saved_again_at_its_version_replaces_the_one_before,
    ];
    finds_schemas_in_small_letters: snapshot_saboteurs::FindsSchemasInSmallLetters => [
        a_snapshot_of_another_schema_is_not_seen,
    ];
    finds_streams_in_small_letters: snapshot_saboteurs::FindsStreamsInSmallLetters => [
        a_snapshot_of_another_stream_is_not_seen,
    ];
    makes_text_of_states: snapshot_saboteurs::MakesTextOfStates => [
        a_snapshot_comes_back_byte_for_byte_and_to_the_microsecond,
    ];
    cuts_versions_to_32_bits: snapshot_saboteurs::CutsVersionsTo32Bits => [
        snapshots_stand_at_versions_past_two_to_the_31,
    ];
    says_that_nothing_went: snapshot_saboteurs::SaysThatNothingWent => [
        pruning_keeps_the_newest_and_says_how_many_went,
    ];
    keeps_one_more: snapshot_saboteurs::KeepsOneMore => [
        handles_see_each_others_snapshots,
        pruning_keeps_the_newest_and_says_how_many_went,
    ];
    prunes_other_schemas: snapshot_saboteurs::PrunesOtherSchemas => [
        pruning_leaves_other_streams_and_schemas_alone,
    ];
    loses_what_is_saved_at_one_moment: snapshot_saboteurs::LosesWhatIsSavedAtOneMoment => [
        snapshots_saved_at_one_moment_are_all_kept,
    ];
    forgets_snapshots_on_reopening: snapshot_saboteurs::ForgetsSnapshotsOnReopening => [
        snapshots_are_there_after_reopening,
    ];
    keeps_handles_apart: snapshot_saboteurs::KeepsHandlesApart => [
        handles_see_each_others_snapshots,
    ];
}

#[test]
fn a_sound_store_breaks_no_law() {
    assert_eq!(broken_by::<NoSabotage>(), BTreeSet::new());
}

/// A law without a saboteur might never fail, so a new law needs a saboteur.
#[test]
fn every_law_is_broken_by_some_saboteur() {
    let laws = laws_of_snapshot_stores();
    let laws: BTreeSet<_> = laws.iter().map(|law| law.name()).collect();
    assert_eq!(broken_by_some(), laws);
}
