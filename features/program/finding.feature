Feature: Finding items with annals
  The program lists and searches items in a read model beside the store. Each answer has every
  command that was finished before, whoever gave it.

  Background:
    Given it is 08:00
    And ada runs: annals add 'Write the report' --priority low
    And ada runs: annals add 'Mend the roof' --type bug --priority high
    And ben runs: annals note WORK-001 'The café has no figures yet'

  @positive
  Scenario Outline: Items are found by the words of their <texts>: <words>
    When ada runs: annals search <words> --format json
    Then it succeeds
    And the answer lists:
      | number   | title            |
      | WORK-001 | Write the report |

    Examples:
      | texts  | words      |
      | titles | rep        |
      | titles | the report |
      | titles | WRITE      |
      | notes  | CAFE       |
      | notes  | figures    |
      | notes  | no café    |
      | both   | write café |

  @positive
  Scenario: A search does not find a text that was corrected
    Given ada runs: annals search report
    And ben runs: annals retitle WORK-001 'Write the summary'
    When ada runs: annals search report --format json
    Then it succeeds
    And the answer lists:
      | number |

  @positive
  Scenario: The list shows my own last command
    Given ada runs: annals search roof
    And ada runs: annals start WORK-002
    When ada runs: annals list --status in_progress,blocked --format json
    Then it succeeds
    And the answer lists:
      | number   | title         | status      |
      | WORK-002 | Mend the roof | in_progress |

  @positive
  Scenario Outline: The list begins with the first item by <order>
    When ada runs: annals list --sort <order> --limit 1 --format json
    Then it succeeds
    And the answer lists:
      | number   |
      | <number> |

    Examples:
      | order    | number   |
      | priority | WORK-002 |
      | number   | WORK-001 |
      | updated  | WORK-001 |

  @positive
  Scenario Outline: The list has the items that are asked for: <words>
    When ada runs: annals list <words> --format json
    Then it succeeds
    And the answer lists:
      | number   |
      | <number> |

    Examples:
      | words                 | number   |
      | --type bug            | WORK-002 |
      | --priority high       | WORK-002 |
      | --priority low,medium | WORK-001 |

  @negative
  Scenario: A search without a word is a wrong use
    When ada runs: annals search '*' --format json
    Then it is refused as a wrong use that says: no word to search for

  @edge
  Scenario: The syntax of search engines has no meaning
    When ada runs: annals search '"report' NOT AND --format json
    Then it succeeds
    And the answer lists:
      | number |
