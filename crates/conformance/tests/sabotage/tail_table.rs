//! The saboteurs of combined reads, and the laws that each breaks.

use std::collections::BTreeSet;

use conformance::laws_of_snapshotted_event_stores;

use crate::saboteurs::saboteurs;
use crate::tail_harness::broken_by;
use crate::tail_saboteurs::{self, AsksTwice};

saboteurs! { broken_by, broken_by_some;
    leaves_the_last_event_of_the_snapshot_out: tail_saboteurs::LeavesTheLastEventOfTheSnapshotOut => [
        a_snapshot_ahead_of_its_stream_is_given_with_an_empty_tail,
        a_snapshot_comes_with_the_events_from_its_own_version_on,
        a_snapshot_read_while_others_write_comes_with_its_event,
        a_tail_in_pages_of_any_size_is_the_same,
        neither_snapshot_nor_tail_goes_past_the_version_asked_for,
        versions_asked_for_past_two_to_the_31_are_never_cut_short,
    ];
    gives_the_newest_snapshot: tail_saboteurs::GivesTheNewestSnapshot => [
        a_snapshot_ahead_of_its_stream_is_given_with_an_empty_tail,
        a_tail_in_pages_of_any_size_is_the_same,
        neither_snapshot_nor_tail_goes_past_the_version_asked_for,
    ];
    reads_the_tail_to_the_end: tail_saboteurs::ReadsTheTailToTheEnd => [
        a_snapshot_at_version_zero_comes_with_the_whole_stream,
        a_tail_in_pages_of_any_size_is_the_same,
        neither_snapshot_nor_tail_goes_past_the_version_asked_for,
    ];
    hides_a_snapshot_without_its_event: tail_saboteurs::HidesASnapshotWithoutItsEvent => [
        a_snapshot_ahead_of_its_stream_is_given_with_an_empty_tail,
        a_snapshot_at_version_zero_comes_with_the_whole_stream,
        a_stream_that_never_was_has_an_empty_tail,
        versions_asked_for_past_two_to_the_31_are_never_cut_short,
    ];
    forgets_the_rest_of_the_tail: tail_saboteurs::ForgetsTheRestOfTheTail => [
        a_tail_in_pages_of_any_size_is_the_same,
    ];
    gives_pages_of_its_own_size: tail_saboteurs::GivesPagesOfItsOwnSize => [
        a_tail_in_pages_of_any_size_is_the_same,
    ];
    reads_nothing_without_a_snapshot: tail_saboteurs::ReadsNothingWithoutASnapshot => [
        a_tail_in_pages_of_any_size_is_the_same,
        neither_snapshot_nor_tail_goes_past_the_version_asked_for,
        without_a_snapshot_the_tail_is_the_whole_stream,
    ];
    takes_the_snapshot_of_a_longer_name: tail_saboteurs::TakesTheSnapshotOfALongerName => [
        without_a_snapshot_the_tail_is_the_whole_stream,
    ];
    takes_the_snapshot_of_a_capital_schema: tail_saboteurs::TakesTheSnapshotOfACapitalSchema => [
        without_a_snapshot_the_tail_is_the_whole_stream,
    ];
    takes_version_zero_for_none: tail_saboteurs::TakesVersionZeroForNone => [
        a_snapshot_at_version_zero_comes_with_the_whole_stream,
    ];
    cuts_the_version_asked_for_to_32_bits: tail_saboteurs::CutsTheVersionAskedForTo32Bits => [
        versions_asked_for_past_two_to_the_31_are_never_cut_short,
    ];
    gives_the_snapshot_of_a_later_moment: tail_saboteurs::GivesTheSnapshotOfALaterMoment => [
        a_snapshot_read_while_others_write_comes_with_its_event,
    ];
}

#[test]
fn a_store_that_reads_from_its_two_ports_breaks_no_law() {
    assert_eq!(broken_by::<AsksTwice>(), BTreeSet::new());
}

/// A law without a saboteur might never fail, so a new law needs a saboteur.
#[test]
fn every_law_is_broken_by_some_saboteur() {
    let laws = laws_of_snapshotted_event_stores();
    let laws: BTreeSet<_> = laws.iter().map(|law| law.name()).collect();
    assert_eq!(broken_by_some(), laws);
}
