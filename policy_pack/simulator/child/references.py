"""References to other stacks: the parent process is asked, and what it does not know is predicted."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import Any, Callable

from .predictions import Predictor
from .records import Channel
from .structs import open_secret

STACK_REFERENCE = "pulumi:pulumi:StackReference"
_BYTES = 65536


class References:
    """The stacks that the program refers to; each is asked for once."""

    def __init__(self, channel: Channel, predictor: Predictor, request: dict[str, Any]) -> None:
        self.channel = channel
        self.predictor = predictor
        self.predicted = request["mode"] == "predicted"
        self.descriptor: int | None = request.get("answers")
        if self.descriptor is not None:
            os.set_inheritable(self.descriptor, False)
        self.known: dict[str, dict[str, Any]] = {}

    def properties(self, name: str) -> dict[str, Any]:
        """What the engine answers to a reference: outputs that are known, and which of them are secret."""
        if name not in self.known:
            self.known[name] = self._asked(name) if self.descriptor is not None else {}
        answer = self.known[name]
        self.predictor.made_up.update(answer.get("texts", ()))
        outputs = answer.get("outputs", {})
        secret = [key for key, value in outputs.items() if open_secret(value) is not value]
        return {"name": name, "outputs": outputs, "secretOutputNames": secret}

    def _asked(self, name: str) -> dict[str, Any]:
        """The parent's answer, for which the program's own time does not run on."""
        left = signal.setitimer(signal.ITIMER_REAL, 0)[0]
        try:
            self.channel.send("ask", stack=name)
            line = self._line()
        finally:
            if left:
                signal.setitimer(signal.ITIMER_REAL, left)
        answer: dict[str, Any] = json.loads(line) if line else {}
        if answer.get("texts") or answer.get("scalars"):
            self.channel.send("made-up", texts=answer["texts"], scalars=answer["scalars"])
        return answer

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            part = os.read(self.descriptor or 0, _BYTES)
            if not part:
                return b""
            line += part
        return line

    def install(self, reference_class: Any, unknown: Callable[[], Any]) -> None:
        """Patch `StackReference`: an output that is not known is predicted by its name, or unknown."""
        get_output = reference_class.get_output
        get_details: Any = getattr(reference_class, "get_output_details", None)

        def absent(name: str) -> Any:
            value = predicted_output(self.predictor, name) if self.predicted else None
            return unknown() if value is None else value

        def output(reference: Any, name: Any) -> Any:
            found = get_output(reference, name)
            if not isinstance(name, str):
                return found
            return found.apply(lambda value: absent(name) if value is None else value)

        async def output_details(reference: Any, name: str) -> Any:
            details = await get_details(reference, name)
            if details.value is None and details.secret_value is None:
                details.value = predicted_output(self.predictor, name)
                self._tell(details.value)
            return details

        reference_class.get_output = output
        reference_class.require_output = output
        if get_details is not None:
            reference_class.get_output_details = output_details

    def _tell(self, value: Any) -> None:
        """Say that a value is made up: it is given at once, so the faithful pass has it too."""
        items = value if isinstance(value, list) else [value]
        texts = [item for item in items if isinstance(item, str)]
        numbers = [item for item in items if isinstance(item, int)]
        self.channel.send("made-up", texts=texts, scalars=numbers)


def predicted_output(predictor: Predictor, name: str) -> Any:
    """A value for an output of this name, None where the name does not tell what it is."""
    for pattern, make in _OUTPUTS:
        if re.search(pattern, name, re.IGNORECASE):
            return predictor.remember(make(predictor))
    return None


def _identity(prefix: str, digit: str = "7") -> str:
    return prefix + "0" * 9 + digit * 8


_OUTPUTS: list[tuple[str, Callable[[Predictor], Any]]] = [
    (r"vpc_?-?id$", lambda p: _identity("vpc-")),
    (r"subnet\w*_?-?ids$|subnets$", lambda p: [_identity("subnet-", digit) for digit in "789"]),
    (r"subnet\w*_?-?id$", lambda p: _identity("subnet-")),
    (r"(security_?-?group|sg)\w*_?-?ids$", lambda p: [_identity("sg-", digit) for digit in "78"]),
    (r"(security_?-?group|sg)\w*_?-?id$", lambda p: _identity("sg-")),
    (r"zone_?-?id$", lambda p: "Z0PREDICTED0007"),
    (r"account_?-?id$", lambda p: p.account),
    (r"(kms|key)\w*_?-?arn$", lambda p: f"arn:{p.partition}:kms:{p.region}:{p.account}:key/predicted-output"),
    (r"arns$", lambda p: [f"arn:{p.partition}:iam::{p.account}:role/predicted-output"]),
    (r"arn$", lambda p: f"arn:{p.partition}:iam::{p.account}:role/predicted-output"),
    (r"cidr(_?-?block)?$", lambda p: "10.0.0.0/16"),
    (r"(url|uri)$", lambda p: "https://predicted-output.example.com"),
    (r"(endpoint|dns_?-?name|domain(_?-?name)?|host(_?-?name)?)$", lambda p: "predicted-output.example.com"),
    (r"port$", lambda p: 8080),
    (r"name$", lambda p: "predicted-output-name"),
]
