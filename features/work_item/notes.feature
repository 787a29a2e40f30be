Feature: Notes
  A note can be added to an item at any time. Notes are kept, and never change.

  @positive
  Scenario: Notes keep their order and their authors
    Given Ada creates "Write the report"
    When Ada notes "The bank has not answered."
    And Ben notes "Now it has."
    Then these notes were taken of WORK-001:
      | who | note                       |
      | ada | The bank has not answered. |
      | ben | Now it has.                |

  @positive
  Scenario Outline: A note is added to an item that is <status>
    Given an item that is <status>
    When Ada notes "A last word."
    Then it is <status>
    And these notes were taken of WORK-001:
      | who | note         |
      | ada | A last word. |

    Examples:
      | status    |
      | done      |
      | cancelled |

  @positive
  Scenario: The same note may be added twice
    Given Ada creates "Write the report"
    When Ada notes "Still waiting."
    And Ada notes "Still waiting."
    Then these notes were taken of WORK-001:
      | who | note           |
      | ada | Still waiting. |
      | ada | Still waiting. |

  @edge
  Scenario: A note has at most 10,000 characters
    Then a note of 10000 characters is taken, and one of 10001 is refused
