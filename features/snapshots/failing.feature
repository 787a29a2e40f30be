Feature: Snapshots that fail
  The events are in the store before a snapshot of them is taken. So a snapshot that fails is only
  reported.

  @negative
  Scenario: A snapshot that cannot be saved does not fail the save
    Given a snapshot is due every 1 events
    And Ada opens "account-7"
    And the snapshots cannot be saved
    When Ada makes 1 deposit of 100 cents, saved at once
    Then the save succeeds
    And "account-7" is at version 2
    And it is reported that the snapshot could not be saved

  @edge
  Scenario: A snapshot on request never contains unsaved events
    Given Ada opens "account-7"
    When Ada makes 1 deposit of 100 cents, not saved
    And Ada asks for a snapshot by hand
    Then it is refused because events are not saved yet
    And there are no snapshots of "account-7"
