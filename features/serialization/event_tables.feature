Feature: Events as tables for a language model
  Events are rendered as tables, one for each event type, with far fewer tokens than JSON. Without
  loss, the same events can be restored. A view shows selected data within a budget of tokens.

  @positive
  Scenario: Many events are rendered as tables, and restored byte for byte
    Given 40 deposits are recorded in "account-1"
    When all events are told without loss
    Then they are told as TOON, in less than half of the tokens of JSON
    And from the text the very events are restored

  @positive
  Scenario: A payload that a table could not restore is kept as it is
    Given 40 deposits are recorded in "account-1"
    And these payloads are in "account-2":
      | type           | schema | payload           |
      | MoneyDeposited | 2      | { "cents" : 1e2 } |
      | NoteWritten    | 1      | nothing like JSON |
    When all events are told without loss
    Then they are told as TOON, in less than half of the tokens of JSON
    And from the text the very events are restored

  @positive
  Scenario: A view stays within its budget, and lists the events that it leaves out
    Given 40 deposits are recorded in "account-1"
    When a view of all events is told within 300 tokens
    Then it takes at most 300 tokens
    And it says that events are left out, the oldest first

  @negative
  Scenario: Events are not restored from a view
    Given 40 deposits are recorded in "account-1"
    When a view of all events is told within 5000 tokens
    Then no events are restored from it, since it is a view

  @edge
  Scenario: A history without events is rendered and restored
    When all events are told without loss
    Then from the text the very events are restored
