"""With which settings the network was deployed."""

import pulumi


def test_the_network_is_configured():  # expect: warning[integration-test-without-outputs] looks at nothing that is deployed
    config = pulumi.Config("networking")
    assert config.get("cidrBlock", "10.0.0.0/16") == "10.0.0.0/16"
