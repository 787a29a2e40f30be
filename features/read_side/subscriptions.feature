Feature: Taking events one by one
  A subscription keeps the position of a consumer under a name. The consumer acknowledges events;
  those that it has not acknowledged come again.

  Background:
    Given this happened:
      | time  | stream    | event                |
      | 08:00 | account-7 | opened by Ada        |
      | 08:10 | account-7 | deposit of 100 cents |
      | 08:20 | account-9 | opened by Ben        |
      | 08:30 | account-9 | deposit of 50 cents  |

  @positive
  Scenario Outline: A new subscription begins at <start>
    Given the subscription "mails" begins at <start>
    And a consumer of "mails" has begun
    When this happens:
      | time  | stream    | event              |
      | 09:00 | account-7 | deposit of 1 cents |
    Then the consumer takes the positions <positions>, and has caught up at position 5

    Examples:
      | start                    | positions     |
      | the beginning of the log | 1, 2, 3, 4, 5 |
      | the position 3           | 4, 5          |
      | the end of the log       | 5             |

  @positive
  Scenario: A subscription takes one category
    Given the subscription "mails" takes only the category "savings"
    When this happens:
      | time  | stream    | event         |
      | 09:00 | savings-1 | opened by Ada |
    Then the consumer takes the positions 5, and has caught up at position 5

  @positive
  Scenario: A subscription takes one stream
    Given the subscription "mails" takes only the stream "account-9"
    Then the consumer takes the positions 3, 4, and has caught up at position 4

  @positive
  Scenario: A consumer goes on after the last acknowledged event
    Given a consumer of "mails" has taken 3 events, and acknowledged position 2
    When the consumer is closed
    Then the consumer takes the positions 3, 4, and has caught up at position 4

  @negative
  Scenario: A consumer that acknowledges nothing gets no more than a chunk
    Given the subscription "mails" has chunks of 2 events
    When a consumer takes 3 events of "mails" without an acknowledgement
    Then the consumer is refused: 2 events are delivered and not acknowledged

  @negative
  Scenario: A segment has one consumer at a time
    Given a consumer of "mails" has begun
    When another consumer of "mails" begins
    Then the consumer is refused: is held by

  @positive
  Scenario: Consumers share the streams by their segments
    Given the subscription "mails" has 4 segments
    Then the consumers of all segments together take the positions 1, 2, 3, 4

  @negative
  Scenario: A consumer that was taken over acknowledges nothing
    Given a consumer of "mails" has taken 1 events, and acknowledged position 0
    When the clock is turned forward by 1 minutes
    And another consumer of "mails" begins
    And the first consumer acknowledges position 1
    Then the consumer is refused: nothing was written

  @negative
  Scenario: A position of another history is refused
    Given a consumer of "mails" has taken 3 events, and acknowledged position 3
    And the consumer is closed
    When the log is replaced by one with these events:
      | stream    | event         |
      | account-1 | opened by Eve |
    And a consumer of "mails" begins
    Then the consumer is refused: belong to another history

  @positive
  Scenario: An operator sets the position after a restore
    Given a consumer of "mails" has taken 3 events, and acknowledged position 3
    And the consumer is closed
    And the log is replaced by one with these events:
      | stream    | event                |
      | account-1 | opened by Eve        |
      | account-1 | deposit of 700 cents |
    When "mails" is reset to the position 1
    Then the consumer takes the positions 2, and has caught up at position 2

  @edge
  Scenario: A consumer of an empty category has caught up at once
    Given the subscription "mails" takes only the category "savings"
    Then the consumer takes no event, and has caught up at position 4
