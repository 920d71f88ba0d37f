"""junitparser reads the file, and its counts are those of the cases."""

import sys

from junitparser import JUnitXml


def main(folder: str) -> None:
    xml = JUnitXml.fromfile(f"{folder}/junit.xml")
    cases = [case for suite in xml for case in suite]
    assert xml.tests == len(cases) > 1, (xml.tests, len(cases))
    failures = sum(1 for case in cases for result in case.result if result._tag == "failure")
    assert xml.failures == failures == 1, (xml.failures, failures)


if __name__ == "__main__":
    main(sys.argv[1])
