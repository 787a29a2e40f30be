Feature: Quality gates
  An item is done when its latest test run meets the requirements of its risk tier. From T3 on, the
  results must come from files. T4 also needs an approval by an actor who did not work on the item.
  A refusal lists everything that is missing.

  @positive
  Scenario Outline: An item of tier <tier> is done with <evidence>
    Given an item of tier <tier> that is in_progress
    And its tests show <evidence>
    When it is told to complete
    Then it is done

    Examples:
      | tier | evidence                                                     |
      | T1   | 1 positive, 0 negative, 0 edge cases                         |
      | T2   | 6 positive, 3 negative, 0 edge cases and a coverage of 85 %  |

  @positive
  Scenario: An item of tier T3 is done with results from files
    Given an item of tier T3 that is in_progress
    And files of its tests show 6 positive, 3 negative, 1 edge cases and a coverage of 95 %
    When it is told to complete
    Then it is done

  @negative
  Scenario: An item of tier T3 is not done with claimed results
    Given an item of tier T3 that is in_progress
    And its tests show 99 positive, 99 negative, 99 edge cases and a coverage of 99 %
    When it is told to complete
    Then gate L2 is not met, and these are missing:
      | a test report   |
      | a coverage file |
    And it is in_progress

  @edge
  Scenario: A coverage at the bound passes, and a hundredth less does not
    Given an item of tier T2 that is in_progress
    And its tests show 6 positive, 3 negative, 0 edge cases and a coverage of 79.99 %
    When it is told to complete
    Then gate L1 is not met, and these are missing:
      | coverage of 80 %, not 79.99 % |
    Given its tests show 6 positive, 3 negative, 0 edge cases and a coverage of 80 %
    When it is told to complete
    Then it is done

  @negative
  Scenario: A refusal lists everything that is missing
    Given an item of tier T4 that is in_progress
    And files of its tests show 6 positive, 0 negative, 0 edge cases and a coverage of 50 %
    When it is told to complete
    Then gate L2 is not met, and these are missing:
      | negative tests              |
      | edge cases                  |
      | coverage of 90 %, not 50 %  |
      | approval                    |
    And it is in_progress

  @negative
  Scenario: Only the latest run counts
    Given an item of tier T1 that is in_progress
    And its tests show 6 positive, 3 negative, 1 edge cases
    And its tests show 0 positive, 3 negative, 1 edge cases
    When it is told to complete
    Then gate L0 is not met, and these are missing:
      | positive tests |

  @positive
  Scenario: A spike needs no tests
    Given a spike that is in_progress
    When it is told to complete
    Then it is done

  @negative
  Scenario: A reopened item needs a new test run
    Given an item that is done
    When it is told to reopen
    And it is told to complete
    Then gate L0 is not met, and these are missing:
      | a test run     |
      | positive tests |

  @positive
  Scenario: A reopened item is done again after a new test run
    Given an item that is done
    When it is told to reopen
    And it passes its tests
    And it is told to complete
    Then it is done
