Feature: Histories that do not fit
  A load never guesses. If an event does not fit, the error names the stream, the event and the
  flaw. For example, version 4 after version 2 is a gap.

  @negative
  Scenario: An event that does not fit is an error with its version
    Then none of these histories is loaded:
      | history                         | version | problem                  |
      | an event of an unknown type     | 5       | its type is unknown      |
      | a payload that breaks off       | 5       | its payload is malformed |
      | an event of tomorrow's schema   | 5       | its schema is newer      |
      | a second opening                | 5       | the state cannot take it |

  @negative
  Scenario: A history that the store has changed is an error
    Then none of these histories is loaded:
      | history                         | version | problem                   |
      | event 3 missing                 | 4       | there is a gap            |
      | event 2 twice                   | 2       | the versions do not rise  |
      | event 3 in a foreign stream     | 3       | it is of a foreign stream |

  @positive
  Scenario: The history before the flaw can still be loaded
    Given Ada opens "account-7"
    And Ada makes 3 deposits of 100 cents, each saved
    And the history of "account-7" has a payload that breaks off
    When "account-7" is loaded as of version 4
    Then its balance is 300 cents
