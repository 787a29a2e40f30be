Feature: Adding work items with annals
  The first item creates the store. From then on, an item is called by its number.

  @positive
  Scenario: The first item makes the store
    Given there is no store yet
    When ada runs: annals add 'Write the report'
    Then it succeeds
    And the list shows:
      | number   | title            | status  |
      | WORK-001 | Write the report | pending |

  @positive
  Scenario: An item is added with all that is said of it
    When ada runs: annals add 'Mend the roof' --type bug --priority critical --risk T3 --description 'It rains in.'
    Then it succeeds
    And WORK-001 shows:
      | title       | Mend the roof |
      | type        | bug           |
      | priority    | critical      |
      | risk_tier   | T3            |
      | description | It rains in.  |
      | status      | pending       |

  @edge
  Scenario: Items that are added at the same moment get numbers of their own
    When 6 people at once run: annals add 'Write the report'
    Then all of them succeed
    And the list shows the numbers WORK-001 to WORK-006

  @negative
  Scenario: A wrong use is told as one, and changes nothing
    Given ada runs: annals add 'Write the report'
    Then each of these is refused as a wrong use:
      | annals                                     |
      | annals add 'Mend the roof' --priority soon |
      | annals add '   '                           |
      | annals remove WORK-001                     |
      | annals cancel WORK-001                     |
      | annals show WORK-001 --as-of yesterday     |
    And the list shows:
      | number   | title            | status  |
      | WORK-001 | Write the report | pending |

  @negative
  Scenario: Nothing but adding makes a store
    Given there is no store yet
    When ada runs: annals list
    Then it fails at the store
    And there is no store still
