"""References to other stacks: the parent process is asked, and what it does not know is predicted."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from typing import Any, Callable

from .predictions import Predictor
from .records import Channel
from .structs import open_secret, texts

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
        # For how many seconds answers have been waited for.
        self.waited = 0.0

    def properties(self, name: str) -> dict[str, Any]:
        """What the engine answers to a reference; what outputs there are is unknown unless all are."""
        if name not in self.known:
            self.known[name] = self._asked(name) if self.descriptor is not None else {}
        answer = self.known[name]
        self.predictor.made_up.update(answer.get("texts", ()))
        if not answer.get("complete"):
            return {"name": name}
        outputs = answer["outputs"]
        secret = [key for key, value in outputs.items() if opened(value)[1]]
        return {"name": name, "outputs": outputs, "secretOutputNames": secret}

    def value(self, stack: str, name: str) -> tuple[Any, bool]:
        """An output and whether it is secret; None where it is neither known nor to be predicted."""
        outputs = self.known.get(stack, {}).get("outputs", {})
        if name in outputs:
            return opened(outputs[name])
        return predicted_output(self.predictor, name), False

    def resolved(self, stack: str, name: str) -> tuple[Any, bool]:
        """The same as an output: the faithful pass has what is known only."""
        is_known = self.predicted or name in self.known.get(stack, {}).get("outputs", {})
        return self.value(stack, name) if is_known else (None, False)

    def _asked(self, name: str) -> dict[str, Any]:
        """The parent's answer, for which the program's own time does not run on."""
        left = signal.setitimer(signal.ITIMER_REAL, 0)[0]
        start = time.monotonic()
        try:
            self.channel.send("ask", stack=name)
            line = self._line()
        finally:
            self.waited += time.monotonic() - start
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

    def install(self, module: Any, unknown: Callable[[], Any]) -> None:
        """Patch `StackReference`: an output that is not known is predicted by its name, or unknown."""
        reference_class, get_output = module.StackReference, module.StackReference.get_output

        def resolved(stack: str, name: str) -> Any:
            value, secret = self.resolved(stack, name)
            if value is None:
                return unknown()
            return module.Output.secret(value) if secret else value

        def output(reference: Any, name: Any) -> Any:
            if not isinstance(name, str):
                return get_output(reference, name)
            return reference.name.apply(lambda stack: resolved(stack, name))

        async def output_details(reference: Any, name: str) -> Any:
            value, secret = self.value(await reference.name.future(), name)
            self.tell(value)
            given = {"secret_value": value} if secret else {"value": value}
            return module.StackReferenceOutputDetails(**given)

        reference_class.get_output = output
        reference_class.require_output = output
        if hasattr(reference_class, "get_output_details"):
            reference_class.get_output_details = output_details

    def tell(self, value: Any) -> None:
        """Say what is made up of a value that is given at once, so that the faithful pass has it too."""
        made_up = [text for text in texts(value) if text in self.predictor.made_up]
        if made_up:
            self.channel.send("made-up", texts=made_up, scalars=[])


def opened(value: Any) -> tuple[Any, bool]:
    """A value without its secret markers, and whether there were any."""
    plain = open_secret(value)
    if isinstance(plain, dict):
        members = {key: opened(item) for key, item in plain.items()}
        inner = any(secret for _, secret in members.values())
        return {key: item for key, (item, _) in members.items()}, inner or plain is not value
    if isinstance(plain, list):
        items = [opened(item) for item in plain]
        return [item for item, _ in items], any(secret for _, secret in items) or plain is not value
    return plain, plain is not value


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
