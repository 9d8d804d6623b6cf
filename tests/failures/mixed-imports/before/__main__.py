"""A network in its own VPC."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).parent / "lib"))

from lib.component import Network

network = Network("main", ["eu-west-1a", "eu-west-1b"])
pulumi.export("vpc_id", network.vpc.id)
