"""Takes out of an answer what is not kept before botocore reads it, which is most of a refresh's work."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from policy_pack.refresh.live.asking import Client


def trim(client: Client, pattern: re.Pattern[bytes], keep: Callable[[re.Match[bytes]], bytes]) -> None:
    """Replace every match in the answers of a client by what `keep` leaves of it."""

    def replace(response_dict: dict[str, Any], **_: object) -> None:
        response_dict["body"] = pattern.sub(keep, response_dict["body"])

    # After the client has seen that the answer is whole.
    client.meta.events.register_last("before-parse", replace)
