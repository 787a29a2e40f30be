Feature: When a snapshot is taken
  A policy decides at each save whether a snapshot is due: by the number of events, age, state,
  request, replay time, size of the state, and combinations of these.

  @positive
  Scenario Outline: A save from version <before> to <after> takes a snapshot, due <policy>
    Given a snapshot is due <policy>
    And "account-7" stands at version <before>
    When Ada saves events up to version <after>
    Then a snapshot is taken at version <after>

    Examples:
      | policy            | before | after |
      | every 10 events    | 9      | 10    |
      | every 10 events    | 8      | 12    |
      | as nobody has said | 98     | 101   |

  @negative
  Scenario: A save that reaches no boundary takes no snapshot
    Given a snapshot is due every 10 events and every 11 events
    And "account-7" stands at version 10
    When Ada saves events up to version 19
    Then no snapshot is taken

  @positive
  Scenario: A snapshot is taken if the newest one is too old
    Given a snapshot is due when the newest is older than 60 minutes
    And "account-7" stands at version 3
    And a snapshot of "account-7" was taken by hand
    When the clock is turned forward by 61 minutes
    And Ada saves events up to version 4
    Then a snapshot is taken at version 4

  @negative
  Scenario: No snapshot is taken if the newest one is recent
    Given a snapshot is due when the newest is older than 60 minutes
    And "account-7" stands at version 3
    And a snapshot of "account-7" was taken by hand
    When the clock is turned forward by 59 minutes
    And Ada saves events up to version 4
    Then no snapshot is taken

  @edge
  Scenario: A clock that steps back does not make a snapshot old
    Given a snapshot is due when the newest is older than 60 minutes
    And "account-7" stands at version 3
    And a snapshot of "account-7" was taken by hand
    When the clock is turned back by 300 minutes
    And Ada saves events up to version 4
    Then no snapshot is taken

  @positive
  Scenario: A snapshot is taken if the state meets the condition
    Given a snapshot is due when the account is closed
    And "account-7" stands at version 3
    When Ada closes the account
    Then a snapshot is taken at version 4

  @positive
  Scenario: A snapshot is taken at the end of a session
    Given a snapshot is due on request
    And "account-7" stands at version 3
    When Ada ends her session and saves events up to version 5
    Then a snapshot is taken at version 5

  @positive
  Scenario: A snapshot is taken after a replay over the time limit
    Given a snapshot is due when the replay took long
    And "account-7" stands at version 3
    And reading takes 101 ms
    When Ada saves events up to version 4
    Then a snapshot is taken at version 4

  @edge
  Scenario: A replay of exactly the time limit takes no snapshot
    Given a snapshot is due when the replay took long
    And "account-7" stands at version 3
    And reading takes 100 ms
    When Ada saves events up to version 4
    Then no snapshot is taken

  @positive
  Scenario: A snapshot is taken of a large state
    Given a snapshot is due when the state is larger than 200 bytes
    And "account-7" stands at version 3
    When Ada writes a note of 200 characters
    Then a snapshot is taken at version 4

  @positive
  Scenario Outline: Policies are composed: <policy>
    Given a snapshot is due <policy>
    And "account-7" stands at version 9
    When Ada saves events up to version 11
    Then a snapshot is taken at version 11

    Examples:
      | policy                              |
      | every 10 events and every 11 events |
      | every 50 events or every 10 events  |
      | not every 50 events                 |
