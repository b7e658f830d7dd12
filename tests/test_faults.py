"""Each planted fault is found: the tests named for it pass on a copy of the library, and fail with the fault in it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from faults import AT_ONCE, FAULTS, complaints, copied_to, planted


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Copies on which all the tests named for the faults pass."""
    copies = [copied_to(tmp_path_factory.mktemp("copy")) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert complaints(pool, FAULTS, copies) == ""
    return copies


@pytest.fixture(scope="module")
def found(copies):
    """What became of each fault, by its name."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {fault.name: result for fault, result in zip(FAULTS, planted(pool, FAULTS, copies), strict=True)}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found(fault, found):
    test, _ = found[fault.name].result()
    assert test, f"{', '.join(fault.tests)} did not notice"


def test_no_fault_is_left_in_a_copy(found, copies):
    for fault in FAULTS:
        for copy in copies:
            assert fault.planted_in((copy / "graphlib" / "graphgrad" / fault.file).read_text(encoding="utf-8"))


def test_faults_have_names_of_their_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
