Feature: One store for each project
  `annals init` creates the folder `.annals`. All commands in that directory and below it use the
  store in it, unless --store or ANNALS_STORE names another one.

  Background:
    Given everyone works in the folder shop

  @positive
  Scenario: The first item of a project creates its store and names it
    When ada runs: annals init
    And ada runs: annals add 'Write the report' --format json
    Then all of them succeed
    And the answer names the new store shop/.annals/work.annals
    When ada runs: annals add 'Mend the roof' --format json
    Then it succeeds
    And the answer names no new store

  @positive
  Scenario: The folders of a project have the same store
    Given ada runs: annals init
    And ada runs: annals add 'Write the report'
    When everyone works in the folder shop/src/deep
    Then the list shows:
      | number   | title            | status  |
      | WORK-001 | Write the report | pending |

  @positive
  Scenario: The nearest project wins
    Given ada runs: annals init
    And ada runs: annals add 'Write the report'
    And everyone works in the folder shop/parts
    When ada runs: annals init
    And ada runs: annals add 'Mend the roof' --format json
    Then all of them succeed
    And the answer names the new store shop/parts/.annals/work.annals
    And the list shows:
      | number   | title         | status  |
      | WORK-001 | Mend the roof | pending |

  @edge
  Scenario: A project can be initialised again
    Given ada runs: annals init
    And ada runs: annals add 'Write the report'
    When ada runs: annals init
    Then it succeeds
    And the list shows:
      | number   | title            | status  |
      | WORK-001 | Write the report | pending |

  @negative
  Scenario: A relative ANNALS_STORE is refused with the absolute path
    Given ANNALS_STORE is parts/work.annals
    When ada runs: annals list
    Then it is refused as a wrong use that says: shop/parts/work.annals

  @negative
  Scenario: init has no --store
    When ada runs: annals init --store other.annals
    Then it is refused as a wrong use that says: init has no --store
