//! The saboteurs of event stores and the laws that each breaks.

use std::collections::BTreeSet;

use conformance::laws_of_event_stores;

use crate::harness::{Nothing, broken_by};
use crate::saboteurs::saboteurs;
use crate::{
    append_saboteurs, expectation_saboteurs, fault_saboteurs, handle_saboteurs, id_saboteurs,
    race_saboteurs, read_saboteurs, record_saboteurs, stream_saboteurs, wait_saboteurs,
};

saboteurs! { broken_by, broken_by_some;
    has_a_head_without_events: stream_saboteurs::HasAHeadWithoutEvents => [
        a_new_store_reads_empty_and_has_no_head,
    ];
    has_a_head_one_behind: stream_saboteurs::HasAHeadOneBehind => [
        a_reader_beside_an_append_sees_all_of_it_or_nothing,
        a_reader_on_another_handle_sees_all_of_an_append_or_nothing,
        an_append_of_8001_events_is_whole,
        the_head_is_the_position_of_the_last_event,
    ];
    tells_positions_for_versions_in_the_log: stream_saboteurs::TellsPositionsForVersionsInTheLog => [
        a_stream_and_the_log_give_the_very_same_records,
        an_append_of_8001_events_is_whole,
        an_event_is_found_by_its_id_and_an_unknown_id_gives_none,
        versions_and_positions_count_up_from_one_without_holes,
    ];
    tells_versions_one_too_low: stream_saboteurs::TellsVersionsOneTooLow => [
        a_reader_beside_an_append_sees_all_of_it_or_nothing,
        a_reader_on_another_handle_sees_all_of_an_append_or_nothing,
        expectations_on_150_streams_all_bind,
        the_version_of_a_stream_is_the_number_of_its_events,
    ];
    fails_on_unknown_streams: stream_saboteurs::FailsOnUnknownStreams => [
        a_stream_that_never_was_reads_as_empty_at_version_zero,
        checks_are_judged_within_the_append,
        checks_are_judged_within_the_append_on_several_handles,
    ];
    finds_streams_in_small_letters: stream_saboteurs::FindsStreamsInSmallLetters => [
        streams_never_leak_into_one_another_whatever_their_names,
    ];
    finds_streams_without_spaces: stream_saboteurs::FindsStreamsWithoutSpaces => [
        streams_never_leak_into_one_another_whatever_their_names,
    ];
    lists_every_stream_at_version_one: stream_saboteurs::ListsEveryStreamAtVersionOne => [
        a_reader_beside_an_append_sees_all_of_it_or_nothing,
        a_reader_on_another_handle_sees_all_of_an_append_or_nothing,
        every_stream_with_events_is_listed_with_its_version,
    ];
    lists_streams_that_were_only_named: stream_saboteurs::ListsStreamsThatWereOnlyNamed => [
        every_stream_with_events_is_listed_with_its_version,
    ];
    lists_streams_as_a_dictionary: stream_saboteurs::ListsStreamsAsADictionary => [
        streams_are_listed_in_the_byte_order_of_their_names,
        streams_listed_in_pages_of_any_size_are_the_same,
    ];
    lists_categories_by_their_beginning: stream_saboteurs::ListsCategoriesByTheirBeginning => [
        listing_a_category_gives_its_streams_and_no_other,
        streams_are_listed_after_a_name_that_need_not_exist,
    ];
    loses_a_stream_between_pages: stream_saboteurs::LosesAStreamBetweenPages => [
        a_read_of_more_than_one_default_page_is_whole,
        streams_listed_in_pages_of_any_size_are_the_same,
    ];
    lists_the_name_to_begin_after: stream_saboteurs::ListsTheNameToBeginAfter => [
        a_read_of_more_than_one_default_page_is_whole,
        streams_are_listed_after_a_name_that_need_not_exist,
    ];

    refuses_stream_exists: expectation_saboteurs::RefusesStreamExists => [
        an_expectation_that_holds_lets_the_append_land,
    ];
    takes_exact_zero_for_any: expectation_saboteurs::TakesExactZeroForAny => [
        checks_are_judged_within_the_append,
        checks_are_judged_within_the_append_on_several_handles,
        exact_zero_means_no_stream,
    ];
    swallows_conflicts: expectation_saboteurs::SwallowsConflicts => [
        a_check_on_a_written_stream_looks_at_the_version_before,
        a_refused_append_leaves_no_hole,
        a_wrong_expectation_is_a_conflict_and_writes_nothing,
        an_append_of_8001_events_is_whole,
        an_empty_append_writes_nothing_and_still_checks_its_expectations,
        an_expected_version_past_two_to_the_31_is_never_cut_short,
        checks_are_judged_within_the_append,
        checks_are_judged_within_the_append_on_several_handles,
        exact_zero_means_no_stream,
        expectations_on_150_streams_all_bind,
        of_many_writers_on_one_exact_version_exactly_one_wins,
        of_writers_on_several_handles_exactly_one_wins,
        one_broken_expectation_refuses_the_append_over_all_its_streams,
        streams_that_are_only_checked_bind_the_append,
        the_ids_of_a_refused_append_remain_usable,
    ];
    writes_though_it_conflicts: expectation_saboteurs::WritesThoughItConflicts => [
        a_check_on_a_written_stream_looks_at_the_version_before,
        a_refused_append_leaves_no_hole,
        a_wrong_expectation_is_a_conflict_and_writes_nothing,
        an_append_of_8001_events_is_whole,
        an_expected_version_past_two_to_the_31_is_never_cut_short,
        checks_are_judged_within_the_append,
        checks_are_judged_within_the_append_on_several_handles,
        exact_zero_means_no_stream,
        expectations_on_150_streams_all_bind,
        of_many_writers_on_one_exact_version_exactly_one_wins,
        of_writers_on_several_handles_exactly_one_wins,
        one_broken_expectation_refuses_the_append_over_all_its_streams,
        streams_that_are_only_checked_bind_the_append,
        the_ids_of_a_refused_append_remain_usable,
    ];
    lets_too_high_versions_pass: expectation_saboteurs::LetsTooHighVersionsPass => [
        a_wrong_expectation_is_a_conflict_and_writes_nothing,
    ];
    cuts_expected_versions_to_32_bits: expectation_saboteurs::CutsExpectedVersionsTo32Bits => [
        an_expected_version_past_two_to_the_31_is_never_cut_short,
    ];
    tells_a_wrong_version_in_conflicts: expectation_saboteurs::TellsAWrongVersionInConflicts => [
        a_wrong_expectation_is_a_conflict_and_writes_nothing,
        an_expected_version_past_two_to_the_31_is_never_cut_short,
        exact_zero_means_no_stream,
        of_many_writers_on_one_exact_version_exactly_one_wins,
        of_writers_on_several_handles_exactly_one_wins,
    ];
    checks_only_the_first_stream: expectation_saboteurs::ChecksOnlyTheFirstStream => [
        a_refused_append_leaves_no_hole,
        expectations_on_150_streams_all_bind,
        one_broken_expectation_refuses_the_append_over_all_its_streams,
        the_ids_of_a_refused_append_remain_usable,
    ];
    ignores_checks_of_other_streams: expectation_saboteurs::IgnoresChecksOfOtherStreams => [
        an_append_of_8001_events_is_whole,
        an_empty_append_writes_nothing_and_still_checks_its_expectations,
        checks_are_judged_within_the_append,
        checks_are_judged_within_the_append_on_several_handles,
        expectations_on_150_streams_all_bind,
        streams_that_are_only_checked_bind_the_append,
    ];
    checks_written_streams_afterwards: expectation_saboteurs::ChecksWrittenStreamsAfterwards => [
        a_check_on_a_written_stream_looks_at_the_version_before,
    ];
    checks_nothing_of_empty_appends: expectation_saboteurs::ChecksNothingOfEmptyAppends => [
        an_empty_append_writes_nothing_and_still_checks_its_expectations,
    ];

    sorts_the_streams_of_an_append: append_saboteurs::SortsTheStreamsOfAnAppend => [
        recorded_events_of_streams_in_another_order_are_refused_whole,
        the_events_of_an_append_lie_side_by_side_in_input_order,
    ];
    leaves_a_hole_for_a_refused_append: append_saboteurs::LeavesAHoleForARefusedAppend => [
        a_refused_append_leaves_no_hole,
        an_append_of_8001_events_is_whole,
        expectations_on_150_streams_all_bind,
    ];
    appends_stream_by_stream: append_saboteurs::AppendsStreamByStream => [
        a_refused_append_leaves_no_hole,
        one_broken_expectation_refuses_the_append_over_all_its_streams,
        recorded_events_of_one_stream_and_new_ones_of_another_are_refused_whole,
        recorded_events_of_streams_in_another_order_are_refused_whole,
        the_ids_of_a_refused_append_remain_usable,
    ];
    suspends_in_the_middle: append_saboteurs::SuspendsInTheMiddle => [
        an_append_dropped_at_any_await_point_leaves_all_of_it_or_nothing,
    ];
    joins_writes_of_one_stream: append_saboteurs::JoinsWritesOfOneStream => [
        a_stream_written_in_two_places_of_an_append_is_refused,
    ];
    sorts_the_receipt: append_saboteurs::SortsTheReceipt => [
        the_receipt_gives_new_versions_and_positions_in_input_order,
    ];
    refuses_the_largest_payload: append_saboteurs::RefusesTheLargestPayload => [
        a_payload_at_the_limit_lands_and_one_byte_more_is_refused,
    ];
    cuts_payloads_at_the_limit: append_saboteurs::CutsPayloadsAtTheLimit => [
        a_payload_at_the_limit_lands_and_one_byte_more_is_refused,
    ];
    cuts_appends_at_the_limit_of_bytes: append_saboteurs::CutsAppendsAtTheLimitOfBytes => [
        an_append_with_too_many_bytes_is_refused,
    ];
    drops_metadata_past_the_limit: append_saboteurs::DropsMetadataPastTheLimit => [
        metadata_at_the_limit_lands_and_one_byte_more_is_refused,
    ];
    lets_events_be_changed: append_saboteurs::LetsEventsBeChanged => [
        the_storage_refuses_to_change_or_remove_an_event,
    ];

    checks_versions_before_it_locks: race_saboteurs::ChecksVersionsBeforeItLocks => [
        of_many_writers_on_one_exact_version_exactly_one_wins,
    ];
    checks_versions_before_it_locks_on_several_handles: race_saboteurs::ChecksVersionsBeforeItLocksOnSeveralHandles => [
        of_writers_on_several_handles_exactly_one_wins,
    ];
    mixes_batches: race_saboteurs::MixesBatches => [
        writers_on_any_all_land_in_their_own_order_and_do_not_interleave,
    ];
    locks_streams_in_input_order: race_saboteurs::LocksStreamsInInputOrder => [
        appends_over_the_same_streams_in_opposite_orders_all_land,
    ];
    looks_for_repetitions_before_it_locks: race_saboteurs::LooksForRepetitionsBeforeItLocks => [
        of_many_writers_of_the_same_append_one_writes_and_the_others_repeat,
    ];
    publishes_out_of_order: race_saboteurs::PublishesOutOfOrder => [
        a_follower_gets_every_event_once_while_writers_write,
        a_reader_beside_writers_never_meets_a_gap,
        a_reader_on_one_handle_never_meets_a_gap_of_writers_on_several,
    ];
    publishes_out_of_order_on_several_handles: race_saboteurs::PublishesOutOfOrderOnSeveralHandles => [
        a_reader_on_one_handle_never_meets_a_gap_of_writers_on_several,
    ];

    forgets_ids: id_saboteurs::ForgetsIds => [
        a_part_of_an_earlier_append_is_a_repetition,
        a_repeated_append_is_answered_with_what_it_was_given_then,
        a_repetition_is_known_as_one_after_reopening,
        a_repetition_succeeds_whatever_it_expects,
        a_repetition_tells_the_version_of_a_stream_that_it_names_without_events,
        a_storage_that_fails_within_an_append_never_leaves_half_of_it,
        an_append_dropped_at_any_await_point_leaves_all_of_it_or_nothing,
        an_append_of_8001_events_is_whole,
        an_append_of_one_handle_is_a_repetition_on_the_other,
        neighbouring_appends_that_come_again_as_one_are_a_repetition,
        of_many_writers_of_the_same_append_one_writes_and_the_others_repeat,
    ];
    answers_repetitions_with_the_versions_of_now: id_saboteurs::AnswersRepetitionsWithTheVersionsOfNow => [
        a_repeated_append_is_answered_with_what_it_was_given_then,
    ];
    answers_repetitions_without_silent_streams: id_saboteurs::AnswersRepetitionsWithoutSilentStreams => [
        a_repetition_tells_the_version_of_a_stream_that_it_names_without_events,
    ];
    says_that_repetitions_were_written: id_saboteurs::SaysThatRepetitionsWereWritten => [
        a_part_of_an_earlier_append_is_a_repetition,
        a_repeated_append_is_answered_with_what_it_was_given_then,
        a_repetition_is_known_as_one_after_reopening,
        a_repetition_succeeds_whatever_it_expects,
        a_repetition_tells_the_version_of_a_stream_that_it_names_without_events,
        an_append_of_8001_events_is_whole,
        an_append_of_one_handle_is_a_repetition_on_the_other,
        neighbouring_appends_that_come_again_as_one_are_a_repetition,
        of_many_writers_of_the_same_append_one_writes_and_the_others_repeat,
    ];
    checks_expectations_first: id_saboteurs::ChecksExpectationsFirst => [
        a_repetition_succeeds_whatever_it_expects,
        an_append_of_8001_events_is_whole,
    ];
    knows_only_beginnings: id_saboteurs::KnowsOnlyBeginnings => [
        a_part_of_an_earlier_append_is_a_repetition,
    ];
    knows_only_single_appends: id_saboteurs::KnowsOnlySingleAppends => [
        neighbouring_appends_that_come_again_as_one_are_a_repetition,
    ];
    compares_ids_only: id_saboteurs::ComparesIdsOnly => [
        an_id_reused_with_other_content_is_refused,
    ];
    forgets_the_streams_of_ids: id_saboteurs::ForgetsTheStreamsOfIds => [
        an_id_reused_in_another_stream_is_refused,
    ];
    takes_recorded_events_in_any_order: id_saboteurs::TakesRecordedEventsInAnyOrder => [
        recorded_events_in_other_company_are_refused_whole,
    ];
    writes_only_what_is_new: id_saboteurs::WritesOnlyWhatIsNew => [
        recorded_events_in_other_company_are_refused_whole,
        recorded_events_of_one_stream_and_new_ones_of_another_are_refused_whole,
    ];
    drops_doubles_in_an_append: id_saboteurs::DropsDoublesInAnAppend => [
        an_append_that_holds_an_id_twice_is_refused_whole,
    ];
    remembers_refused_ids: id_saboteurs::RemembersRefusedIds => [
        an_append_of_8001_events_is_whole,
        the_ids_of_a_refused_append_remain_usable,
    ];

    takes_the_end_of_a_stream_for_exclusive: read_saboteurs::TakesTheEndOfAStreamForExclusive => [
        a_stream_gives_what_lies_between_its_bounds,
    ];
    skips_an_event_backward: read_saboteurs::SkipsAnEventBackward => [
        a_read_of_more_than_one_default_page_is_whole,
        a_stream_read_backward_is_the_mirror_of_it_read_forward,
    ];
    counts_the_limit_from_the_oldest: read_saboteurs::CountsTheLimitFromTheOldest => [
        a_stream_read_backward_is_the_mirror_of_it_read_forward,
    ];
    takes_the_end_of_the_log_for_exclusive: read_saboteurs::TakesTheEndOfTheLogForExclusive => [
        the_log_gives_what_lies_between_its_bounds,
    ];
    takes_the_start_of_the_log_for_exclusive_backward: read_saboteurs::TakesTheStartOfTheLogForExclusiveBackward => [
        the_log_read_backward_is_the_mirror_of_it_read_forward,
    ];
    fails_on_crossed_bounds: read_saboteurs::FailsOnCrossedBounds => [
        crossed_bounds_and_limit_zero_are_empty_and_no_error,
    ];
    takes_limit_zero_for_none: read_saboteurs::TakesLimitZeroForNone => [
        crossed_bounds_and_limit_zero_are_empty_and_no_error,
    ];
    cuts_bounds_to_32_bits: read_saboteurs::CutsBoundsTo32Bits => [
        bounds_and_limits_past_two_to_the_31_are_never_cut_short,
    ];
    loses_the_event_between_pages: read_saboteurs::LosesTheEventBetweenPages => [
        a_read_of_more_than_one_default_page_is_whole,
        any_page_size_gives_one_and_the_same_sequence,
    ];
    gives_too_large_pages: read_saboteurs::GivesTooLargePages => [
        a_filter_applies_before_the_limit,
        any_page_size_gives_one_and_the_same_sequence,
    ];
    goes_on_past_the_limit: read_saboteurs::GoesOnPastTheLimit => [
        a_page_that_fills_the_limit_has_no_next_one,
    ];
    filters_after_the_limit: read_saboteurs::FiltersAfterTheLimit => [
        a_filter_applies_before_the_limit,
        a_follower_with_a_filter_gets_only_what_passes_it,
    ];
    matches_categories_by_their_beginning: read_saboteurs::MatchesCategoriesByTheirBeginning => [
        a_category_is_all_of_the_name_before_the_first_dash,
    ];
    orders_the_log_by_id: read_saboteurs::OrdersTheLogById => [
        the_log_gives_every_event_once_in_commit_order,
        writers_on_any_all_land_in_their_own_order_and_do_not_interleave,
    ];

    makes_text_of_payloads: record_saboteurs::MakesTextOfPayloads => [
        payloads_come_back_byte_for_byte,
    ];
    trims_payloads: record_saboteurs::TrimsPayloads => [
        payloads_come_back_byte_for_byte,
        streams_never_leak_into_one_another_whatever_their_names,
    ];
    forgets_the_kinds_of_actors: record_saboteurs::ForgetsTheKindsOfActors => [
        metadata_comes_back_as_it_was_written,
    ];
    cuts_schema_versions_to_16_bits: record_saboteurs::CutsSchemaVersionsTo16Bits => [
        ids_types_and_schema_versions_come_back_as_they_were_written,
    ];
    reads_streams_without_metadata: record_saboteurs::ReadsStreamsWithoutMetadata => [
        a_stream_and_the_log_give_the_very_same_records,
    ];
    finds_only_the_last_event: record_saboteurs::FindsOnlyTheLastEvent => [
        an_event_is_found_by_its_id_and_an_unknown_id_gives_none,
    ];
    loses_microseconds: record_saboteurs::LosesMicroseconds => [
        a_time_leads_to_the_last_event_recorded_at_or_before_it,
        recorded_at_is_the_time_of_the_clock_to_the_microsecond,
        recorded_times_follow_the_law_after_reopening,
        recorded_times_follow_the_law_on_several_handles,
        recorded_times_follow_the_law_whatever_the_clocks_show,
    ];
    loses_microseconds_in_streams: record_saboteurs::LosesMicrosecondsInStreams => [
        a_stream_and_the_log_give_the_very_same_records,
        handles_on_one_storage_see_each_others_writes,
    ];
    steps_back_with_the_clock: record_saboteurs::StepsBackWithTheClock => [
        a_clock_far_behind_records_the_time_of_the_last_event,
        a_clock_that_is_a_little_behind_records_the_time_of_the_last_event,
        a_time_leads_to_the_last_event_recorded_at_or_before_it,
        events_of_a_clock_far_ahead_are_passed_over,
        recorded_times_follow_the_law_after_reopening,
        recorded_times_follow_the_law_on_several_handles,
        recorded_times_follow_the_law_whatever_the_clocks_show,
    ];
    never_steps_back: record_saboteurs::NeverStepsBack => [
        a_log_that_begins_far_ahead_is_passed_over,
        a_time_leads_to_the_last_event_recorded_at_or_before_it,
        events_of_a_clock_far_ahead_are_passed_over,
        recorded_times_follow_the_law_after_reopening,
        recorded_times_follow_the_law_on_several_handles,
        recorded_times_follow_the_law_whatever_the_clocks_show,
    ];
    forgets_times_at_reopening: record_saboteurs::ForgetsTimesAtReopening => [
        recorded_times_follow_the_law_after_reopening,
    ];
    forgets_times_beside_another_handle: record_saboteurs::ForgetsTimesBesideAnotherHandle => [
        recorded_times_follow_the_law_on_several_handles,
    ];
    finds_only_earlier_times: record_saboteurs::FindsOnlyEarlierTimes => [
        a_time_leads_to_the_last_event_recorded_at_or_before_it,
    ];
    stops_at_the_first_later_time: record_saboteurs::StopsAtTheFirstLaterTime => [
        a_time_leads_to_the_last_event_recorded_at_or_before_it,
    ];

    never_wakes: wait_saboteurs::NeverWakes => [
        a_follower_gets_every_event_once_while_writers_write,
        a_reader_that_waits_wakes_when_another_handle_writes,
        a_waiting_reader_is_not_answered_before_its_event_is_there,
        a_waiting_reader_wakes_when_an_event_comes,
        all_waiting_readers_wake,
    ];
    wakes_only_one_reader: wait_saboteurs::WakesOnlyOneReader => [
        all_waiting_readers_wake,
    ];
    answers_with_the_next_position: wait_saboteurs::AnswersWithTheNextPosition => [
        waiting_past_what_is_already_there_is_answered_with_the_head,
    ];
    cuts_awaited_positions_to_32_bits: wait_saboteurs::CutsAwaitedPositionsTo32Bits => [
        a_waiting_reader_is_not_answered_before_its_event_is_there,
    ];
    answers_for_the_position_itself: wait_saboteurs::AnswersForThePositionItself => [
        a_reader_that_waits_wakes_when_another_handle_writes,
        a_waiting_reader_is_not_answered_before_its_event_is_there,
        a_waiting_reader_wakes_when_an_event_comes,
        all_waiting_readers_wake,
    ];
    holds_a_cursor_open: wait_saboteurs::HoldsACursorOpen => [
        a_reader_left_idle_blocks_no_writer,
    ];
    wakes_only_within_a_handle: wait_saboteurs::WakesOnlyWithinAHandle => [
        a_reader_that_waits_wakes_when_another_handle_writes,
    ];

    loses_the_end_on_reopening: handle_saboteurs::LosesTheEndOnReopening => [
        recorded_times_follow_the_law_after_reopening,
        what_was_acknowledged_is_there_after_reopening,
    ];
    forgets_ids_on_reopening: handle_saboteurs::ForgetsIdsOnReopening => [
        a_repetition_is_known_as_one_after_reopening,
    ];
    knows_only_the_ids_of_its_handle: handle_saboteurs::KnowsOnlyTheIdsOfItsHandle => [
        an_append_of_one_handle_is_a_repetition_on_the_other,
    ];
    finds_nothing_beside_another_handle: handle_saboteurs::FindsNothingBesideAnotherHandle => [
        handles_on_one_storage_see_each_others_writes,
    ];

    judges_checks_before_the_append: race_saboteurs::JudgesChecksBeforeTheAppend => [
        checks_are_judged_within_the_append,
        checks_are_judged_within_the_append_on_several_handles,
    ];
    judges_by_the_head: race_saboteurs::JudgesByTheHead => [
        writers_on_different_streams_never_conflict,
        writers_on_different_streams_of_several_handles_never_conflict,
    ];
    shows_appends_stream_by_stream: race_saboteurs::ShowsAppendsStreamByStream => [
        a_reader_beside_an_append_sees_all_of_it_or_nothing,
        a_reader_on_another_handle_sees_all_of_an_append_or_nothing,
    ];
    cuts_appends_at_8000_events: append_saboteurs::CutsAppendsAt8000Events => [
        an_append_of_8001_events_is_whole,
    ];
    ends_after_the_first_default_page: read_saboteurs::EndsAfterTheFirstDefaultPage => [
        a_read_of_more_than_one_default_page_is_whole,
        a_time_leads_to_the_last_event_recorded_at_or_before_it,
    ];
    binds_no_more_than_128_streams: expectation_saboteurs::BindsNoMoreThan128Streams => [
        expectations_on_150_streams_all_bind,
    ];
    leaves_half_where_its_storage_fails: fault_saboteurs::LeavesHalfWhereItsStorageFails => [
        a_storage_that_fails_within_an_append_never_leaves_half_of_it,
    ];
    ends_streams_where_its_storage_fails: fault_saboteurs::EndsStreamsWhereItsStorageFails => [
        a_storage_that_fails_within_a_read_never_ends_it_early,
    ];
    ends_the_log_where_its_storage_fails: fault_saboteurs::EndsTheLogWhereItsStorageFails => [
        a_storage_that_fails_within_a_read_never_ends_it_early,
    ];
    has_no_head_while_its_storage_fails: fault_saboteurs::HasNoHeadWhileItsStorageFails => [
        a_storage_that_fails_within_a_read_never_ends_it_early,
    ];
    acknowledges_a_group_that_failed: fault_saboteurs::AcknowledgesAGroupThatFailed => [
        after_a_fault_the_store_has_every_acknowledged_append,
    ];
}

#[test]
fn a_sound_store_breaks_no_law() {
    assert_eq!(broken_by::<Nothing>(), BTreeSet::new());
}

/// A law without a saboteur might never fail, so a new law needs a saboteur.
#[test]
fn every_law_is_broken_by_some_saboteur() {
    let laws = laws_of_event_stores();
    let laws: BTreeSet<_> = laws.iter().map(|law| law.name()).collect();
    assert_eq!(broken_by_some(), laws);
}
