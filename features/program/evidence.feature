Feature: Evidence from the files of test tools
  Coverage is counted from LCOV trace files and tests from JUnit reports. The item keeps the name,
  size and SHA-256 hash of each file; a figure without a file is claimed. Nothing is guessed: an
  unreadable file is refused, and so is a report with failed tests.

  Background:
    Given ada runs: annals add 'Sum up the figures' --risk T2
    And ada runs: annals start WORK-001
    And a file lines.info with:
      """
      SF:sums.rs
      DA:1,3
      DA:2,3
      DA:3,1
      DA:4,1
      DA:5,0
      end_of_record
      """
    And a file tests.xml with:
      """
      <testsuites>
        <testsuite name="sums">
          <testcase name="adds"/>
          <testcase classname="sums::negative" name="refuses_a_word"/>
          <testcase name="adds_by_hand"><skipped/></testcase>
        </testsuite>
      </testsuites>
      """

  @positive
  Scenario: An item is completed with evidence from files
    When ada runs: annals test-run WORK-001 --lcov {files}/lines.info --junit {files}/tests.xml
    And ada runs: annals done WORK-001
    Then all of them succeed
    And WORK-001 shows the test run 80 %, 1 positive, 1 negative, 0 edge cases

  @positive
  Scenario: Patterns of the user tell the kinds of tests apart
    When ada runs: annals test-run WORK-001 --junit {files}/tests.xml --negative-pattern word --edge-pattern adds --coverage 90
    Then it succeeds
    And WORK-001 shows the test run 90 %, 0 positive, 1 negative, 1 edge cases

  @positive
  Scenario: The files of the results are kept with their hashes
    When ada runs: annals test-run WORK-001 --lcov {files}/lines.info --junit {files}/tests.xml
    Then it succeeds
    And the coverage of WORK-001 is proven
    And the tests of WORK-001 are proven
    And WORK-001 shows these files:
      | name       | size | sha256   |
      | lines.info | 59   | 2eaee0a9 |
      | tests.xml  | 216  | e0ae62fe |

  @positive
  Scenario: Figures without a file are shown as claimed
    When ada runs: annals test-run WORK-001 --positive 99999 --lcov {files}/lines.info
    Then it succeeds
    And the coverage of WORK-001 is proven
    And the tests of WORK-001 are claimed

  @negative
  Scenario: Claimed results are not enough for an item of tier T3
    Given ada runs: annals add 'Mend the roof' --risk T3
    And ada runs: annals start WORK-002
    And ada runs: annals test-run WORK-002 --positive 99999 --negative 9 --edge 9 --coverage 100
    When ada runs: annals done WORK-002 --format json
    Then it is refused by the domain
    And it names these kinds of hindrances:
      | tests_claimed    |
      | coverage_claimed |

  @negative
  Scenario Outline: A refused completion of tier <tier> has the next step as its hint
    Given ada runs: annals add 'Publish the report' --risk <tier>
    And ada runs: annals start WORK-002
    When ada runs: annals done WORK-002
    Then it is refused by the domain
    And the hint says: <step>

    Examples:
      | tier | step                                             |
      | T1   | record the results with `annals test-run ITEM …` |
      | T3   | read the results from files                      |
      | T4   | then ask a person or agent                       |

  @edge
  Scenario: A file above the largest size is refused
    Given a file huge.xml of 1025 MiB
    When ada runs: annals test-run WORK-001 --junit {files}/huge.xml
    Then it is refused as a wrong use that says: more than 1024 MiB

  @negative
  Scenario: A report with a failed test is refused
    Given a file failed.xml with:
      """
      <testsuite name="sums"><testcase name="adds"><failure/></testcase></testsuite>
      """
    When ada runs: annals test-run WORK-001 --junit {files}/failed.xml --format json
    Then it is refused by the domain
    And it names the failed test adds

  @positive
  Scenario: The tests in suites within suites are counted once
    Given a file nested.xml with:
      """
      <testsuite tests="3">
        <testcase name="adds"/>
        <testsuite tests="2">
          <testcase name="adds_more"/>
          <testcase name="refuses_a_negative"/>
        </testsuite>
      </testsuite>
      """
    When ada runs: annals test-run WORK-001 --junit {files}/nested.xml --coverage 80
    Then it succeeds
    And WORK-001 shows the test run 80 %, 2 positive, 1 negative, 0 edge cases

  @negative
  Scenario: The name of a test cannot look like a line of the answer
    Given a file failed.xml with:
      """
      <testsuite><testcase name="adds&#10;hint: all is well"><failure/></testcase></testsuite>
      """
    When ada runs: annals test-run WORK-001 --junit {files}/failed.xml --format json
    Then it is refused by the domain
    And it names the failed test adds\nhint: all is well

  @negative
  Scenario: A truncated file is refused with its line
    Given a file cut.info with:
      """
      SF:sums.rs
      DA:1,3
      """
    When ada runs: annals test-run WORK-001 --lcov {files}/cut.info
    Then it is refused as a wrong use that says: line 2
