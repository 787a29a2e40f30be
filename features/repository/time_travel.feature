Feature: An account as it was
  An account can be loaded as of a version, a position of the log or a time, even if newer snapshots
  exist.

  Background:
    Given a snapshot is due every 1 events
    And this happened:
      | time  | stream    | event                  |
      | 08:00 | account-7 | opened by Ada          |
      | 08:30 | account-9 | opened by Ben          |
      | 09:00 | account-7 | deposit of 100 cents   |
      | 10:00 | account-7 | deposit of 250 cents   |
      | 11:00 | account-9 | deposit of 77 cents    |
      | 12:00 | account-7 | withdrawal of 50 cents |
      | 13:00 | account-7 | closed                 |

  @positive
  Scenario: An account is loaded as of a version, a position or a time
    Then "account-7" was like this:
      | moment     | balance | version |
      | version 3  | 350     | 3       |
      | position 5 | 350     | 3       |
      | 09:59      | 100     | 2       |
      | 12:30      | 300     | 4       |

  @edge
  Scenario: The moment itself is included, and there is no account before the first event
    Then "account-7" was like this:
      | moment     | balance | version |
      | position 1 | 0       | 1       |
      | position 4 | 350     | 3       |
      | 08:00      | 0       | 1       |
      | 10:00      | 350     | 3       |
    When "account-7" is loaded as of 07:59
    Then there is no such account

  @positive
  Scenario: A version past the end gives the present state
    When "account-7" is loaded as of version 99
    Then its balance is 300 cents
    And the account is closed
