Feature: Appending events
  Events are appended to streams. Each stream counts its own events from 1, and the log counts all
  events from 1. Events are read back as they were written.

  @positive
  Scenario: A stream counts its events from one, without holes
    When Ada appends 2 events to "account-7" expecting no stream
    And Ada appends 1 event to "account-7" expecting version 2
    Then "account-7" is at version 3
    And "account-7" holds the versions 1, 2, 3

  @positive
  Scenario: The receipt has the new versions and the positions
    Given "account-7" has 2 events
    When Ada makes one append:
      | stream    | events | expecting |
      | account-7 | 1      | version 2 |
      | account-9 | 2      | no stream |
    Then Ada's append is accepted
    And Ada is told that "account-7" is at version 3
    And Ada is told that "account-9" is at version 2
    And Ada is told the positions 3, 4, 5

  @positive
  Scenario: A payload of JSON comes back byte for byte
    When Ada appends an event with the payload
      """
      {"amount":250, "currency":"EUR","note":"spaces and Ünicode  stay"}
      """
    Then the event comes back as it went in

  @positive
  Scenario: A binary payload comes back byte for byte
    When Ada appends an event with the bytes "00 ff fe 80 c3 28 00"
    Then the event comes back as it went in

  @positive
  Scenario: The metadata of an event comes back with it
    When Ada appends an event of schema version 3 with the metadata:
      | correlation | request-17 |
      | causation   | command-4  |
      | actor       | ada        |
      | branch      | Görlitz    |
    Then the event comes back as it went in

  @edge
  Scenario: An event without a payload comes back without one
    When Ada appends an event with the bytes ""
    Then the event comes back as it went in

  @edge
  Scenario: An append without events changes nothing
    Given "account-7" has 3 events
    When Ada appends 0 events to "account-7" expecting version 3
    Then Ada's append is accepted
    And Ada is told that "account-7" is at version 3
    And nothing was written

  @edge
  Scenario: Streams with similar names stay separate
    When one event is appended to each of these streams:
      | a/b  |
      | a_b  |
      | A_B  |
      | a%b  |
      | a b  |
      | 口座-7 |
      | 🏦-7  |
      | '; - |
    Then each of these streams holds its own event and no other

  @negative
  Scenario: An empty stream name is refused, and so is a control character
    When a stream is named with no characters
    Then the name is refused because it is empty
    When a stream is named with a line break in it
    Then the name is refused because it has a control character

  @negative
  Scenario: A payload past the limit is refused
    Given "account-7" has 1 event
    When Ada appends an event with a payload one byte past the limit
    Then Ada's append is refused because the payload is one byte too large
    And nothing was written
