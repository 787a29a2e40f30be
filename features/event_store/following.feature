Feature: Following the log
  A follower gets the events of the log and then every new event, each once and in order.

  @positive
  Scenario: A follower gets the events of the log and then the new ones
    Given "account-7" has 2 events
    And Eve follows the log
    When Eve has heard of the positions 1, 2
    And Ada appends 2 events to "account-9" expecting no stream
    And Ben appends 1 event to "account-7" expecting version 2
    Then Eve hears of the positions 3, 4, 5

  @positive
  Scenario: A follower of one category gets only events of that category
    Given Eve follows the category "account"
    When Ada appends 2 events to "bank-1" expecting no stream
    And Ada appends 1 event to "account-7" expecting no stream
    And Ada appends 1 event to "bank-1" expecting version 2
    And Ada appends 1 event to "account-7" expecting version 1
    Then Eve hears of the positions 3, 5

  @edge
  Scenario: A follower that stops reading delays no writer
    Given "account-7" has 3 events
    And Eve follows the log
    When Eve has heard of the positions 1
    And 12 writers at once append 3 events each to "account-9" expecting any version
    Then all of the writers are accepted
    And Eve hears of the positions 2 to 39
