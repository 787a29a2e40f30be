Feature: Repeated appends
  A writer that got no answer appends the same events again. The store recognises them by their ids
  and writes nothing twice.

  @positive
  Scenario: A repeated append returns the first receipt
    Given "account-7" has 1 event
    When Ada appends 2 events to "account-7" expecting version 1
    And Ada repeats her append
    Then Ada's append is recognised as a repetition
    And Ada is told that "account-7" is at version 3
    And Ada is told the positions 2, 3
    And nothing was written

  @positive
  Scenario: A repetition is recognised after later appends
    When Ada appends 2 events to "account-7" expecting no stream
    And Ben appends 3 events to "account-7" expecting version 2
    And Ada repeats her append
    Then Ada's append is recognised as a repetition
    And Ada is told that "account-7" is at version 2
    And Ada is told the positions 1, 2
    And "account-7" is at version 5

  @edge
  Scenario: A part of an earlier append is a repetition too
    When Ada appends 3 events to "account-7" expecting no stream
    And Ada repeats the last 2 events of her append
    Then Ada's append is recognised as a repetition
    And Ada is told the positions 2, 3
    And nothing was written

  @negative
  Scenario: The id of a recorded event cannot be reused for another event
    When Ada appends 2 events to "account-7" expecting no stream
    And Ben appends other events to "account-7" under Ada's ids
    And Eve appends Ada's events to "account-9"
    Then Ben's append is refused because Ada's ids are used in "account-7"
    And Eve's append is refused because Ada's ids are used in "account-7"
    And the next event lands at position 3

  @negative
  Scenario: Recorded events followed by new ones are refused whole
    When Ada appends 2 events to "account-7" expecting no stream
    And Ada repeats her append with one more event
    Then Ada's append is refused because Ada's ids are used in "account-7"
    And nothing was written
