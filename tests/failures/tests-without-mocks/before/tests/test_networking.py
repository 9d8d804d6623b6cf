"""What the network is made of."""

from lib import networking  # expect: warning[infrastructure-test-without-mocks] nothing of `lib.networking` is run


def test_vpc_function_exists():  # expect: warning[existence-only-test] `test_vpc_function_exists`
    assert hasattr(networking, "create_vpc")
    assert callable(networking.create_vpc)


def test_subnets_function_exists():  # expect: warning[existence-only-test] `test_subnets_function_exists`
    assert callable(networking.create_subnets)
