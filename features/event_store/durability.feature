Feature: A store that outlives the process
  A store in a file outlives the process. It can be shared, copied and checked.

  @positive @file
  Scenario: All events are there after the store is opened again
    Given "account-7" has 3 events
    And "account-9" has 2 events
    When the log is read forward
    And the store is closed and opened again
    And the log is read forward
    Then both readings gave the same
    And the next event lands at position 6

  @positive @file
  Scenario: Two handles on one file see each other's events
    Given Eve follows the log
    When Ada appends 2 events to "account-7" expecting no stream
    And Ben opens the same file and appends 1 event to "account-7" expecting version 2
    Then Ben's append is accepted
    And Eve hears of the positions 1, 2, 3

  @negative @file
  Scenario: A writer with a wrong expectation is refused on a second handle too
    When Ada appends 2 events to "account-7" expecting no stream
    And Ben opens the same file and appends 1 event to "account-7" expecting no stream
    Then Ben's append is refused because "account-7" is at version 2

  @positive @file
  Scenario: A backup opens as a store
    Given "account-7" has 3 events
    When a backup of the store is made
    And Ada appends 2 events to "account-7" expecting version 3
    Then the backup opens as a store with 3 events
    And "account-7" is at version 5

  @positive @file
  Scenario: A check of an undamaged store finds no problem
    Given "account-7" has 3 events
    And "account-9" has 2 events
    When the store is checked
    Then nothing is found wrong with 5 events in 2 streams

  @negative @file
  Scenario: A check finds an event that was removed from the file
    Given "account-7" has 2 events
    And "account-9" has 1 event
    And "account-8" has 2 events
    And somebody tears the event at position 3 out of the file
    When the store is checked
    Then the check misses position 3

  @negative @file
  Scenario: A file that is not a store is refused
    When a letter is opened as if it were a store
    Then it is refused because it is no database
    And the letter is as it was
