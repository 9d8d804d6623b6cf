"""A network whose module stands beside the program."""

import pulumi

from networking import create_vpc

pulumi.export("vpc", create_vpc("main").id)
