"""Buckets, functions, queues and topics."""

from __future__ import annotations

from collections.abc import Mapping

from policy_pack.refresh.live.asking import Client
from policy_pack.verify.probes import Expected, Probe, Seen, not_ready, stated
from policy_pack.verify.subjects import Kind, Subject


def _bucket(client: Client, subject: Subject, expected: Expected) -> Seen:
    client.head_bucket(Bucket=subject.name)
    return Seen()


def _function(client: Client, subject: Subject, expected: Expected) -> Seen:
    function = client.get_function_configuration(FunctionName=subject.name)
    # An inactive one has slept, and wakes when it is called.
    state = function.get("State", "Active")
    troubles = [*stated(subject, state, "Active", "Inactive", note=function.get("StateReason"))]
    update = function.get("LastUpdateStatus", "Successful")
    if update != "Successful":
        reason = function.get("LastUpdateStatusReason")
        troubles.append(not_ready(f"the last update of {subject}", update, "Successful", reason))
    return Seen(state, tuple(troubles))


def _queue(client: Client, subject: Subject, expected: Expected) -> Seen:
    client.get_queue_url(QueueName=subject.name)
    return Seen()


def _topic(client: Client, subject: Subject, expected: Expected) -> Seen:
    client.get_topic_attributes(TopicArn=subject.name)
    return Seen()


PROBES: Mapping[Kind, Probe] = {
    # The answer to HEAD has no body, so its status is all that it says.
    Kind.BUCKET: Probe("s3", ("s3:ListBucket",), _bucket, frozenset({"404", "NoSuchBucket"})),
    Kind.FUNCTION: Probe(
        "lambda", ("lambda:GetFunctionConfiguration",), _function, frozenset({"ResourceNotFoundException"})
    ),
    Kind.QUEUE: Probe(
        "sqs",
        ("sqs:GetQueueUrl",),
        _queue,
        frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}),
    ),
    Kind.TOPIC: Probe("sns", ("sns:GetTopicAttributes",), _topic, frozenset({"NotFound"})),
}
