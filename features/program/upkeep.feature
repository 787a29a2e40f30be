Feature: Maintaining the store with annals
  The program checks and copies the file while it is in use, and has a tour and help.

  @positive @file
  Scenario: A check of an undamaged store finds no problem
    Given ada runs: annals add 'Write the report'
    And ada runs: annals start WORK-001
    When ada runs: annals check --format json
    Then it succeeds
    And the check has found 4 events and nothing wrong

  @negative @file
  Scenario: A check of a damaged store fails
    Given ada runs: annals add 'Write the report'
    And ada runs: annals note WORK-001 'The bank has answered.'
    And ada runs: annals add 'Read the report'
    And somebody tears the event at position 3 out of the file
    When ada runs: annals check
    Then it fails at the store

  @positive @file
  Scenario: A backup is an independent store
    Given ada runs: annals add 'Write the report'
    When ada runs: annals backup {folder}/copy.annals
    And ada runs: annals start WORK-001
    And ada runs: annals show WORK-001 --store {folder}/copy.annals --format json
    Then all of them succeed
    And the answer says that the status is pending

  @positive @file
  Scenario: A restore brings the backup back and keeps the old file
    Given ada runs: annals add 'Write the report'
    And ada runs: annals backup {folder}/kept.annals
    And ada runs: annals start WORK-001
    When ada runs: annals backup {folder}/started.annals
    And ada runs: annals restore {folder}/kept.annals --store {folder}/again.annals
    And ada runs: annals restore {folder}/started.annals --store {folder}/again.annals
    And ada runs: annals show WORK-001 --store {folder}/again.annals.old-1 --format json
    Then all of them succeed
    And the answer says that the status is pending

  @negative @file
  Scenario: A command that changes the store is refused with --read-only
    Given ada runs: annals add 'Write the report'
    When ada runs: annals start WORK-001 --read-only
    Then it is refused as a wrong use that says: --read-only refuses that

  @negative @file
  Scenario: A file that is no backup is not restored
    Given ada runs: annals add 'Write the report'
    When ada runs: annals restore {folder}/nowhere.annals --store {folder}/again.annals
    Then it fails at the store

  @positive
  Scenario: The tour runs to its end
    When ada runs: annals tour
    Then it succeeds
    And the answer is for people

  @positive
  Scenario: Help succeeds
    When ada runs: annals --help
    Then it succeeds
    And the answer is for people

  @positive
  Scenario: The program prints completions for a shell
    When ada runs: annals completions bash
    Then it succeeds
    And the answer is for people
