Feature: Reading events
  A stream is read by version, and the whole log by position: forward, backward, in part, and page
  by page.

  @positive
  Scenario: Reading backward mirrors reading forward
    Given "account-7" has 5 events
    When "account-7" is read forward
    And "account-7" is read backward
    Then the first reading gave the versions 1, 2, 3, 4, 5
    And the second reading gave the versions 5, 4, 3, 2, 1

  @positive
  Scenario: Any part of a stream is read, in either direction
    Given "account-7" has 9 events
    Then these parts of "account-7" are read:
      | direction | from | to | at most | versions |
      | forward   | 3    | 7  | 3       | 3, 4, 5  |
      | backward  | 3    | 7  | 3       | 7, 6, 5  |
      | forward   | 3    | 7  | 99      | 3, 4, 5, 6, 7 |
      | forward   | 8    | 99 | 99      | 8, 9     |

  @edge
  Scenario: An empty range or stream gives no events and no error
    Given "account-7" has 9 events
    Then these parts of "account-7" are read:
      | direction | from | to | at most | versions |
      | forward   | 5    | 4  | 99      |          |
      | backward  | 1    | 9  | 0       |          |
      | forward   | 10   | 99 | 99      |          |
    And these parts of "account-77" are read:
      | direction | from | to | at most | versions |
      | forward   | 0    | 99 | 99      |          |
    And "account-77" is at version 0

  @positive
  Scenario: Every page size gives the same sequence
    Given "account-7" has 7 events
    And "account-9" has 4 events
    Then "account-7" reads the same in pages of 1, 2, 3, 7, 100
    And the log reads the same in pages of 1, 2, 3, 11, 100

  @positive
  Scenario: The log returns every event once, in the order of recording
    Given these events are recorded:
      | stream    | event          |
      | account-7 | AccountOpened  |
      | account-9 | AccountOpened  |
      | account-7 | MoneyDeposited |
      | bank-1    | BankRenamed    |
      | account-9 | MoneyDeposited |
    When the log is read forward
    Then these events are read:
      | position | stream    | version | event          |
      | 1        | account-7 | 1       | AccountOpened  |
      | 2        | account-9 | 1       | AccountOpened  |
      | 3        | account-7 | 2       | MoneyDeposited |
      | 4        | bank-1    | 1       | BankRenamed    |
      | 5        | account-9 | 2       | MoneyDeposited |

  @positive
  Scenario: A reader of one category counts only that category
    Given these events are recorded:
      | stream    | event          |
      | bank-1    | BankRenamed    |
      | account-7 | AccountOpened  |
      | bank-1    | BankRenamed    |
      | account-9 | AccountOpened  |
      | account-7 | MoneyDeposited |
    When the log is read forward, only the category "account", at most 2
    Then these events are read:
      | position | stream    | version | event         |
      | 2        | account-7 | 1       | AccountOpened |
      | 4        | account-9 | 1       | AccountOpened |

  @positive
  Scenario: A reader of one type of event counts only that type
    Given these events are recorded:
      | stream    | event          |
      | account-7 | AccountOpened  |
      | account-7 | MoneyDeposited |
      | account-9 | AccountOpened  |
      | account-9 | MoneyDeposited |
    When the log is read backward, only events "MoneyDeposited", at most 1
    Then these events are read:
      | position | stream    | version | event          |
      | 4        | account-9 | 2       | MoneyDeposited |

  @positive
  Scenario: An event is found by its id
    Given these events are recorded:
      | stream    | event         |
      | account-7 | AccountOpened |
      | account-9 | AccountOpened |
    When the event at position 2 is looked up by its id
    Then these events are read:
      | position | stream    | version | event         |
      | 2        | account-9 | 1       | AccountOpened |
    And an id that nobody used finds nothing

  @positive
  Scenario: The streams are listed with their versions
    Given "bank-1" has 1 event
    And "account-9" has 2 events
    And "account-7" has 3 events
    Then the streams of the category "account" are:
      | stream    | version |
      | account-7 | 3       |
      | account-9 | 2       |
    And the streams of all categories are:
      | stream    | version |
      | account-7 | 3       |
      | account-9 | 2       |
      | bank-1    | 1       |
