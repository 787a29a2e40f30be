Feature: Maintaining the store with annals
  The program checks and copies the file while it is in use, and has a tour and help.

  @positive @durable
  Scenario: A check of an undamaged store finds no problem
    Given ada runs: annals add 'Write the report'
    And ada runs: annals start WORK-001
    When ada runs: annals check --format json
    Then it succeeds
    And the check has found 4 events and nothing wrong

  @negative @durable
  Scenario: A check of a damaged store fails
    Given ada runs: annals add 'Write the report'
    And ada runs: annals note WORK-001 'The bank has answered.'
    And ada runs: annals add 'Read the report'
    And somebody tears the event at position 3 out of the file
    When ada runs: annals check
    Then it fails at the store

  @positive @durable
  Scenario: A backup is an independent store
    Given ada runs: annals add 'Write the report'
    When ada runs: annals backup {folder}/copy.annals
    And ada runs: annals start WORK-001
    And ada runs: annals show WORK-001 --store {folder}/copy.annals --format json
    Then all of them succeed
    And the answer says that the status is pending

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
