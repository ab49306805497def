"""Everything that reads bytes from the network takes anything: real packets cut, changed and joined at random."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.relay.fuzz import PARSERS, corpus

CHANGES = st.lists(
    st.tuples(st.integers(0, 11_000), st.sampled_from(["set", "cut", "drop", "twice"]), st.binary(max_size=4))
)


def damaged(data: bytes, changes: list[tuple[int, str, bytes]]) -> bytes:
    """`data` after some accidents on the way."""
    for where, what, more in changes:
        at = where % (len(data) + 1)
        if what == "set":
            data = data[:at] + more + data[at + len(more) :]
        elif what == "cut":
            data = data[:at]
        elif what == "drop":
            data = data[:at] + data[at + len(more) :]
        else:
            data = data[:at] + data[at // 2 :]
    return data[:12_000]


@pytest.mark.parametrize("parser", PARSERS)
def test_real_packets_are_read(parser: str) -> None:
    assert corpus(parser)
    for data in corpus(parser):
        PARSERS[parser](data)


@pytest.mark.parametrize("parser", PARSERS)
def test_no_damage_makes_a_fault(parser: str) -> None:
    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(st.sampled_from(corpus(parser)), CHANGES)
    def read(data: bytes, changes: list[tuple[int, str, bytes]]) -> None:
        PARSERS[parser](damaged(data, changes))

    read()
