# expect below: error[code-fence-in-python] a Markdown code fence stands here and on one more line
```python
"""What the network is made of, under mocks."""

import pulumi


class Aws(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", args.inputs

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Aws())

from lib import networking


@pulumi.runtime.test
def test_each_zone_has_a_subnet_of_its_own():
    vpc = networking.create_vpc("10.0.0.0/16")
    subnets = networking.create_subnets(vpc, ["eu-west-1a", "eu-west-1b"])

    def check(zones):
        assert zones == ["eu-west-1a", "eu-west-1b"]

    return pulumi.Output.all(*[subnet.availability_zone for subnet in subnets]).apply(check)
```
