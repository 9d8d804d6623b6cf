from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog.regional import Offer, RegionalFile, regions_of
from policy_pack.refresh.shared_sets import shared

REGIONS = ["ap-south-1", "eu-west-1", "eu-west-2", "us-east-1", "us-east-2"]
texts = st.lists(st.sampled_from(REGIONS), unique=True).map(", ".join) | st.just("all")
records = st.dictionaries(st.text(min_size=1), st.lists(st.builds(dict, regions=texts), max_size=3))


def file(offers: dict[str, list[Offer]], sets: dict[str, str]) -> RegionalFile:
    day = datetime.date(2026, 1, 2)
    return RegionalFile(
        about="a",
        source="s",
        fetched=day,
        command="c",
        scope="s",
        regions=dict.fromkeys(REGIONS, day),
        records=offers,
        sets=sets,
    )


def test_a_longer_set_that_several_records_have_gets_a_name() -> None:
    three = "ap-south-1, eu-west-1, us-east-1"
    sets, short = shared(
        {
            "a": [{"regions": three, "kinds": ["mysql"]}, {"regions": "all"}],
            "b": [{"regions": three}],
            "c": [{"regions": "eu-west-1, us-east-1"}],
            "d": [{"regions": "eu-west-1, us-east-1"}],
            "e": [{"regions": "all but ap-south-1, eu-west-1, us-east-1"}],
        }
    )
    [(name, text)] = sets.items()
    assert text == three
    assert short["a"] == [{"regions": name, "kinds": ["mysql"]}, {"regions": "all"}]
    assert short["b"] == [{"regions": name}]
    assert short["d"] == [{"regions": "eu-west-1, us-east-1"}]


@given(records)
def test_no_fact_is_lost(records: dict[str, list[dict[str, str]]]) -> None:
    sets, short = shared(records)
    before = {key: [Offer(each["regions"]) for each in offers] for key, offers in records.items()}
    after = {key: [Offer(str(each["regions"])) for each in offers] for key, offers in short.items()}
    plain, named = file(before, {}), file(after, dict(sets))
    for key in records:
        assert regions_of(plain, before[key]) == regions_of(named, after[key])
