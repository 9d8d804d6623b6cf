"""Blocks nest and overlap as a comparison of all their addresses, or of all pairs, would have it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from policy_pack.rules.ec2._cidr import holds, network, overlaps

# Few addresses, so that blocks meet often and can be counted out.
BLOCKS = st.builds(
    lambda address, size: IPv4Network((address, size), strict=False), st.integers(0, 255), st.integers(24, 32)
)


@given(outer=BLOCKS, inner=BLOCKS)
def test_a_block_holds_another_when_it_has_all_its_addresses(outer: IPv4Network, inner: IPv4Network) -> None:
    assert holds(outer, inner) == (set(inner) <= set(outer))


@given(blocks=st.lists(BLOCKS, max_size=12))
def test_an_overlap_is_found_for_every_block_that_meets_an_earlier_one(blocks: list[IPv4Network]) -> None:
    found = list(overlaps((block, index) for index, block in enumerate(blocks)))
    assert all(blocks[first].overlaps(blocks[second]) for first, second in found)
    ordered = sorted(
        range(len(blocks)), key=lambda index: (blocks[index].network_address, blocks[index].prefixlen)
    )
    meeting = {
        second
        for place, second in enumerate(ordered)
        if any(blocks[first].overlaps(blocks[second]) for first in ordered[:place])
    }
    assert {second for _, second in found} == meeting
    assert len(found) == len(meeting)


@given(blocks=st.lists(BLOCKS, max_size=8), data=st.data())
def test_the_order_of_the_program_does_not_decide_what_is_found(
    blocks: list[IPv4Network], data: st.DataObject
) -> None:
    def conflicts(given: list[IPv4Network]) -> list[IPv4Network]:
        return sorted(second for _, second in overlaps((block, block) for block in given))

    assert conflicts(blocks) == conflicts(data.draw(st.permutations(blocks)))


@given(address=st.integers(0, 2**32 - 1), size=st.integers(0, 32))
def test_a_block_is_read_with_its_host_bits_cleared(address: int, size: int) -> None:
    read = network(f"{IPv4Address(address)}/{size}")
    assert read is not None
    assert read.prefixlen == size
    assert IPv4Address(address) in read


@given(text=st.text(max_size=20) | st.from_regex(r"\d{1,3}(\.\d{1,3}){2,4}(/\d{0,3})?", fullmatch=True))
def test_a_text_is_a_block_only_with_four_numbers_and_a_size(text: str) -> None:
    address, _, size = text.partition("/")
    parts = address.split(".")
    numbers = [part for part in parts if part.isascii() and part.isdigit() and str(int(part)) == part]
    is_block = len(parts) == len(numbers) == 4 and all(int(part) < 256 for part in numbers)
    is_sized = size.isascii() and size.isdigit() and len(size) < 3 and int(size) <= 32
    assert (network(text) is not None) == (is_block and is_sized)
