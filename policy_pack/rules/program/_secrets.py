"""Which names are those of secrets, and which values certainly are no secret ones."""

from __future__ import annotations

import ast
import re

from policy_pack.source.kinds import PlainKind
from policy_pack.source.view import SourceView

_SECRET = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|secret_string|secret_key|secret_access_key|api_key|apikey"
    r"|auth_token|access_token|private_key|client_secret|webhook_token)$"
)
_HARMLESS = re.compile(
    r"^(?:|true|false|none|changeme-in-config|\$\{.*\}|\{\{.*\}\}|arn:.*|aws/.*|alias/.*)$", re.IGNORECASE
)
READERS = {"get": "get_secret", "require": "require_secret", "get_object": "get_secret_object",
           "require_object": "require_secret_object"}  # fmt: skip


def is_secret_name(name: str) -> bool:
    """Whether a setting, argument or export of a name holds a secret: `dbPassword`, `master_password`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.rpartition(":")[2]).replace("-", "_").lower()
    return bool(_SECRET.search(snake))


def literal_secret(node: ast.expr, source: SourceView) -> bool:
    """Whether an expression certainly is a text that is written in the program."""
    kinds = source.kinds(node)
    texts = [kind.value for kind in kinds if isinstance(kind, PlainKind) and isinstance(kind.value, str)]
    return len(texts) == len(kinds) == 1 and not _HARMLESS.match(texts[0])


def plain_reading(node: ast.expr, source: SourceView) -> str | None:
    """The key of a secret setting that an expression reads in plain, None for anything else."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr not in READERS or not source.is_config(node.func.value) or not node.args:
        return None
    key = node.args[0]
    written = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
    return written if written is not None and is_secret_name(written) else None
