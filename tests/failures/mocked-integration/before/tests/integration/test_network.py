"""What became of the network in AWS."""

import pulumi


class Aws(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", args.inputs

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Aws())  # expect: warning[mocked-integration-test] Pulumi's mocks

from lib import networking


@pulumi.runtime.test
def test_the_vpc_is_deployed():
    def check(vpc_id):
        assert vpc_id == "main-id"

    return networking.create_vpc("10.0.0.0/16").id.apply(check)
