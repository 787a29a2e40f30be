Feature: Saving and loading
  A load returns the saved state. A save on an old state is refused, and its events stay pending.

  @positive
  Scenario: An account is loaded as it was saved
    Given Ada opens "account-7"
    And Ada makes 3 deposits of 100 cents, saved at once
    And Ada makes 1 withdrawal of 50 cents, saved at once
    When "account-7" is loaded
    Then its balance is 250 cents
    And it is at version 5 with nothing to save

  @positive
  Scenario: A load of a missing account finds no account
    When "account-77" is loaded
    Then there is no such account

  @negative
  Scenario: A missing account that must exist is an error
    When "account-77" has to be there
    Then it is refused because there is nothing in "account-77"

  @positive
  Scenario: The events of one save have the same causation id
    Given Ada opens "account-7"
    When Ada makes 3 deposits of 100 cents, saved at once
    And Ada makes 1 withdrawal of 50 cents, saved at once
    Then the events 2 to 4 of "account-7" say that they come from one command
    And event 5 of "account-7" says that it comes from another command

  @edge
  Scenario: Saving without pending events does nothing
    Given Ada opens "account-7"
    And Ben takes "account-7" into his hands
    And Ada makes 1 deposit of 100 cents, saved at once
    When Ben saves
    Then the save succeeds without an append
    And "account-7" is at version 2

  @negative
  Scenario: A save on an old state is refused and keeps its pending events
    Given Ada opens "account-7"
    And Ben takes "account-7" into his hands
    And Ada makes 1 deposit of 100 cents, saved at once
    When Ben makes 2 deposits of 10 cents, saved at once
    Then the save is refused because "account-7" is at version 2, not 1
    And Ben still has 2 events to save
    And "account-7" is at version 2

  @positive
  Scenario: After a conflict, a new load lets the save succeed
    Given Ada opens "account-7"
    And Ben takes "account-7" into his hands
    And Ada makes 1 deposit of 100 cents, saved at once
    When Ben makes 2 deposits of 10 cents, saved at once
    And Ben takes "account-7" into his hands
    And Ben makes 2 deposits of 10 cents, saved at once
    Then the save succeeds
    And "account-7" has a balance of 120 cents
