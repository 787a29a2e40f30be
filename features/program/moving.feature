Feature: Moving a log with annals
  The log of a store moves to another store with all its positions, while people work.

  @positive
  Scenario: An import into a new store keeps every position
    Given ada runs: annals add 'Write the report'
    And ada runs: annals start WORK-001
    When the log is imported into the new store
    Then it succeeds
    And both stores have the same events at the same positions
    And both stores have the same export

  @positive
  Scenario: The new store goes on where the old one ended
    Given ada runs: annals add 'Write the report'
    And the log was imported into the new store
    When ada runs: annals add 'Read the report' --store {new} --format json
    And ada runs: annals list --store {new} --format json
    Then all of them succeed
    And the answer lists:
      | number   | title            |
      | WORK-001 | Write the report |
      | WORK-002 | Read the report  |

  @positive
  Scenario: An import that is repeated imports nothing
    Given ada runs: annals add 'Write the report'
    And ada runs: annals start WORK-001
    And the log was imported into the new store
    When the log is imported into the new store
    Then it succeeds
    And 0 events were imported, and 4 were there already

  @positive
  Scenario: The rest of a log follows while people work
    Given ada runs: annals add 'Write the report'
    And the log was imported into the new store
    And ben runs: annals start WORK-001
    When the log after position 2 is imported into the new store
    Then it succeeds
    And 2 events were imported, and 0 were there already
    And both stores have the same export

  @positive
  Scenario: A frozen store can be read
    Given ada runs: annals add 'Write the report'
    When ada runs: annals freeze --to {new} --format json
    Then it succeeds
    And the log ends at position 2
    And the list shows:
      | number   | title            |
      | WORK-001 | Write the report |

  @positive
  Scenario: The past of an item moves with it
    Given ada runs: annals add 'Write the report'
    And ada runs: annals start WORK-001
    And the log was imported into the new store
    When ada runs: annals show WORK-001 --as-of 1 --store {new} --format json
    Then it succeeds
    And the answer says that the status is pending

  @positive
  Scenario: The last events follow from a frozen store
    Given ada runs: annals add 'Write the report'
    And the log was imported into the new store
    And ada runs: annals start WORK-001
    And ada runs: annals freeze --to {new}
    When the log after position 2 is imported into the new store
    Then it succeeds
    And both stores have the same export

  @positive
  Scenario: A freeze for the same store can be repeated
    Given ada runs: annals add 'Write the report'
    When ada runs: annals freeze --to {new}
    And ben runs: annals freeze --to {new}
    Then all of them succeed

  @positive
  Scenario: A move is called off
    Given ada runs: annals add 'Write the report'
    And ada runs: annals freeze --to {new}
    When ada runs: annals unfreeze
    And ada runs: annals start WORK-001
    Then all of them succeed

  @negative
  Scenario: A frozen store refuses changes and names the new one
    Given ada runs: annals add 'Write the report'
    And ada runs: annals freeze --to {new}
    When ada runs: annals start WORK-001
    Then it fails at the store
    And the error says: its log moves to {new}

  @negative
  Scenario: A store with newer events keeps the old one frozen
    Given ada runs: annals add 'Write the report'
    And ada runs: annals freeze --to {new}
    And the log was imported into the new store
    And ada runs: annals start WORK-001 --store {new}
    When ada runs: annals unfreeze
    Then it is refused as a conflict
    And the error says: has events up to position 4

  @negative
  Scenario: A changed export is refused at its line
    Given ada runs: annals add 'Write the report'
    When an export in which `Write the report` became `Write the rapport` is imported into the new store
    Then the error says: the line was changed

  @negative
  Scenario: Two logs with items of their own are not joined
    Given ada runs: annals add 'Write the report'
    And ada runs: annals add 'Cook the supper' --store {new}
    When the log is imported into the new store
    Then it is refused as a conflict
    And the new store has 2 events

  @edge
  Scenario: A cut export is refused, and a repetition goes on
    Given ada runs: annals add 'Write the report'
    When an export without its last line is imported into the new store
    And the log is imported into the new store
    Then both stores have the same export

  @edge
  Scenario: The end of a log is exported as no event
    Given ada runs: annals add 'Write the report'
    And the log was imported into the new store
    When the log after position 2 is imported into the new store
    Then it succeeds
    And 0 events were imported, and 0 were there already
