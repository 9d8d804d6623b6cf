"""Answers of regions, brought together with what was known."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import CatalogError
from policy_pack.refresh.live.catalogs import CATALOGS
from policy_pack.refresh.live.files import LiveFile, VersionFact, document, read
from policy_pack.refresh.live.merging import Answers, merged, shrunk
from policy_pack.refresh.writing import canonical

CATALOG = CATALOGS["versions/rds"]
FIRST, SECOND = datetime.date(2026, 11, 1), datetime.date(2026, 11, 22)
OFFERED, GONE = VersionFact(state="available"), VersionFact(state="withdrawn")

_facts = st.dictionaries(st.sampled_from(["a 1", "a 2", "b 1"]), st.sampled_from([OFFERED, GONE]))
_by_region = st.dictionaries(st.sampled_from(["eu-west-1", "us-east-1", "sa-east-1", "ap-east-1"]), _facts)


def brought(answers: Answers[VersionFact], old: LiveFile[VersionFact] | None = None) -> LiveFile[VersionFact]:
    file = merged(CATALOG, old, answers, FIRST if old is None else SECOND)
    assert file is not None
    return file


def plain(file: LiveFile[VersionFact], region: str) -> dict[str, str] | None:
    facts = file.in_region(region)
    return None if facts is None else {key: fact.state for key, fact in facts.items()}


@given(_by_region.filter(bool))
def test_every_region_reads_back_what_it_answered(by_region: dict[str, dict[str, VersionFact]]) -> None:
    file = brought(Answers(by_region))
    for region, facts in by_region.items():
        assert plain(file, region) == {key: fact.state for key, fact in facts.items()}
    assert file.in_region("nowhere-1") is None


@given(_by_region.filter(bool), _by_region)
def test_the_same_answers_twice_change_no_byte(
    before: dict[str, dict[str, VersionFact]], after: dict[str, dict[str, VersionFact]]
) -> None:
    once = brought(Answers(after), brought(Answers(before)))
    twice = brought(Answers(after), once)
    assert canonical(document(twice)) == canonical(document(once))


@given(_by_region.filter(bool))
def test_a_file_reads_back_as_it_was_written(by_region: dict[str, dict[str, VersionFact]]) -> None:
    import msgspec

    file = brought(Answers(by_region, {"me-south-1": "not enabled"}))
    assert msgspec.json.decode(canonical(document(file)), type=LiveFile[VersionFact]) == file


def test_a_region_that_does_not_answer_keeps_its_facts_and_their_date() -> None:
    old = brought(Answers({"eu-west-1": {"a 1": OFFERED}, "us-east-1": {"a 1": OFFERED}}))
    new = brought(Answers({"eu-west-1": {"a 1": GONE}}, {"us-east-1": "not enabled"}), old)
    assert plain(new, "us-east-1") == {"a 1": "available"}
    assert new.regions == {"eu-west-1": SECOND, "us-east-1": FIRST}
    assert new.fetched == FIRST
    assert new.unknown == {}


def test_a_region_that_refuses_is_unknown_and_not_empty_until_it_answers() -> None:
    file = brought(Answers({"eu-west-1": {"a 1": OFFERED}, "eu-west-2": {}}, {"me-south-1": "not enabled"}))
    assert file.unknown == {"me-south-1": "not enabled"}
    assert file.in_region("me-south-1") is None
    assert file.in_region("eu-west-2") == {}
    later = brought(Answers({"me-south-1": {}}), file)
    assert later.unknown == {}
    assert later.in_region("me-south-1") == {}


def test_one_more_region_changes_only_the_lines_in_which_it_differs() -> None:
    both = {"a 1": OFFERED, "a 2": OFFERED}
    old = brought(Answers({"eu-west-1": both, "us-east-1": both}))
    new = brought(Answers({"sa-east-1": {"a 1": OFFERED}}), old)
    assert new.records["a 1"] == old.records["a 1"]
    assert [each.regions for each in new.records["a 2"]] == ["all but sa-east-1"]


def test_refusals_alone_change_nothing() -> None:
    refusals: Answers[VersionFact] = Answers({}, {"eu-west-1": "refused"})
    assert merged(CATALOG, None, refusals, FIRST) is None
    old = brought(Answers({"us-east-1": {"a 1": OFFERED}}))
    assert merged(CATALOG, old, refusals, SECOND) is old


@pytest.mark.parametrize(("kept", "loss"), [(10, None), (8, None), (7, (10, 7)), (0, (10, 0))])
def test_an_answer_may_lack_a_fifth_of_what_was_there(kept: int, loss: tuple[int, int] | None) -> None:
    facts = {f"a {number}": OFFERED for number in range(10)}
    old = brought(Answers({"eu-west-1": facts}))
    assert shrunk(old, "eu-west-1", dict(list(facts.items())[:kept])) == loss
    assert shrunk(old, "us-east-1", {}) is None
    assert shrunk(None, "eu-west-1", {}) is None


@pytest.mark.parametrize("content", ["", "{}", '{"records": {"a": [{"state": "perhaps"}]}}', "[", "\xff"])
def test_a_broken_file_is_said_to_be_broken(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(CatalogError, match=r"x\.json"):
        read(path, VersionFact)
