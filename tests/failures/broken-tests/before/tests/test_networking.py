```python  # expect: error[code-fence-in-python] a Markdown code fence
"""What the network is made of, under mocks."""

from lib import networking


def test_the_vpc_has_names():
    assert networking.create_vpc("10.0.0.0/16").enable_dns_hostnames
```
