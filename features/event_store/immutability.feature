Feature: Events never change
  Recorded events never change, not even from an SQL shell.

  @positive
  Scenario: A later reading gives what an earlier one gave
    Given "account-7" has 3 events
    When the log is read forward
    And Ada appends 4 events to "account-9" expecting no stream
    And the clock is turned forward by 90 minutes
    And the log is read forward
    Then the second reading begins with all that the first one gave

  @negative @durable
  Scenario: Nobody with an SQL shell changes, removes or replaces an event
    Given "account-7" has 3 events
    When somebody gives the file these SQL statements:
      | UPDATE batches SET events = '[]' |
      | DELETE FROM batches              |
      | INSERT OR REPLACE INTO batches SELECT last_position, count, recorded_at, '[]', payload FROM batches |
    Then the storage refuses each of them
    And nothing was written
