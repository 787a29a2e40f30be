Feature: Histories that do not fit
  A load never guesses at an event that does not fit: the error names the stream, the event and the
  flaw.

  @negative
  Scenario: An event that does not fit is named
    Then none of these histories is loaded:
      | history                         | version | problem                  |
      | an event of an unknown type     | 5       | its type is unknown      |
      | a payload that breaks off       | 5       | its payload is malformed |
      | an event of tomorrow's schema   | 5       | its schema is newer      |
      | a second opening                | 5       | the state cannot take it |

  @negative
  Scenario: A store that gives another history than it was given is found out
    Then none of these histories is loaded:
      | history                         | version | problem                   |
      | event 3 missing                 | 4       | there is a gap            |
      | event 2 twice                   | 2       | the versions do not rise  |
      | event 3 in a foreign stream     | 3       | it is of a foreign stream |

  @positive
  Scenario: What came before the flaw can still be loaded
    Given Ada opens "account-7"
    And Ada makes 3 deposits of 100 cents, each saved
    And the history of "account-7" has a payload that breaks off
    When "account-7" is loaded as of version 4
    Then its balance is 300 cents
