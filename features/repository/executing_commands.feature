Feature: Executing commands
  A command is decided on the present state. If another writer was faster, it is decided again on
  the new state, until it takes effect or its time limit is over. If the caller has given a version,
  it is decided only once.

  @positive
  Scenario: A command is decided again after a conflict
    Given Ada opens "account-7"
    And Ben deposits 100 cents right before each of the next 2 saves
    When Ada gives the command to deposit 10 cents
    Then the command takes effect at attempt 3
    And "account-7" has a balance of 210 cents

  @negative
  Scenario: A command that was valid on the old state may be refused on the new one
    Given Ada opens "account-7"
    And Ada makes 1 deposit of 100 cents, saved at once
    And Ben withdraws 70 cents right before each of the next 1 saves
    When Ada gives the command to withdraw 80 cents
    Then the command is refused because only 30 cents are there
    And "account-7" has a balance of 30 cents

  @negative
  Scenario: A command is given up after its time limit
    Given Ada opens "account-7"
    And a command is tried for 2 seconds, with a pause of one second after each conflict
    And Ben deposits 100 cents right before each of the next 9 saves
    When Ada gives the command to deposit 10 cents
    Then the command is given up after 3 attempts in conflict with version 4
    And "account-7" has a balance of 300 cents

  @negative
  Scenario: A command at a given version is never decided again
    Given Ada opens "account-7"
    And Ben deposits 100 cents right before each of the next 1 saves
    When Ada gives the command to deposit 10 cents at version 1
    Then the command is given up after 1 attempts in conflict with version 2
    And decisions were asked for 1 time
    When Ada gives the command to deposit 10 cents at version 1
    Then the command is given up after 1 attempts in conflict with version 2
    And decisions were asked for 1 time
    And "account-7" has a balance of 100 cents

  @positive
  Scenario: A command at the current version takes effect
    Given Ada opens "account-7"
    And Ada makes 1 deposit of 100 cents, saved at once
    When Ada gives the command to deposit 10 cents at version 2
    Then the command takes effect at attempt 1
    And "account-7" has a balance of 110 cents

  @negative
  Scenario: A command that the domain refuses writes nothing
    Given Ada opens "account-7"
    When Ada gives the command to withdraw 80 cents
    Then the command is refused because only 0 cents are there
    And decisions were asked for 1 time
    And "account-7" is at version 1

  @edge
  Scenario: A command that changes nothing succeeds without an append
    Given Ada opens "account-7"
    When Ada gives a command that changes nothing
    Then the command takes effect at attempt 1
    And "account-7" is at version 1

  @positive
  Scenario: Concurrent commands all take effect
    Given Ada opens "account-7"
    When 8 commands at once each deposit 10 cents into "account-7"
    Then all of the commands take effect
    And "account-7" has a balance of 80 cents
    And "account-7" is at version 9
