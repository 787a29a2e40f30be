Feature: Several processes run one read model
  The streams of a read model are shared by its segments. Each segment has one owner at a time. If an
  owner dies, another one goes on. If an owner freezes and wakes, it changes nothing.

  Background:
    Given this happened:
      | time  | stream    | event                |
      | 08:00 | account-7 | opened by Ada        |
      | 08:10 | account-8 | opened by Ben        |
      | 08:20 | account-9 | opened by Eve        |
      | 08:30 | account-7 | deposit of 100 cents |
      | 08:40 | account-8 | deposit of 200 cents |
      | 08:50 | account-9 | deposit of 300 cents |

  @positive
  Scenario: Two processes share the segments, and each event is applied once
    Given the balances have 4 segments
    And the balances follow the log
    And the balances follow the log in another process
    When this happens:
      | time  | stream    | event              |
      | 09:00 | account-7 | deposit of 1 cents |
      | 09:01 | account-8 | deposit of 2 cents |
      | 09:02 | account-9 | deposit of 3 cents |
    And Ada waits until the balances have position 9
    Then the balances are:
      | account   | cents |
      | account-7 | 101   |
      | account-8 | 202   |
      | account-9 | 303   |

  @positive
  Scenario: A dead owner is followed when its lease is over
    Given the balances follow the log
    And Ada waits until the balances have position 6
    When the processes die
    And this happens:
      | time  | stream    | event              |
      | 09:00 | account-7 | deposit of 1 cents |
    And the balances are brought up to date
    Then the balances are at position 7

  @positive
  Scenario: A process that ends hands its segments on at once
    Given the balances follow the log
    And Ada waits until the balances have position 6
    When the processes end
    And Ben claims the balances
    Then he has them

  @negative
  Scenario: A segment is not taken from a living owner
    Given the balances are brought up to date
    And Ada owns the balances
    When Ben claims the balances
    Then he is refused, because Ada holds them

  @negative
  Scenario: An owner that froze and wakes changes nothing
    Given the balances are brought up to date
    And Ada owns the balances
    And Ada has written 999 cents for "account-7", and freezes before she commits
    When the clock is turned forward by 1 minutes
    And the balances are brought up to date
    And Ada wakes and commits
    Then she is refused, because her lease is over
    And the balances are:
      | account   | cents |
      | account-7 | 100   |
      | account-8 | 200   |
      | account-9 | 300   |
