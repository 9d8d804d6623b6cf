"""`python -m policy_pack.cli`, the same as `preflight`."""

import sys

from policy_pack.cli import main

sys.exit(main())
