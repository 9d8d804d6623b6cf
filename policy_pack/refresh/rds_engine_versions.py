"""Builds `versions/rds.json` from cfn-lint's lists and the version constants of aws-cdk-lib."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policy_pack.catalog.versions import EngineVersion
from policy_pack.refresh import aws_cdk, cfn_lint
from policy_pack.refresh.packages import AWS_CDK_LIB, CFN_LINT, RefreshError
from policy_pack.refresh.writing import Document

# One class of constants serves all editions of Oracle and of SQL Server.
_ENGINES = {
    "AuroraMysqlEngineVersion": "aurora-mysql",
    "AuroraPostgresEngineVersion": "aurora-postgresql",
    "MariaDbEngineVersion": "mariadb",
    "MysqlEngineVersion": "mysql",
    "OracleEngineVersion": "oracle-*",
    "PostgresEngineVersion": "postgres",
    "SqlServerEngineVersion": "sqlserver-*",
}
_ASSIGNMENT = re.compile(r'static (VER_\w+)=(\w+)\.(?:of|builtIn_(\d)_(\d))\("([^"]+)"(,!1)?')
_DECLARATION = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\s*static readonly (VER_\w+): (\w+);", re.DOTALL)
_KINDS = ("cluster", "instance")


@dataclass(frozen=True)
class Sources:
    """What is read: cfn-lint's schemas of listed and of deprecated versions, aws-cdk-lib's engine classes.

    `code` is JavaScript and has the versions, `declarations` is TypeScript and has the marks.
    """

    listed: tuple[bytes, ...]
    deprecated: tuple[bytes, ...]
    code: str
    declarations: str


def fetch() -> Sources:
    """Read both packages."""
    files = [f"aws-rds/lib/{kind}-engine" for kind in _KINDS]
    return Sources(
        listed=tuple(cfn_lint.extension(f"aws_rds_db{kind}/engine_version") for kind in _KINDS),
        deprecated=tuple(
            cfn_lint.extension(f"aws_rds_db{kind}/engine_version_deprecated") for kind in _KINDS
        ),
        code="".join(aws_cdk.members(AWS_CDK_LIB, *(f"{file}.js" for file in files))),
        declarations="".join(aws_cdk.members(AWS_CDK_LIB, *(f"{file}.d.ts" for file in files))),
    )


def shape(sources: Sources) -> Document:
    """Put side by side what each source says of each version, leaving out bare majors."""
    records: dict[str, dict[str, str]] = defaultdict(dict)
    for source, claims in (("cfn-lint", _cfn_lint(sources)), ("aws-cdk-lib", _aws_cdk(sources))):
        for (engine, version), claim in claims.items():
            if EngineVersion(version).major(engine).text != version:
                records[f"{engine} {version}"][source] = claim
    return Document(
        about="Versions of RDS and Aurora engines, and what each source says of them",
        source=f"{CFN_LINT}, {AWS_CDK_LIB}",
        fetched=min(CFN_LINT.date, AWS_CDK_LIB.date),
        command="python -m policy_pack.refresh versions/rds",
        scope="us-east-1 only",
        records=records,
        max_age_days=60,
    )


def _cfn_lint(sources: Sources) -> dict[tuple[str, str], str]:
    listed = {pair for schema in sources.listed for pair in _pairs(json.loads(schema))}
    deprecated = {pair for schema in sources.deprecated for pair in _pairs(json.loads(schema))}
    judged = {engine for engine, _ in deprecated}
    return {
        pair: "withdrawn" if pair in deprecated else "available" if pair[0] in judged else "listed"
        for pair in listed | deprecated
    }


def _pairs(schema: Any) -> Iterator[tuple[str, str]]:
    """Engine and version of every condition: the list stands after `then`, or before a `then: false`."""
    for condition in schema["allOf"]:
        engine = condition["if"]["properties"]["Engine"].get("const")
        for branch in (condition["if"], condition["then"]):
            for version in branch["properties"].get("EngineVersion", {}).get("enum", ()) if branch else ():
                yield engine, version


def _aws_cdk(sources: Sources) -> dict[tuple[str, str], str]:
    """A constant that is marked deprecated is withdrawn; without a mark it is merely listed."""
    versions = {(owner, name): version for owner, name, version in _constants(sources.code)}
    claims = {}
    for comment, name, owner in _DECLARATION.findall(sources.declarations):
        if owner in _ENGINES:
            if (owner, name) not in versions:
                raise RefreshError(f"aws-cdk-lib declares {owner}.{name}, and its code has no such version")
            claim = "withdrawn" if "@deprecated" in comment else "listed"
            claims[_ENGINES[owner], versions[owner, name]] = claim
    if {engine for engine, _ in claims} != set(_ENGINES.values()):
        raise RefreshError("aws-cdk-lib lacks the version constants of some engine")
    return claims


def _constants(code: str) -> Iterator[tuple[str, str, str]]:
    for name, owner, first, second, version, bare in _ASSIGNMENT.findall(code):
        prefix = f"{first}.{second}." + ("" if bare else "mysql_aurora.") if first else ""
        # One constant spells `RDS` in capitals; AWS has no capitals in versions.
        yield owner, name, f"{prefix}{version}".lower()
