"""The whole network as one component."""

import pulumi

from networking import create_subnets, create_vpc  # expect: warning[inconsistent-local-import] `networking` is `lib.networking` elsewhere


class Network(pulumi.ComponentResource):
    def __init__(self, name: str, zones: list[str]) -> None:
        super().__init__("networking:index:Network", name)
        self.vpc = create_vpc("10.0.0.0/16")
        self.subnets = create_subnets(self.vpc, zones)
        self.register_outputs({"vpc_id": self.vpc.id})
