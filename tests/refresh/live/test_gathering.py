"""Answers of all kinds, sorted; without a network at all."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore import exceptions

from policy_pack.refresh.live.asking import CutError, LiveCatalog
from policy_pack.refresh.live.files import Fact
from policy_pack.refresh.live.gathering import Gathered, Job, Place, gather
from policy_pack.refresh.live.progress import Progress

pytestmark = pytest.mark.slow

LOST = exceptions.EndpointConnectionError(endpoint_url="https://x.invalid")


USER = "User: arn:aws:iam::123456789012:user/me is not authorized to perform: x:ListThings"
GUARDRAIL = "with an explicit deny in a service control policy"


def refused(code: str, message: str = "") -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, "ListThings")


def forbidden(why: str = GUARDRAIL) -> exceptions.ClientError:
    return refused("AccessDeniedException", f"{USER} {why}")


@dataclass
class Region:
    """A client that answers with a list of keys or fails, each time with the next."""

    outcomes: list[list[str] | Exception]
    closed: int = 0

    def close(self) -> None:
        self.closed += 1


@dataclass
class Aws:
    """Regions by name; others cannot be reached. `offered` are those that the service is known in."""

    regions: dict[str, Region]
    offered: tuple[str, ...] = ("r1", "r2", "r3")
    asked: list[str] = field(default_factory=list)

    def client(self, service: str, region: str) -> Region:
        self.asked.append(region)
        return self.regions.get(region) or Region([LOST])

    def offers(self, service: str, region: str, partition: str) -> bool:
        return region in self.offered


def fetch(client: Any) -> Iterator[str]:
    outcome = client.outcomes.pop(0) if len(client.outcomes) > 1 else client.outcomes[0]
    if isinstance(outcome, Exception):
        raise outcome
    yield from outcome


def shape(items: Iterable[str]) -> dict[str, Fact]:
    return {item: Fact() for item in items}


def catalog(*, global_: bool = False) -> LiveCatalog[Fact]:
    return LiveCatalog("things", "Things", "x", ("x:ListThings",), Fact, fetch, shape, global_=global_)


def gathered(aws: Aws, *places: str, named: bool = False, **changes: bool) -> Gathered:
    regions = [Place(region, "aws", named=named) for region in places or sorted(aws.regions)]
    return gather(aws, [catalog(**changes)], regions, lambda job: None)["things"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (refused("AccessDeniedException"), "not allowed (AccessDeniedException); it takes x:ListThings"),
        (refused("Throttling"), "AWS answered Throttling"),
        (refused("ExpiredToken"), "the credentials have expired (ExpiredToken)"),
        (LOST, "it cannot be reached"),
        (CutError(), "the connection was lost in the middle of an answer"),
        (
            exceptions.ConnectionClosedError(endpoint_url="https://x.invalid"),
            "the connection was lost in the middle of an answer",
        ),
        (AttributeError("no get"), "the answer cannot be read (AttributeError: no get)"),
        (exceptions.PaginationError(message="again"), "Error during pagination: again"),
    ],
)
def test_a_region_that_fails_is_not_renewed_and_says_why(error: Exception, reason: str) -> None:
    aws = Aws({"r1": Region([["a"]]), "r2": Region([error])})
    found = gathered(aws)
    assert list(found.facts) == ["r1"]
    assert found.failed == {"r2": reason}
    assert found.unknown == {}


def test_what_a_region_refuses_says_nothing_of_the_account() -> None:
    found = gathered(Aws({"r1": Region([refused("AccessDenied", USER)]), "r2": Region([forbidden()])}))
    assert found.failed.keys() == {"r1", "r2"}
    assert "123456789012" not in "".join(found.failed.values())


@pytest.mark.parametrize(
    ("why", "who"),
    [
        (GUARDRAIL, "a service control policy"),
        ("with an explicit deny in an identity-based policy", "an identity-based policy"),
        ("with an explicit deny in a VPC endpoint policy: x", "a VPC endpoint policy"),
        ("with an explicit deny in a permissions boundary", "a permissions boundary"),
        ("because no service control policy allows the x:ListThings action", "a service control policy"),
    ],
)
def test_a_region_that_a_policy_forbids_is_unknown_where_others_answer(why: str, who: str) -> None:
    aws = Aws({"r1": Region([["a"]]), "r2": Region([forbidden(why)])})
    reason = f"{who} denies x:ListThings (AccessDeniedException)"
    found = gathered(aws)
    assert (list(found.facts), found.unknown, found.failed) == (["r1"], {"r2": reason}, {})
    assert gathered(aws, named=True).failed == {"r2": reason}


def test_what_a_policy_forbids_everywhere_is_not_renewed() -> None:
    found = gathered(Aws({"r1": Region([forbidden()]), "r2": Region([forbidden()])}))
    assert (found.failed.keys(), found.unknown) == ({"r1", "r2"}, {})


def test_a_permission_that_nobody_gave_is_no_guardrail() -> None:
    missing = forbidden("because no identity-based policy allows the x:ListThings action")
    assert list(gathered(Aws({"r1": Region([["a"]]), "r2": Region([missing])})).failed) == ["r2"]


def test_a_region_that_does_not_know_the_account_is_unknown() -> None:
    aws = Aws({"r1": Region([["a"]]), "r2": Region([refused("UnrecognizedClientException")])})
    assert list(gathered(aws).unknown) == ["r2"]
    assert gathered(aws).failed == {}
    assert list(gathered(aws, named=True).failed) == ["r2"]


def test_a_service_that_is_not_known_in_a_region_nor_answers_there_is_unknown() -> None:
    found = gathered(Aws({"r1": Region([["a"]])}, offered=("r1",)), "r1", "r9")
    assert list(found.unknown) == ["r9"]
    assert found.failed == {}


def test_a_lost_connection_is_tried_again() -> None:
    region = Region([CutError(), CutError(), ["a"]])
    assert list(gathered(Aws({"r1": region})).facts) == ["r1"]
    assert region.closed == 3


def test_without_a_network_most_regions_are_not_even_tried() -> None:
    aws = Aws({}, offered=tuple(f"r{number}" for number in range(100)))
    found = gathered(aws, *aws.offered)
    assert len(found.failed) == 100
    assert len(aws.asked) < 20


def test_an_unreachable_region_is_no_sign_of_that_once_another_has_answered() -> None:
    aws = Aws({"r0": Region([["a"]]), "r99": Region([["a"]])}, offered=())
    places = ["r0", *(f"r{number}" for number in range(1, 100))]
    assert list(gathered(aws, *places).facts) == ["r0", "r99"]


def test_what_does_not_differ_by_region_is_asked_once_and_holds_for_the_partition() -> None:
    aws = Aws({"r1": Region([["a"]]), "r2": Region([["a"]])})
    assert list(gathered(aws, global_=True).facts) == ["aws"]
    assert aws.asked == ["r1"]


def test_what_does_not_differ_by_region_is_asked_at_home() -> None:
    aws = Aws({"r1": Region([forbidden()]), "r2": Region([["a"]])})
    places = [Place("r1", "aws"), Place("r2", "aws", home=True)]
    found = gather(aws, [catalog(global_=True)], places, lambda job: None)["things"]
    assert (list(found.facts), aws.asked) == (["aws"], ["r2"])


def test_regions_share_what_they_say_alike() -> None:
    facts = gathered(Aws({"r1": Region([["a"]]), "r2": Region([["a"]])})).facts
    assert facts["r1"]["a"] is facts["r2"]["a"]


def test_every_job_is_told_of_when_it_is_done() -> None:
    done: list[Job] = []
    places = [Place("r1", "aws"), Place("r2", "aws", refuses=True)]
    gather(Aws({"r1": Region([["a"]])}), [catalog()], places, done.append)
    assert sorted(job.place.region for job in done) == ["r1", "r2"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_the_bar_is_drawn_over_itself_on_a_terminal_and_nowhere_else(stream: io.StringIO) -> None:
    progress = Progress(stream, 2)
    progress.step("things r1")
    progress.step("things r2")
    progress.clear()
    first = f"\r\x1b[K[{'#' * 15}{'.' * 15}] 1/2 things r1"
    drawn = f"{first}\r\x1b[K[{'#' * 30}] 2/2 things r2\r\x1b[K"
    assert stream.getvalue() == (drawn if stream.isatty() else "")
