Feature: Choosing a snapshot
  A store keeps several snapshots of a stream. It returns the newest one at or below a version.

  @positive
  Scenario: The newest snapshot at or below a version is returned
    Given snapshots of "account-7" at the versions 10, 20, 30
    When a snapshot of "account-7" at or below version 25 is asked for
    Then the one at version 20 is given
    When a snapshot of "account-7" at or below version 99 is asked for
    Then the one at version 30 is given

  @edge
  Scenario: The version itself is included, and there is no snapshot below the oldest
    Given snapshots of "account-7" at the versions 10, 20, 30
    When a snapshot of "account-7" at or below version 10 is asked for
    Then the one at version 10 is given
    When a snapshot of "account-7" at or below version 9 is asked for
    Then none is given

  @positive
  Scenario: A late older snapshot does not replace a newer one
    Given snapshots of "account-7" at the versions 10, 20, 30
    When a snapshot of "account-7" at version 15 comes late
    And a snapshot of "account-7" at or below version 99 is asked for
    Then the one at version 30 is given

  @negative
  Scenario: A snapshot of another stream or state schema is not returned
    Given snapshots of "account-7" at the versions 10, 20, 30
    When a snapshot of "account-77" at or below version 99 is asked for
    Then none is given
    When a snapshot of "account-7" in the shape of tomorrow is asked for
    Then none is given

  @positive
  Scenario: Only the newest snapshots are kept
    Given a snapshot is due every 1 events, and the newest 3 are kept
    And Ada opens "account-7"
    When Ada makes 6 deposits of 100 cents, each saved
    Then there are snapshots of "account-7" at the versions 5, 6, 7 and no others
