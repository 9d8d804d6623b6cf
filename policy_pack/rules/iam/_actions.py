"""The actions in policies: which of them no service has."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from policy_pack.catalog.store import Catalogs
from policy_pack.model import Evidence

# In policies that AWS writes or documents itself, and in no list of actions.
_ACCEPTED = frozenset({"logs:putlogeventsbatch", "sns:receive"})
# Operations of the API that another action stands for, whose name is not alike.
_MEANT = {
    "bedrock:converse": "InvokeModel",
    "bedrock:conversestream": "InvokeModelWithResponseStream",
    "s3:createmultipartupload": "PutObject",
    "s3:copyobject": "PutObject",
    "s3:deletebucketencryption": "PutEncryptionConfiguration",
    "s3:getbucketencryption": "GetEncryptionConfiguration",
    "s3:getbucketlifecycleconfiguration": "GetLifecycleConfiguration",
    "s3:headbucket": "ListBucket",
    "s3:listbuckets": "ListAllMyBuckets",
    "s3:listobjects": "ListBucket",
    "s3:listobjectsv2": "ListBucket",
    "s3:putbucketencryption": "PutEncryptionConfiguration",
    "s3:putbucketlifecycleconfiguration": "PutLifecycleConfiguration",
    "s3:uploadpart": "PutObject",
}


@dataclass(frozen=True)
class Wrong:
    """What is wrong with an action, what to write instead, and the list that says so, where one is needed."""

    says: str
    instead: str
    evidence: tuple[Evidence, ...] = ()


def wrong(action: str, catalogs: Catalogs) -> Wrong | None:
    """What is wrong with an action as a policy names it; None when nothing is, or it cannot be told."""
    prefix, colon, name = action.partition(":")
    if not colon and "*" not in action:
        return Wrong(
            f"the action `{action}` names no service", "put the service before it, as in `s3:GetObject`"
        )
    if not colon or {"*", "?"} & {*prefix} or action.lower() in _ACCEPTED:
        return None
    service = catalogs.iam_actions(prefix)
    if service is None:
        return _no_service(prefix, name, catalogs)
    if service.matching(name):
        return None
    closest = _MEANT.get(action.lower()) or service.closest(name.replace("*", ""))
    like = " like" if {"*", "?"} & {*name} else ""
    instead = f"use `{prefix}:{closest}`" if closest else f"look it up among the actions of `{prefix}`"
    return Wrong(f"`{prefix}` has no action{like} `{name}`", instead, (service.evidence(name),))


def _no_service(prefix: str, name: str, catalogs: Catalogs) -> Wrong:
    """What to say of a prefix that no list has; one that is alike is meant only if it has the action."""
    near = get_close_matches(prefix.lower(), sorted(catalogs.iam_prefixes), n=1, cutoff=0.7)
    meant = catalogs.iam_actions(near[0]) if near else None
    listed = meant or catalogs.iam_actions("iam")
    is_meant = meant is not None and meant.matching(name)
    return Wrong(
        f"no service has the prefix `{prefix}` of the action `{prefix}:{name}`",
        f"use `{near[0]}:{name}`" if is_meant else "look up the prefix of the service's actions",
        (listed.evidence(),) if listed else (),
    )
