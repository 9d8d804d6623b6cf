"""What the subnets are, under mocks."""

import pulumi


class Aws(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", args.inputs

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Aws())

import networking  # expect: warning[import-of-missing-module] there is no module `networking`


@pulumi.runtime.test
def test_each_zone_has_a_subnet_of_its_own():
    vpc = networking.create_vpc("10.0.0.0/16")
    (subnet,) = networking.create_subnets(vpc, ["eu-west-1a"])

    def check(zone):
        assert zone == "eu-west-1a"

    return subnet.availability_zone.apply(check)
