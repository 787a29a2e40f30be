Feature: Conflicts between writers
  A writer states the version that it expects a stream to have. If the stream has another version,
  another writer was faster, and the append is refused. For example, an append that expects version
  3 is refused at version 4.

  @positive
  Scenario: An append with the right expectation is accepted
    Given "account-7" has 3 events
    When Ada appends 2 events to "account-7" expecting version 3
    And Ben appends 1 event to "account-7" expecting an existing stream
    And Eve appends 1 event to "account-8" expecting no stream
    And Dan appends 1 event to "account-9" expecting version 0
    Then Ada's append is accepted
    And Ben's append is accepted
    And Eve's append is accepted
    And Dan's append is accepted
    And "account-7" is at version 6

  @negative
  Scenario: An append with an expectation that is too low or too high is refused
    Given "account-7" has 2 events
    When Ada appends 1 event to "account-7" expecting no stream
    And Ben appends 1 event to "account-7" expecting version 1
    And Eve appends 1 event to "account-7" expecting version 3
    And Dan appends 1 event to "account-9" expecting an existing stream
    Then Ada's append is refused because "account-7" is at version 2
    And Ben's append is refused because "account-7" is at version 2
    And Eve's append is refused because "account-7" is at version 2
    And Dan's append is refused because "account-9" is at version 0
    And "account-7" is at version 2
    And the next event lands at position 3

  @negative
  Scenario: The second of two writers is refused
    Given "account-7" has 3 events
    When Ada appends 1 event to "account-7" expecting version 3
    And Ben appends 2 events to "account-7" expecting version 3
    Then Ada's append is accepted
    And Ben's append is refused because "account-7" is at version 4
    And "account-7" is at version 4

  @positive
  Scenario: A refused writer succeeds with the new version
    Given "account-7" has 3 events
    When Ada appends 1 event to "account-7" expecting version 3
    And Ben appends 2 events to "account-7" expecting version 3
    And Ben appends 2 events to "account-7" expecting version 4
    Then Ben's append is accepted
    And "account-7" is at version 6

  @edge
  Scenario: Of many writers at the same version exactly one wins
    Given "account-7" has 3 events
    When 12 writers at once append 2 events each to "account-7" expecting version 3
    Then exactly one of the writers is accepted
    And all other writers are refused because "account-7" is at version 5
    And "account-7" is at version 5

  @positive
  Scenario: Writers without an expectation all succeed
    Given "account-7" has 3 events
    When 12 writers at once append 3 events each to "account-7" expecting any version
    Then all of the writers are accepted
    And "account-7" is at version 39
    And the events of each writer lie side by side in the writer's own order
