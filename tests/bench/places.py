"""Where things are."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STACK = ROOT / "stack"
PREFLIGHT = Path(sys.executable).parent / "preflight"
