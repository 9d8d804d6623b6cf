"""Which resources hold policy documents, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_pack.model import Value
from policy_pack.model.values import holds_unknown
from policy_pack.rules.iam._documents import STRINGIFIED, Kind
from policy_pack.rules.rule import View

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
# The only documents with conditions that are not in the terms of IAM.
IOT_POLICY = "aws:iot/policy:Policy"

# The documents of which is known what they must have.
KINDS = {
    POLICY: Kind.IDENTITY,
    "aws:iam/rolePolicy:RolePolicy": Kind.IDENTITY,
    "aws:iam/userPolicy:UserPolicy": Kind.IDENTITY,
    "aws:iam/groupPolicy:GroupPolicy": Kind.IDENTITY,
    BUCKET_POLICY: Kind.RESOURCE,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Kind.RESOURCE,
    "aws:kms/key:Key": Kind.RESOURCE,
    "aws:kms/keyPolicy:KeyPolicy": Kind.RESOURCE,
    "aws:secretsmanager/secretPolicy:SecretPolicy": Kind.RESOURCE,
    "aws:sns/topicPolicy:TopicPolicy": Kind.RESOURCE,
    "aws:sqs/queuePolicy:QueuePolicy": Kind.RESOURCE,
}

# Further resources with a document, and the property that holds it.
OTHERS = {
    "aws:apigateway/restApi:RestApi": "policy",
    "aws:apigateway/restApiPolicy:RestApiPolicy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "policy",
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": "policy",
    "aws:ecr/registryPolicy:RegistryPolicy": "policy",
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:elasticsearch/domain:Domain": "accessPolicies",
    "aws:elasticsearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    IOT_POLICY: "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:kms/replicaKey:ReplicaKey": "policy",
    "aws:msk/clusterPolicy:ClusterPolicy": "policy",
    "aws:opensearch/domain:Domain": "accessPolicies",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:s3/accessPoint:AccessPoint": "policy",
    "aws:s3/bucket:Bucket": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
}


@dataclass(frozen=True)
class Attached:
    """A document and where it stands: `key` is its own property, `path` the way to it from the resource.

    `is_settled` says that nothing in it is decided by the deployment or rests on a prediction.
    """

    document: str | dict[str, Value]
    kind: Kind
    key: str
    path: str
    is_settled: bool


def documents(resource: View) -> Iterator[Attached]:
    """The documents of a resource that can be read; a stringified output is another rule's finding."""
    for view, key, kind in _places(resource):
        document = view.foreseen(key)
        if isinstance(document, str | dict) and STRINGIFIED not in str(document):
            path = view.path(key)
            is_settled = not holds_unknown(view.resource.at(path))  # type: ignore[arg-type]
            yield Attached(document, kind, key, path, is_settled)


def _places(resource: View) -> Iterator[tuple[View, str, Kind]]:
    if resource.type == ROLE:
        yield resource, "assumeRolePolicy", Kind.TRUST
        for element in resource.elements("inlinePolicies"):
            yield element, "policy", Kind.IDENTITY
    elif resource.type in KINDS:
        yield resource, "policy", KINDS[resource.type]
    else:
        yield resource, OTHERS[resource.type], Kind.RESOURCE
