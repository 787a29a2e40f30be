//! The list of all laws, from which the generated tests and the lists of laws are made.

use crate::{
    EventStoreHarness, Law, LogTransferHarness, SnapshotStoreHarness, SnapshottedEventStoreHarness,
    WorkerLeasesHarness,
};

/// Passes the list of event store laws to another macro of this crate: per area the number in the
/// contract, the capability needed in parentheses, and the function.
#[doc(hidden)]
#[macro_export]
macro_rules! __pass_event_store_laws_to {
    ($consumer:ident $($first:tt)*) => {
        $crate::$consumer! { $($first)*
            history {
                1 a_new_store_reads_empty_and_has_no_head;
                1 the_head_is_the_position_of_the_last_event;
                2 versions_and_positions_count_up_from_one_without_holes;
                2 the_version_of_a_stream_is_the_number_of_its_events;
            }
            expectations {
                3 an_expectation_that_holds_lets_the_append_land;
                3 exact_zero_means_no_stream;
                4 a_wrong_expectation_is_a_conflict_and_writes_nothing;
                22 an_expected_version_past_two_to_the_31_is_never_cut_short;
            }
            atomicity {
                5 the_events_of_an_append_lie_side_by_side_in_input_order;
                5 a_refused_append_leaves_no_hole;
                6 one_broken_expectation_refuses_the_append_over_all_its_streams;
                6 streams_that_are_only_checked_bind_the_append;
                6 a_check_on_a_written_stream_looks_at_the_version_before;
                6 a_stream_written_in_two_places_of_an_append_is_refused;
                7 an_empty_append_writes_nothing_and_still_checks_its_expectations;
                8 the_receipt_gives_new_versions_and_positions_in_input_order;
            }
            races {
                9 of_many_writers_on_one_exact_version_exactly_one_wins;
                9 writers_on_any_all_land_in_their_own_order_and_do_not_interleave;
                9 appends_over_the_same_streams_in_opposite_orders_all_land;
                12 of_many_writers_of_the_same_append_one_writes_and_the_others_repeat;
            }
            limits {
                10 a_payload_at_the_limit_lands_and_one_byte_more_is_refused;
                10 an_append_with_too_many_bytes_is_refused;
                10 metadata_at_the_limit_lands_and_one_byte_more_is_refused;
            }
            immutability {
                11 (Immutability) the_storage_refuses_to_change_or_remove_an_event;
            }
            repetition {
                12 a_repeated_append_is_answered_with_what_it_was_given_then;
                12 a_repetition_tells_the_version_of_a_stream_that_it_names_without_events;
                12 a_repetition_succeeds_whatever_it_expects;
                12 a_part_of_an_earlier_append_is_a_repetition;
                12 neighbouring_appends_that_come_again_as_one_are_a_repetition;
            }
            reused_ids {
                13 an_id_reused_with_other_content_is_refused;
                13 an_id_reused_in_another_stream_is_refused;
                13 recorded_events_in_other_company_are_refused_whole;
                13 recorded_events_of_streams_in_another_order_are_refused_whole;
                13 recorded_events_of_one_stream_and_new_ones_of_another_are_refused_whole;
                13 an_append_that_holds_an_id_twice_is_refused_whole;
                13 the_ids_of_a_refused_append_remain_usable;
            }
            cancellation {
                14 an_append_dropped_at_any_await_point_leaves_all_of_it_or_nothing;
            }
            bounds {
                15 a_stream_gives_what_lies_between_its_bounds;
                15 a_stream_read_backward_is_the_mirror_of_it_read_forward;
                15 the_log_gives_what_lies_between_its_bounds;
                15 the_log_read_backward_is_the_mirror_of_it_read_forward;
                15 crossed_bounds_and_limit_zero_are_empty_and_no_error;
                15 a_stream_that_never_was_reads_as_empty_at_version_zero;
                22 bounds_and_limits_past_two_to_the_31_are_never_cut_short;
            }
            pages {
                16 any_page_size_gives_one_and_the_same_sequence;
                16 a_page_that_fills_the_limit_has_no_next_one;
            }
            names {
                17 streams_never_leak_into_one_another_whatever_their_names;
            }
            fidelity {
                18 payloads_come_back_byte_for_byte;
                18 metadata_comes_back_as_it_was_written;
                18 ids_types_and_schema_versions_come_back_as_they_were_written;
                18 a_stream_and_the_log_give_the_very_same_records;
            }
            times {
                18 recorded_at_is_the_time_of_the_clock_to_the_microsecond;
                18 a_clock_that_is_a_little_behind_records_the_time_of_the_last_event;
                18 events_of_a_clock_far_ahead_are_passed_over;
                18 a_log_that_begins_far_ahead_is_passed_over;
                18 a_clock_far_behind_records_the_time_of_the_last_event;
                18 recorded_times_follow_the_law_whatever_the_clocks_show;
                18 (Durability) recorded_times_follow_the_law_after_reopening;
                18 (SeveralHandles) recorded_times_follow_the_law_on_several_handles;
                55 a_time_leads_to_the_last_event_recorded_at_or_before_it;
            }
            log {
                19 the_log_gives_every_event_once_in_commit_order;
                19 a_filter_applies_before_the_limit;
                19 a_category_is_all_of_the_name_before_the_first_dash;
                20 a_reader_beside_writers_never_meets_a_gap;
            }
            lookup {
                21 an_event_is_found_by_its_id_and_an_unknown_id_gives_none;
            }
            waiting {
                23 a_waiting_reader_wakes_when_an_event_comes;
                23 all_waiting_readers_wake;
                23 waiting_past_what_is_already_there_is_answered_with_the_head;
                23 a_waiting_reader_is_not_answered_before_its_event_is_there;
                23 a_reader_left_idle_blocks_no_writer;
                23 a_follower_gets_every_event_once_while_writers_write;
                23 a_follower_with_a_filter_gets_only_what_passes_it;
            }
            listing {
                2 every_stream_with_events_is_listed_with_its_version;
                17 streams_are_listed_in_the_byte_order_of_their_names;
                19 listing_a_category_gives_its_streams_and_no_other;
                16 streams_listed_in_pages_of_any_size_are_the_same;
                16 streams_are_listed_after_a_name_that_need_not_exist;
            }
            reopening {
                35 (Durability) what_was_acknowledged_is_there_after_reopening;
                12 (Durability) a_repetition_is_known_as_one_after_reopening;
            }
            handles {
                36 (SeveralHandles) handles_on_one_storage_see_each_others_writes;
                36 (SeveralHandles) of_writers_on_several_handles_exactly_one_wins;
                36 (SeveralHandles) an_append_of_one_handle_is_a_repetition_on_the_other;
                23 (SeveralHandles) a_reader_that_waits_wakes_when_another_handle_writes;
                20 (SeveralHandles) a_reader_on_one_handle_never_meets_a_gap_of_writers_on_several;
            }
            checks {
                40 checks_are_judged_within_the_append;
                40 (SeveralHandles) checks_are_judged_within_the_append_on_several_handles;
            }
            independence {
                41 writers_on_different_streams_never_conflict;
                41 (SeveralHandles) writers_on_different_streams_of_several_handles_never_conflict;
            }
            visibility {
                42 a_reader_beside_an_append_sees_all_of_it_or_nothing;
                42 (SeveralHandles) a_reader_on_another_handle_sees_all_of_an_append_or_nothing;
            }
            large {
                43 an_append_of_8001_events_is_whole;
                44 a_read_of_more_than_one_default_page_is_whole;
                45 expectations_on_150_streams_all_bind;
            }
            faults {
                46 (Faults) a_storage_that_fails_within_an_append_never_leaves_half_of_it;
                47 (Faults) a_storage_that_fails_within_a_read_never_ends_it_early;
                48 (Faults) after_a_fault_the_store_has_every_acknowledged_append;
            }
        }
    };
}

/// The same for the laws of snapshot stores.
#[doc(hidden)]
#[macro_export]
macro_rules! __pass_snapshot_store_laws_to {
    ($consumer:ident $($first:tt)*) => {
        $crate::$consumer! { $($first)*
            snapshots {
                24 a_stream_without_snapshots_has_none;
                24 the_newest_snapshot_at_or_below_a_version_is_given;
                24 an_older_snapshot_never_replaces_a_newer_one;
                24 a_snapshot_saved_again_at_its_version_replaces_the_one_before;
                24 a_snapshot_of_another_schema_is_not_seen;
                17 a_snapshot_of_another_stream_is_not_seen;
                24 a_snapshot_comes_back_byte_for_byte_and_to_the_microsecond;
                22 snapshots_stand_at_versions_past_two_to_the_31;
                24 pruning_keeps_the_newest_and_says_how_many_went;
                24 pruning_leaves_other_streams_and_schemas_alone;
                24 snapshots_saved_at_one_moment_are_all_kept;
                24 (Durability) snapshots_are_there_after_reopening;
                24 (SeveralHandles) handles_see_each_others_snapshots;
            }
        }
    };
}

/// The same with the laws of stores that read a snapshot and its tail at once.
#[doc(hidden)]
#[macro_export]
macro_rules! __pass_snapshotted_event_store_laws_to {
    ($consumer:ident $($first:tt)*) => {
        $crate::$consumer! { $($first)*
            snapshot_tails {
                24 a_snapshot_comes_with_the_events_from_its_own_version_on;
                24 without_a_snapshot_the_tail_is_the_whole_stream;
                24 neither_snapshot_nor_tail_goes_past_the_version_asked_for;
                25 a_snapshot_ahead_of_its_stream_is_given_with_an_empty_tail;
                15 a_stream_that_never_was_has_an_empty_tail;
                24 a_snapshot_at_version_zero_comes_with_the_whole_stream;
                16 a_tail_in_pages_of_any_size_is_the_same;
                22 versions_asked_for_past_two_to_the_31_are_never_cut_short;
                26 a_snapshot_read_while_others_write_comes_with_its_event;
            }
        }
    };
}

/// The same with the laws of worker leases.
#[doc(hidden)]
#[macro_export]
macro_rules! __pass_worker_lease_laws_to {
    ($consumer:ident $($first:tt)*) => {
        $crate::$consumer! { $($first)*
            leases {
                56 a_lease_from_a_clock_far_ahead_blocks_no_worker;
                56 a_lease_released_far_ahead_blocks_no_worker;
                56 the_times_of_two_leases_of_a_worker_never_overlap;
                57 no_lease_is_over_when_it_is_answered;
                57 a_clock_past_the_last_snowflake_is_an_error;
            }
        }
    };
}

/// The same with the laws of stores that can move their log.
#[doc(hidden)]
#[macro_export]
macro_rules! __pass_log_transfer_laws_to {
    ($consumer:ident $($first:tt)*) => {
        $crate::$consumer! { $($first)*
            transfers {
                70 an_import_into_an_empty_store_keeps_everything;
                70 an_empty_log_takes_its_id_along;
                70 the_next_append_after_an_import_gets_the_time_of_the_source;
                70 the_rest_of_a_log_follows_an_earlier_export;
            }
            imports {
                71 an_interrupted_import_goes_on_where_it_ended;
                71 a_log_that_went_its_own_way_refuses_the_import;
                71 a_part_that_does_not_follow_the_end_is_refused;
                71 (SeveralHandles) imports_at_the_same_time_leave_no_mixture;
                71 an_import_into_another_log_appends_each_event_once;
                71 a_stream_with_other_events_is_refused;
            }
            freezing {
                72 a_frozen_store_refuses_new_events_and_names_the_new_place;
                72 reads_and_repetitions_go_on_in_a_frozen_store;
                72 no_event_follows_the_answer_of_a_freeze;
                72 (SeveralHandles) a_freeze_binds_other_handles;
                72 (Durability) a_freeze_is_there_after_reopening;
            }
        }
    };
}

/// Makes the value of one law.
#[doc(hidden)]
#[macro_export]
macro_rules! __law {
    ($area:ident $number:literal $(($capability:ident))? $law:ident) => {
        $crate::Law::new($number, stringify!($law), |harness| {
            Box::pin($crate::$area::$law(harness))
        })
        $(.needing($crate::Capability::$capability))?
    };
}

/// Makes a test of every law that it is passed.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    (
        [$kind:ident $harness:expr]
        $($area:ident { $($number:literal $(($capability:ident))? $law:ident;)* })*
    ) => {
        $($(
            #[test]
            fn $law() {
                let law: $crate::Law<dyn $crate::$kind> =
                    $crate::__law!($area $number $(($capability))? $law);
                law.enforce(::std::sync::Arc::new($harness));
            }
        )*)*
    };
}

/// Makes the list of every law that it is passed.
#[doc(hidden)]
#[macro_export]
macro_rules! __values {
    ($($area:ident { $($number:literal $(($capability:ident))? $law:ident;)* })*) => {
        vec![$($($crate::__law!($area $number $(($capability))? $law),)*)*]
    };
}

/// Makes one test of every event store law, named after it, in the module where it stands.
///
/// The argument is an expression that makes a new [`EventStoreHarness`]; each test makes its own.
/// No async runtime is needed in the adapter's tests: each law brings its own.
#[macro_export]
macro_rules! event_store_laws {
    ($harness:expr $(,)?) => {
        $crate::__pass_event_store_laws_to! { __tests [EventStoreHarness $harness] }
    };
}

/// Makes one test of every snapshot store law, named after it, in the module where it stands.
///
/// The argument is an expression that makes a new [`SnapshotStoreHarness`]; each test makes its
/// own.
#[macro_export]
macro_rules! snapshot_store_laws {
    ($harness:expr $(,)?) => {
        $crate::__pass_snapshot_store_laws_to! { __tests [SnapshotStoreHarness $harness] }
    };
}

/// Makes one test of every law of stores that read a snapshot and its tail at once, named after it,
/// in the module where it stands. They come beside the laws of event stores and snapshot stores.
///
/// The argument is an expression that makes a new [`SnapshottedEventStoreHarness`]; each test makes
/// its own.
#[macro_export]
macro_rules! snapshotted_event_store_laws {
    ($harness:expr $(,)?) => {
        $crate::__pass_snapshotted_event_store_laws_to! {
            __tests [SnapshottedEventStoreHarness $harness]
        }
    };
}

/// Makes one test of every law of worker leases, named after it, in the module where it stands.
///
/// The argument is an expression that makes a new [`WorkerLeasesHarness`]; each test makes its own.
#[macro_export]
macro_rules! worker_lease_laws {
    ($harness:expr $(,)?) => {
        $crate::__pass_worker_lease_laws_to! { __tests [WorkerLeasesHarness $harness] }
    };
}

/// Makes one test of every law of stores that can move their log, named after it, in the module
/// where it stands.
///
/// The argument is an expression that makes a new [`LogTransferHarness`]; each test makes its own.
#[macro_export]
macro_rules! log_transfer_laws {
    ($harness:expr $(,)?) => {
        $crate::__pass_log_transfer_laws_to! { __tests [LogTransferHarness $harness] }
    };
}

/// Every law of event stores, in the order of the contract's areas.
#[must_use]
pub fn laws_of_event_stores() -> Vec<Law<dyn EventStoreHarness>> {
    crate::__pass_event_store_laws_to!(__values)
}

/// Every law of snapshot stores.
#[must_use]
pub fn laws_of_snapshot_stores() -> Vec<Law<dyn SnapshotStoreHarness>> {
    crate::__pass_snapshot_store_laws_to!(__values)
}

/// Every law of stores that read a snapshot and its tail at once.
#[must_use]
pub fn laws_of_snapshotted_event_stores() -> Vec<Law<dyn SnapshottedEventStoreHarness>> {
    crate::__pass_snapshotted_event_store_laws_to!(__values)
}

/// Every law of worker leases.
#[must_use]
pub fn laws_of_worker_leases() -> Vec<Law<dyn WorkerLeasesHarness>> {
    crate::__pass_worker_lease_laws_to!(__values)
}

/// Every law of stores that can move their log.
#[must_use]
pub fn laws_of_log_transfers() -> Vec<Law<dyn LogTransferHarness>> {
    crate::__pass_log_transfer_laws_to!(__values)
}
