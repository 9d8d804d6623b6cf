"""Sessions and clients of boto3, and what AWS's refusals mean."""

from __future__ import annotations

import enum
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore import exceptions
from botocore.config import Config

from policy_pack.refresh.live.asking import AnswerError, Client, CutError

HOME = "us-east-1"
_CONFIG = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard"}, max_pool_connections=1)
ADVICE = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile"

# How a region answers credentials that it has never heard of: the account has not enabled it.
_STRANGER = {"AuthFailure", "InvalidClientTokenId", "OptInRequired", "UnrecognizedClientException"}
# Only HEAD, whose answers have no body, is refused by a bare number.
_DENIED = {"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
# How AWS says that a policy forbids it, which more permissions would not change: a guardrail of the account.
_FORBIDDEN = re.compile(
    r"explicit deny in (?P<explicit>an? (?:[A-Za-z-]+ ){1,2}(?:policy|boundary))\b"
    r"|because no (?P<implicit>(?:service|resource) control policy) allows\b"
)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}


class CredentialsError(Exception):
    """There are no credentials, or none that can be read; says how to give some."""


class Kind(enum.Enum):
    """What kept a region from answering."""

    STRANGER = "stranger"
    DENIED = "denied"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    CUT = "cut"
    BROKEN = "broken"


@dataclass(frozen=True)
class Failure:
    """Why a region did not answer, in words that name no account."""

    kind: Kind
    reason: str


class Aws:
    """One session for all clients, which any thread may ask for: boto3 itself makes one at a time.

    Without a `region`, it is the one that boto3 finds, which does not look at AWS_REGION. `config` has the
    time limits and retries of the clients.
    """

    def __init__(
        self, profile: str | None = None, region: str | None = None, config: Config = _CONFIG
    ) -> None:
        self._config = config
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region or None)
            credentials = self._session.get_credentials()
            if credentials is None:
                raise CredentialsError(f"no AWS credentials: {ADVICE}")
            # Those of a role or of single sign-on are fetched only now.
            credentials.get_frozen_credentials()
        except exceptions.ProfileNotFound as error:
            raise CredentialsError(f"{_line(error)}: {ADVICE}") from error
        except exceptions.ClientError as error:
            reason = f"AWS answered {_code(error)}"
            raise CredentialsError(f"AWS credentials cannot be used ({reason}): {ADVICE}") from error
        except exceptions.BotoCoreError as error:
            raise CredentialsError(f"AWS credentials cannot be used ({_line(error)}): {ADVICE}") from error
        self._lock = threading.Lock()

    @property
    def region(self) -> str | None:
        """The region that the environment or the profile names."""
        region: str | None = self._session.region_name
        return region

    def client(self, service: str, region: str) -> Client:
        """A client for one region; whoever asks drops it after use."""
        with self._lock:
            client = self._session.client(service, region_name=region, config=self._config)
        client.meta.events.register_first("before-parse", _check_length)
        return client

    def offers(self, service: str, region: str, partition: str) -> bool:
        """Whether botocore knows an endpoint of the service in the region; its lists may be old."""
        return region in self._session.get_available_regions(service, partition_name=partition)


def failure(error: Exception, actions: Sequence[str]) -> Failure:
    """What an error means for the region that was asked."""
    if isinstance(error, exceptions.ClientError):
        return _refusal(error, actions)
    if isinstance(error, (CutError, exceptions.ConnectionClosedError)):
        return Failure(Kind.CUT, "the connection was lost in the middle of an answer")
    if isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError)):
        return Failure(Kind.UNREACHABLE, "it cannot be reached")
    if isinstance(error, (exceptions.BotoCoreError, AnswerError)):
        return Failure(Kind.BROKEN, _line(error))
    # An answer of a form that botocore does not expect breaks its parser in any way.
    return Failure(Kind.BROKEN, f"the answer cannot be read ({type(error).__name__}: {_line(error)})")


def _refusal(error: exceptions.ClientError, actions: Sequence[str]) -> Failure:
    code = _code(error)
    if code in _STRANGER:
        return Failure(Kind.STRANGER, f"it does not know the account ({code}); the region may not be enabled")
    forbidden = _FORBIDDEN.search(str(error.response.get("Error", {}).get("Message")))
    if code in _DENIED and forbidden:
        policy = forbidden["explicit"] or f"a {forbidden['implicit']}"
        return Failure(Kind.FORBIDDEN, f"{policy} denies {', '.join(actions)} ({code})")
    if code in _DENIED:
        return Failure(Kind.DENIED, f"not allowed ({code}); it takes {', '.join(actions)}")
    if code in _EXPIRED:
        return Failure(Kind.BROKEN, f"the credentials have expired ({code})")
    return Failure(Kind.BROKEN, f"AWS answered {code}")


def _code(error: exceptions.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code") or "an error without a code")


def _check_length(response_dict: dict[str, Any], operation_model: Any, **_: object) -> None:
    """Botocore takes what has come for the whole, and of broken JSON it makes an answer without members."""
    if operation_model.http["method"] == "HEAD":
        return
    headers = response_dict["headers"]
    length = headers.get("Content-Length")
    if length and not headers.get("Content-Encoding") and len(response_dict["body"]) < int(length):
        raise CutError


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
