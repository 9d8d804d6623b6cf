"""What the project's interpreter has installed: packages, and the classes of providers' packages."""

from __future__ import annotations

from collections.abc import Sequence


class Sdk:
    """Answers from the directories that the project's interpreter imports from; imports nothing itself."""

    def __init__(self, search_path: Sequence[str]) -> None:
        self.search_path = tuple(search_path)
