"""What the network is made of, under mocks."""

import pulumi


class Aws(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", args.inputs

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Aws())

from lib.component import Network


@pulumi.runtime.test
def test_each_zone_has_a_subnet_of_its_own():
    network = Network("main", ["eu-west-1a", "eu-west-1b"])

    def check(zones):
        assert zones == ["eu-west-1a", "eu-west-1b"]

    return pulumi.Output.all(*[subnet.availability_zone for subnet in network.subnets]).apply(check)
