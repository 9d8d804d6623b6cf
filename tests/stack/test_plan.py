"""What mocks do not show: parents, dependencies, protection and outputs, on the plan of an offline run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from policy_pack.model import Unknown
from policy_pack.simulator import Simulation, SimulationOptions, Simulator, find_project

from .harness import STACK
from .test_component import exports

if TYPE_CHECKING:
    from policy_pack.model import Resource

COMPONENT = "fraud-detection:index:FraudDetectionComponent"

# What has to be there before, although no property of the resource says so.
WAITS = {
    "fraud-balancer": {"fraud-public-route"},
    "fraud-nat-1": {"fraud-public-route"},
    "fraud-nat-address-1": {"fraud-public-route"},
    "fraud-flow-log": {"fraud-flow-log-policy"},
    "fraud-cluster": {"fraud-insights-logs"},
    "fraud-database": {"fraud-database-logs"},
    "fraud-database-instance-1": {"fraud-database-monitoring-policy"},
    "fraud-service": {
        *("fraud-http", "fraud-task-policy", "fraud-execution-policy", "fraud-database-instance-1"),
        *(f"fraud-application-route-{number}" for number in (1, 2, 3)),
        *("fraud-s3-endpoint", "fraud-dynamodb-endpoint"),
    },
}


class Planned:
    """One environment's plan, by logical name."""

    def __init__(self, simulation: Simulation) -> None:
        self.run = simulation.run
        self.exports = simulation.plan.exports
        self.failures = simulation.plan.failures + simulation.plan.faults
        declared = [each for each in simulation.plan.resources if not each.type.startswith("pulumi:")]
        self.resources: dict[str, Resource] = {each.name: each for each in declared}
        self.names = {each.urn: each.name for each in declared}

    def waits_for(self, name: str) -> set[str]:
        """The names of what a resource depends on, by its properties or because the program says so."""
        return {self.names[urn] for urn in self.resources[name].dependencies}


@pytest.fixture(scope="session")
def options(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> SimulationOptions:
    base = tmp_path_factory.getbasetemp()
    cache = (base if worker_id == "master" else base.parent) / "types"
    return SimulationOptions(environment=dict(os.environ), cache=cache)


# Staging has nothing that one of these has not.
@pytest.fixture(scope="module", params=["dev", "prod"])
def planned(request: pytest.FixtureRequest, options: SimulationOptions) -> Planned:
    return Planned(Simulator(find_project(STACK), request.param, options).finish("stack"))


def test_comes_to_its_end(planned: Planned) -> None:
    assert planned.failures == ()
    assert (planned.run.status, planned.run.unknown_inputs) == ("complete", 0)


def test_everything_is_the_components_child(planned: Planned) -> None:
    component = planned.resources["fraud-detection"]
    assert (component.type, component.custom) == (COMPONENT, False)
    parents = {each.parent for each in planned.resources.values() if each is not component}
    assert parents == {component.urn}


def test_waits_for_what_it_does_not_mention(planned: Planned) -> None:
    for name, first in WAITS.items():
        mentioned = {urn for urns in planned.resources[name].property_dependencies.values() for urn in urns}
        assert planned.waits_for(name) >= first, name
        assert not {planned.names[urn] for urn in mentioned} & first, name


def test_the_service_waits_for_every_instance(planned: Planned) -> None:
    instances = {name for name in planned.resources if name.startswith("fraud-database-instance-")}
    assert len(instances) == (3 if planned.run.stack == "prod" else 1)
    assert planned.waits_for("fraud-service") >= instances


def test_autoscaling_owns_the_count(planned: Planned) -> None:
    ignoring = {name: each.options.ignore_changes for name, each in planned.resources.items()}
    assert {name: keys for name, keys in ignoring.items() if keys} == {"fraud-service": ("desiredCount",)}


def test_aws_protects_the_data_so_that_pulumi_can_take_dev_down(planned: Planned) -> None:
    # `protect` would be in the way of `pulumi destroy`; deletion protection is a setting of the environment.
    assert not any(each.options.protect for each in planned.resources.values())
    assert not any(each.options.retain_on_delete for each in planned.resources.values())


def test_every_export_has_a_value(planned: Planned) -> None:
    assert set(planned.exports) == {*exports("dev"), "alarm_names"}
    assert not any(isinstance(value, Unknown) for value in planned.exports.values())


def test_nothing_is_made_inside_a_callback(planned: Planned) -> None:
    assert not any(each.in_callback for each in planned.resources.values())


def test_all_is_in_the_region_of_the_stack(planned: Planned) -> None:
    regions = {each.region for each in planned.resources.values() if each.custom}
    assert regions == {"eu-west-1"}


def test_the_graph_has_no_cycle_and_ends_at_the_service(planned: Planned) -> None:
    reached: set[str] = set()
    waiting = ["fraud-service"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(planned.waits_for(name))
    data = {"fraud-database", "fraud-rules", "fraud-transactions"}
    assert data | {"fraud-vpc", "fraud-key", "fraud-balancer", "fraud-nat-1"} <= reached
    assert not reached & {"fraud-scaling", "fraud-dashboard"}
