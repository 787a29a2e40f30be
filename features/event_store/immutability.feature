Feature: Events never change
  Recorded events never change, not even from an SQL shell.

  @positive
  Scenario: A later read returns the events of an earlier one
    Given "account-7" has 3 events
    When the log is read forward
    And Ada appends 4 events to "account-9" expecting no stream
    And the clock is turned forward by 90 minutes
    And the log is read forward
    Then the second reading begins with all that the first one gave

  @negative @file
  Scenario: An SQL shell cannot change, remove or replace an event
    Given "account-7" has 3 events
    When somebody gives the file these SQL statements:
      | UPDATE batches SET events = '[]' |
      | DELETE FROM batches              |
      | INSERT OR REPLACE INTO batches SELECT last_position, count, recorded_at, '[]', payload, leap FROM batches |
    Then the storage refuses each of them
    And nothing was written
