Feature: Adding work items with annals
  The first item creates the store. Each item gets a number, for example WORK-001.

  @positive
  Scenario: The first item creates the store
    Given there is no store yet
    When ada runs: annals add 'Write the report'
    Then it succeeds
    And the list shows:
      | number   | title            | status  |
      | WORK-001 | Write the report | pending |

  @positive
  Scenario: An item is added with all its options
    When ada runs: annals add 'Mend the roof' --type bug --priority critical --risk T3 --description 'It rains in.'
    Then it succeeds
    And WORK-001 shows:
      | title       | Mend the roof |
      | type        | bug           |
      | priority    | critical      |
      | risk_tier   | T3            |
      | description | It rains in.  |
      | status      | pending       |

  @positive
  Scenario: An item is added from standard input, with its title in the first line
    When ada pipes into annals add - --type spike:
      """
      Try the new pump

      It came on Monday.
      """
    Then it succeeds
    And WORK-001 shows:
      | title       | Try the new pump   |
      | description | It came on Monday. |

  @negative
  Scenario: An item without a title is refused, and creates no store
    Given there is no store yet
    When ada runs: annals add
    Then it is refused as a wrong use that says: --file
    And there is no store still

  @edge
  Scenario: Items that are added at the same time get different numbers
    When 6 people at once run: annals add 'Write the report'
    Then all of them succeed
    And the list shows the numbers WORK-001 to WORK-006

  @negative
  Scenario: Wrong usage is refused and changes nothing
    Given ada runs: annals add 'Write the report'
    Then each of these is refused as a wrong use:
      | annals fly                                 |
      | annals add 'Mend the roof' --priority soon |
      | annals add '   '                           |
      | annals remove WORK-001                     |
      | annals cancel WORK-001                     |
      | annals show WORK-001 --as-of tomorrow      |
    And the list shows:
      | number   | title            | status  |
      | WORK-001 | Write the report | pending |

  @negative
  Scenario: Only adding an item creates a store
    Given there is no store yet
    When ada runs: annals list
    Then it fails at the store
    And there is no store still
