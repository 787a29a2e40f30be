Feature: Loading through a snapshot
  A snapshot is a cache. It makes loading shorter, and never changes what is loaded.

  @positive
  Scenario Outline: With a snapshot <policy>, every version is the same as after a full replay
    Given a snapshot is due <policy>
    And Ada opens "account-7"
    When Ada makes 4 deposits of 100 cents, each saved
    And Ada makes 3 withdrawals of 50 cents, saved at once
    And Ada makes 4 deposits of 10 cents, each saved
    Then at each of its 12 versions "account-7" is what its whole history says

    Examples:
      | policy         |
      | every 1 events |
      | every 5 events |

  @positive
  Scenario: A load begins at the newest snapshot
    Given a snapshot is due every 5 events
    And Ada opens "account-7"
    When Ada makes 6 deposits of 100 cents, each saved
    And "account-7" is loaded
    Then its balance is 600 cents
    And it was loaded through the snapshot at version 5

  @negative
  Scenario: An unusable snapshot is ignored
    Given each of these accounts has 500 cents and a snapshot that says it has 999999:
      | account   | snapshot                      |
      | account-1 | in the shape of yesterday     |
      | account-2 | ahead of its stream           |
      | account-3 | that breaks off in the middle |
    Then each of them is loaded with 500 cents, from its whole history

  @negative
  Scenario: A load succeeds if the snapshots cannot be read
    Given a snapshot is due every 1 events
    And Ada opens "account-7"
    And Ada makes 5 deposits of 100 cents, each saved
    And the snapshots cannot be loaded
    When "account-7" is loaded
    Then its balance is 500 cents
    And it was loaded from its whole history
