Feature: Answering events with events
  A reactor answers events with further events. Their ids are derived from the event that they
  answer, so each answer is written once, however often the reactor runs. Here it welcomes the owner
  of each new account with a note.

  Background:
    Given this happened:
      | time  | stream    | event                |
      | 08:00 | account-7 | opened by Ada        |
      | 08:10 | account-7 | deposit of 100 cents |
      | 08:20 | account-9 | opened by Ben        |

  @positive
  Scenario: Each new account is welcomed
    When the welcomes are written
    Then "mail-account-7" has the note "Welcome, Ada"
    And "mail-account-9" has the note "Welcome, Ben"
    And the log has 5 events

  @positive
  Scenario: An answer names the event that caused it
    When the welcomes are written
    Then the note in "mail-account-7" was caused by the event at position 1

  @positive
  Scenario: A reactor can begin at the end of the log
    Given the welcomes begin at the end of the log
    And the welcomes are written
    And this happened:
      | time  | stream    | event         |
      | 09:00 | account-5 | opened by Eve |
    When the welcomes are written
    Then "mail-account-5" has the note "Welcome, Eve"
    And the log has 5 events

  @positive
  Scenario: A reactor that has lost its position writes nothing twice
    Given the welcomes are written
    And the position of the welcomes is lost
    When the welcomes are written
    Then the log has 5 events

  @positive
  Scenario: Two processes that react at once write each answer once
    When 2 processes at once write the welcomes, each with a position of its own
    Then the log has 5 events

  @edge
  Scenario: The first answer stands, whatever a later release decides
    Given the welcomes are written
    And the position of the welcomes is lost
    When the next release writes the greetings "Hello" instead
    Then "mail-account-7" has the note "Welcome, Ada"
    And the log has 5 events

  @negative
  Scenario: A reactor that fails stops before the event, and has answered those before it
    Given the post refuses letters to Ben
    When the welcomes are written
    Then it has stopped before position 3 in "account-9": no letter to Ben
    And the log has 4 events
