"""A network whose module stands beside the program."""

import pulumi

from .networking import create_vpc  # expect: error[relative-import-without-package] `.networking`

pulumi.export("vpc", create_vpc("main").id)
