Feature: Atomic appends
  One append may write to several streams and check others. All of it is recorded, or nothing.

  @positive
  Scenario: One append writes several streams
    Given "account-7" has 1 event
    When Ada makes one append:
      | stream     | events | expecting |
      | account-7  | 1      | version 1 |
      | account-9  | 1      | no stream |
      | transfer-1 | 2      | no stream |
    Then Ada's append is accepted
    And "account-7" is at version 2
    And "account-9" is at version 1
    And "transfer-1" is at version 2

  @positive
  Scenario: An append checks a stream without writing to it
    Given "bank-1" has 4 events
    When Ada makes one append:
      | stream    | events     | expecting |
      | account-7 | 1          | no stream |
      | bank-1    | only check | version 4 |
    Then Ada's append is accepted
    And "account-7" is at version 1
    And "bank-1" is at version 4

  @negative
  Scenario: One wrong expectation refuses the whole append
    Given "account-9" has 2 events
    When Ada makes one append:
      | stream     | events | expecting |
      | account-7  | 2      | no stream |
      | account-9  | 1      | version 1 |
      | transfer-1 | 1      | no stream |
    Then Ada's append is refused because "account-9" is at version 2
    And nothing was written
    And the next event lands at position 3

  @negative
  Scenario: A wrong expectation on a stream that is only checked refuses the append
    Given "bank-1" has 4 events
    When Ada makes one append:
      | stream    | events     | expecting |
      | account-7 | 2          | no stream |
      | bank-1    | only check | version 3 |
    Then Ada's append is refused because "bank-1" is at version 4
    And nothing was written
    And the next event lands at position 5

  @positive
  Scenario: An append without events still checks its expectations
    Given "account-7" has 3 events
    When Ada appends 0 events to "account-7" expecting version 3
    And Ben appends 0 events to "account-7" expecting version 2
    Then Ada's append is accepted
    And Ben's append is refused because "account-7" is at version 3
