"""What is made of the packages' files, on extracts of them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

import pytest

from policy_pack.refresh import (
    aws_cdk,
    emr_releases,
    fargate_sizes,
    iam_actions,
    iam_condition_keys,
    instance_classes,
    lambda_runtimes,
    life_cycles,
    managed_policies,
    packages,
    rds_engine_versions,
    regions,
    resource_types,
    service_versions,
    services,
    sql_reserved_words,
    zones,
)
from policy_pack.refresh.packages import RefreshError
from policy_pack.refresh.rds_engine_versions import Sources

LISTED = {
    "allOf": [
        {
            "if": {"properties": {"Engine": {"type": "string"}}},
            "then": {"properties": {"Engine": {"enum": ["mysql"]}}},
        },
        {
            "if": {
                "properties": {"Engine": {"const": "aurora-postgresql"}, "EngineVersion": {"type": "string"}}
            },
            "then": {"properties": {"EngineVersion": {"enum": ["15", "15.2", "15.3", "15.10", "18"]}}},
        },
        {
            "if": {"properties": {"Engine": {"const": "mariadb"}}},
            "then": {"properties": {"EngineVersion": {"enum": ["10.4.13", "11.4.3"]}}},
        },
    ]
}
DEPRECATED = {
    "allOf": [
        {
            "if": {
                "properties": {
                    "Engine": {"const": "aurora-postgresql"},
                    "EngineVersion": {"enum": ["15", "15.1", "15.2", "15.3"], "type": ["string", "number"]},
                }
            },
            "then": False,
        }
    ]
}
CODE = (
    'class AuroraMysqlEngineVersion{static VER_5_7_12=AuroraMysqlEngineVersion.builtIn_5_7("12",!1);'
    'static VER_2_02_3=AuroraMysqlEngineVersion.builtIn_5_7("2.02.3");'
    'static VER_3_04_0=AuroraMysqlEngineVersion.builtIn_8_0("3.04.0",{combine:!1});static of(a,b){}}'
    'static VER_15=AuroraPostgresEngineVersion.of("15","15",{s3Import:!0});'
    'static VER_15_3=AuroraPostgresEngineVersion.of("15.3","15",{s3Import:!0});'
    'static VER_15_10=AuroraPostgresEngineVersion.of("15.10","15");'
    'static VER_10_4_13=MariaDbEngineVersion.of("10.4.13","10.4");'
    'static VER_8_4_3=MysqlEngineVersion.of("8.4.3","8.4");'
    'static VER_11_22_RDS_1=PostgresEngineVersion.of("11.22-RDS.1","11");'
    'static VER_19_1=OracleEngineVersion.of("19.0.0.0.ru-1","19");'
    'static VER_15_00_1_V1=SqlServerEngineVersion.of("15.00.1.v1","15.00");'
    'static VER_1=AuroraEngineVersion.builtIn_5_6("1.17.9");'
)
DECLARATIONS = """
export declare class AuroraMysqlEngineVersion {
    /**
     * Version "5.7.12".
     * @deprecated Version 5.7.12 is no longer supported by Amazon RDS.
     */
    static readonly VER_5_7_12: AuroraMysqlEngineVersion;
    /** Version "5.7.mysql_aurora.2.02.3". */
    static readonly VER_2_02_3: AuroraMysqlEngineVersion;
    /** Version "8.0.mysql_aurora.3.04.0". */
    static readonly VER_3_04_0: AuroraMysqlEngineVersion;
    /** Version "15". */
    static readonly VER_15: AuroraPostgresEngineVersion;
    /**
     * Version "15.3"
     * @deprecated Version 15.3 is no longer supported by Amazon RDS.
     */
    static readonly VER_15_3: AuroraPostgresEngineVersion;
    /** Version "15.10". */
    static readonly VER_15_10: AuroraPostgresEngineVersion;
    /**
     * Version "10.4.13".
     * @deprecated MariaDB 10.4.13 is no longer supported by Amazon RDS.
     */
    static readonly VER_10_4_13: MariaDbEngineVersion;
    /** Version "8.4.3". */
    static readonly VER_8_4_3: MysqlEngineVersion;
    /** Version "11.22-rds.1". */
    static readonly VER_11_22_RDS_1: PostgresEngineVersion;
    /** Version "19.0.0.0.ru-1". */
    static readonly VER_19_1: OracleEngineVersion;
    /** Version "15.00.1.v1". */
    static readonly VER_15_00_1_V1: SqlServerEngineVersion;
    /** Version "5.6.mysql_aurora.1.17.9". */
    static readonly VER_1: AuroraEngineVersion;
}
"""
SOURCES = Sources((json.dumps(LISTED).encode(),), (json.dumps(DEPRECATED).encode(),), CODE, DECLARATIONS)


def test_engine_versions_keep_what_each_source_says() -> None:
    assert rds_engine_versions.shape(SOURCES).records == {
        "aurora-mysql 5.7.12": {"aws-cdk-lib": "withdrawn"},
        "aurora-mysql 5.7.mysql_aurora.2.02.3": {"aws-cdk-lib": "listed"},
        "aurora-mysql 8.0.mysql_aurora.3.04.0": {"aws-cdk-lib": "listed"},
        "aurora-postgresql 15.1": {"cfn-lint": "withdrawn"},
        "aurora-postgresql 15.10": {"cfn-lint": "available", "aws-cdk-lib": "listed"},
        "aurora-postgresql 15.2": {"cfn-lint": "withdrawn"},
        "aurora-postgresql 15.3": {"cfn-lint": "withdrawn", "aws-cdk-lib": "withdrawn"},
        "mariadb 10.4.13": {"cfn-lint": "listed", "aws-cdk-lib": "withdrawn"},
        "mariadb 11.4.3": {"cfn-lint": "listed"},
        "mysql 8.4.3": {"aws-cdk-lib": "listed"},
        "oracle-* 19.0.0.0.ru-1": {"aws-cdk-lib": "listed"},
        "postgres 11.22-rds.1": {"aws-cdk-lib": "listed"},
        "sqlserver-* 15.00.1.v1": {"aws-cdk-lib": "listed"},
    }


def test_engine_versions_are_as_old_as_their_oldest_source() -> None:
    assert rds_engine_versions.shape(SOURCES).fetched == "2026-10-20"


def test_constants_that_are_gone_fail_loudly() -> None:
    declarations = DECLARATIONS.replace("MariaDbEngineVersion", "MariaEngineVersion")
    with pytest.raises(RefreshError, match="some engine"):
        rds_engine_versions.shape(Sources(SOURCES.listed, SOURCES.deprecated, CODE, declarations))


def test_a_declared_constant_without_a_version_fails_loudly() -> None:
    code = CODE.replace("VER_8_4_3", "VER_8_4_4")
    with pytest.raises(RefreshError, match="VER_8_4_3"):
        rds_engine_versions.shape(Sources(SOURCES.listed, SOURCES.deprecated, code, DECLARATIONS))


def test_engine_classes_are_read_from_the_archive_in_memory() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for kind in ("cluster", "instance"):
            member = tarfile.TarInfo(f"package/aws-rds/lib/{kind}-engine.js")
            member.size = len(kind)
            archive.addfile(member, io.BytesIO(kind.encode()))
    names = ("aws-rds/lib/cluster-engine.js", "aws-rds/lib/instance-engine.js")
    texts = aws_cdk._members(packages.AWS_CDK_LIB, packed.getvalue(), names)
    assert list(texts) == ["cluster", "instance"]
    with pytest.raises(RefreshError, match=r"engine\.d\.ts"):
        list(aws_cdk._members(packages.AWS_CDK_LIB, packed.getvalue(), ("aws-rds/lib/cluster-engine.d.ts",)))


def test_regions_leave_out_pseudo_regions() -> None:
    extract = {
        "partitions": [
            {
                "id": "aws",
                "outputs": {"dnsSuffix": "amazonaws.com", "dualStackDnsSuffix": "api.aws"},
                "regionRegex": "^(us|eu)\\-\\w+\\-\\d+$",
                "regions": {
                    "aws-global": {"description": "aws global region"},
                    "eu-west-1": {"description": "Europe (Ireland)"},
                },
            }
        ]
    }
    assert regions.shape(json.dumps(extract).encode()).records == {
        "aws": {
            "dns_suffix": "amazonaws.com",
            "regex": "^(us|eu)\\-\\w+\\-\\d+$",
            "regions": {"eu-west-1": "Europe (Ireland)"},
        }
    }


def test_fargate_sizes_are_ranges_or_single_sizes() -> None:
    def tier(cpu: str, memory: dict[str, object]) -> dict[str, object]:
        return {"properties": {"Cpu": {"then": {"enum": [cpu]}}, "Memory": {"then": memory}}}

    tiers = [
        tier("256", {"enum": [512, 1024]}),
        tier("8192", {"maximum": 61440, "minimum": 16384, "multipleOf": 4096}),
    ]
    assert fargate_sizes.shape(json.dumps({"then": {"anyOf": tiers}}).encode()).records == {
        "256": [
            {"lowest": 512, "highest": 512, "step": 512},
            {"lowest": 1024, "highest": 1024, "step": 1024},
        ],
        "8192": [{"lowest": 16384, "highest": 61440, "step": 4096}],
    }


MYSQL = '''
mysql_reserved_keywords = """ALL
SELECT
"""
mysql_unreserved_keywords = """ADMIN
"""
'''
POSTGRES = """
def merge(*lists):
    raise SystemError

postgres_docs_keywords = [
    ("A", "not-keyword"),
    ("ADMIN", "non-reserved"),
    ("ALL", "reserved"),
    ("LEFT", "reserved-(can-be-function-or-type)"),
    ("USER", "non-reserved"),
]
postgres_keywords = merge(postgres_docs_keywords)
"""
TSQL = """
RESERVED_KEYWORDS = ["ALL", "WITHIN GROUP"]
UNRESERVED_KEYWORDS = ["ADMIN"]
"""


def test_reserved_words_are_turned_around() -> None:
    words = sql_reserved_words.shape({"tsql": TSQL, "mysql": MYSQL, "postgres": POSTGRES})
    assert words.records == {
        "ALL": ["mysql", "postgres", "tsql"],
        "LEFT": ["postgres"],
        "SELECT": ["mysql"],
        "TABLE": ["postgres"],
        "USER": ["postgres"],
    }


def test_a_keyword_list_that_is_gone_fails_loudly() -> None:
    with pytest.raises(RefreshError, match="mysql_reserved_keywords"):
        sql_reserved_words.shape({"mysql": "words = []"})


def test_versions_of_elasticache_are_listed_by_engine() -> None:
    schema = {
        "allOf": [
            {
                "if": {"properties": {"Engine": {"type": "string"}}},
                "then": {"properties": {"Engine": {"enum": ["redis"]}}},
            },
            {
                "if": {"properties": {"Engine": {"const": "redis"}}},
                "then": {"properties": {"EngineVersion": {"enum": ["6.2", "7.1"]}}},
            },
        ]
    }
    # The first condition is about engines: it has no version, and no engine to list one under.
    schema["allOf"][0]["if"]["properties"]["Engine"]["const"] = "any"  # type: ignore[index]
    assert service_versions.elasticache(json.dumps(schema).encode()) == {
        "redis 6.2": "listed",
        "redis 7.1": "listed",
    }


def test_versions_of_documentdb_leave_out_what_stands_for_another() -> None:
    schema = {"properties": {"EngineVersion": {"enum": ["3.6.0", "4.0", "4.0.0"]}}}
    assert set(service_versions.docdb(json.dumps(schema).encode())) == {"docdb 3.6.0", "docdb 4.0.0"}


def test_release_labels_of_emr_fall_into_engine_and_version_with_the_regions_that_differ() -> None:
    labels = {
        "eu-west-1": ["emr-6.0.0-beta2", "emr-7.9.0", "emr-7.8.0"],
        "us-east-1": ["emr-spark-8.0.0", "emr-7.9.0", "emr-7.8.0"],
        "us-west-2": ["emr-7.9.0"],
    }
    made = emr_releases.shape({it: gzip.compress(json.dumps(labels[it]).encode()) for it in labels})
    assert all(said == {"moto": "listed"} for said in made.records.values())
    assert sorted(made.records) == ["emr 6.0.0-beta2", "emr 7.8.0", "emr 7.9.0", "emr-spark 8.0.0"]
    assert made.places == {
        "emr 6.0.0-beta2": "eu-west-1",
        "emr 7.8.0": "all but us-west-2",
        "emr-spark 8.0.0": "us-east-1",
    }
    assert set(made.regions) == set(labels)


def test_the_version_of_redshift_is_found_in_the_text_or_missed_loudly() -> None:
    def model(text: str) -> bytes:
        members = {"ClusterVersion": {"documentation": text}}
        return gzip.compress(json.dumps({"shapes": {"CreateClusterMessage": {"members": members}}}).encode())

    assert service_versions.redshift(model("Only version 1.0 is currently available.")) == {
        "redshift 1.0": "available"
    }
    with pytest.raises(RefreshError, match="Redshift"):
        service_versions.redshift(model("Any version."))


def test_marked_constants_are_withdrawn_and_unmarked_ones_listed() -> None:
    declarations = (
        "/** Version 1.14\n * @deprecated Use newer version */\n static readonly V1_14: KubernetesVersion;\n"
        "/** Version 1.36 */\n static readonly V1_36: KubernetesVersion;\n"
        "/** Other */\n static readonly V2: Other;"
    )
    code = 'V1_14=KubernetesVersion.of("1.14");V1_36 = new KubernetesVersion(\'1.36\');V2=Other.of("2")'
    shape = service_versions.marked("KubernetesVersion", lambda each: f"kubernetes {each.value}")
    assert shape([code, declarations]) == {"kubernetes 1.14": "withdrawn", "kubernetes 1.36": "listed"}
    with pytest.raises(RefreshError, match="V1_36"):
        shape([code.replace("V1_36", "V1_37"), declarations])


def test_the_versions_of_glue_are_members_of_an_enumeration() -> None:
    code = '(function(GlueVersion2){GlueVersion2.V0_9="0.9",GlueVersion2.V1_0="1.0"})(a||={});X={"y":"z"}'
    assert service_versions.glue(code) == {"glue 0.9": "listed", "glue 1.0": "listed"}
    with pytest.raises(RefreshError, match="Glue"):
        service_versions.glue("")


def test_a_service_without_a_source_says_so() -> None:
    document = service_versions.live_only("mq", "MQ engines")
    assert (dict(document.records), document.scope[:9]) == ({}, "live only")


def test_lambda_runtimes_join_dates_and_names() -> None:
    dates = {"dotnet9": {"create-block": None, "deprecated": "2026-11-10", "successor": "dotnet10"}}
    model = {"shapes": {"Runtime": {"enum": ["python3.15"]}}}
    sources = lambda_runtimes.Sources(json.dumps(dates).encode(), gzip.compress(json.dumps(model).encode()))
    none = {"create_block": None, "deprecated": None, "successor": None, "update_block": None}
    assert lambda_runtimes.shape(sources).records == {
        "dotnet9": {**none, "deprecated": "2026-11-10", "successor": "dotnet10", "in_api": False},
        "python3.15": {**none, "in_api": True},
    }


def test_instance_classes_of_all_sources_are_brought_together() -> None:
    prices = {"a-1": {"enum": ["m1.x", "mq.m7g.2xl"]}, "b-1": {"enum": ["m1.x"]}, "all": {"enum": []}}
    answer = gzip.compress(json.dumps([{"InstanceType": "m2.x", "Location": "b-1"}]).encode())
    sources = instance_classes.Sources(
        {"": json.dumps({**prices, "description": "text"}).encode()}, ("m3.x",), {"b-1": answer}
    )
    document = instance_classes.shape(instance_classes.SERVICES[0], sources)
    assert document.regions == dict.fromkeys(["a-1", "b-1"], packages.CFN_LINT.date)
    assert document.records == {
        "m1.x": [{"regions": "all"}],
        "m2.x": [{"regions": "b-1"}],
        "m3.x": [],
        "mq.m7g.2xlarge": [{"regions": "a-1"}],
    }


def test_instance_classes_of_rds_differ_by_engine() -> None:
    def condition(engine: str, *names: str) -> dict[str, object]:
        then = {"properties": {"DBInstanceClass": {"enum": [*names]}}}
        return {"if": {"properties": {"Engine": {"const": engine}}}, "then": then}

    every = {"if": {"properties": {"Engine": {"type": "string"}}}, "then": {"properties": {}}}
    prices = {
        "a-1": {"allOf": [every, condition("mysql", "db.m1.x"), condition("mysql", "db.m2.x")]},
        "b-1": {"allOf": [condition("mysql", "db.m1.x"), condition("oracle-ee", "db.m1.x")]},
    }
    document = instance_classes.shape(
        instance_classes.SERVICES[0], instance_classes.Sources({"": json.dumps(prices).encode()})
    )
    assert document.records["db.m1.x"] == [
        {"regions": "all", "kinds": ["mysql"]},
        {"regions": "b-1", "kinds": ["oracle-ee"]},
    ]


def test_a_region_lacks_a_service_when_both_lists_say_so() -> None:
    endpoints = {
        "partitions": [
            {
                "regions": {"a-1": {}, "b-1": {}, "c-1": {}},
                "services": {
                    "one.api": {"endpoints": {"a-1": {}, "aws-global": {}}},
                    "two": {"endpoints": {"b-1": {}, "c-1": {}}},
                    "all": {"endpoints": {"aws-global": {}}, "isRegionalized": False},
                },
            }
        ]
    }
    published = {
        "a-1": {"services": {"one": {}, "all": {}, "three": {}}},
        "b-1": {"services": {"one": {}}},
        "c-1": {},
        "d-1": {"services": {"one": {}}},
    }
    tree = {"aws": {"service": {"global-infrastructure": {"regions": published}}}}
    sources = services.Sources(
        json.dumps(endpoints).encode(),
        gzip.compress(json.dumps(tree).encode()),
        {"one": "one.api", "two": "two", "three": "three", "all": "all"},
    )
    document = services.shape(sources)
    assert list(document.regions) == ["a-1", "b-1", "c-1"]
    assert document.records == {"one": [{"regions": "all but c-1"}], "all": [{"regions": "all"}]}


def test_regions_that_copy_the_first_are_no_source_of_resource_types() -> None:
    types = {
        "us-east-1": {"A::B::C", "A::B::D"},
        "us-iso-east-1": {"A::B::C", "A::B::D"},
        "eu-west-1": {"A::B::C"},
    }
    document = resource_types.shape(types)
    assert list(document.regions) == ["eu-west-1", "us-east-1"]
    assert document.records == {"A::B::C": [{"regions": "all"}], "A::B::D": [{"regions": "us-east-1"}]}
    copies = {region: {"A::B::C"} for region in ("us-east-1", "eu-west-1", "eu-west-2")}
    with pytest.raises(RefreshError, match="most regions"):
        resource_types.shape(copies)


def test_zones_stand_in_their_region() -> None:
    answer = gzip.compress(json.dumps([{"Location": "a-1a"}, {"Location": "a-1b"}]).encode())
    assert zones.shape({"a-1": answer}).records == {
        "a-1a": [{"regions": "a-1"}],
        "a-1b": [{"regions": "a-1"}],
    }


def test_a_life_cycle_is_the_service_s_when_all_its_types_share_it() -> None:
    def schema(**mark: str) -> bytes:
        return json.dumps({"lifecycle": mark} if mark else {}).encode()

    schemas = {
        "AWS::QLDB::Ledger": schema(status="shutdown", date="2025-07-31"),
        "AWS::QLDB::Stream": schema(date="2025-07-31", status="shutdown"),
        "AWS::AutoScaling::LaunchConfiguration": schema(status="maintenance"),
        "AWS::AutoScaling::AutoScalingGroup": schema(),
        "AWS::S3::Bucket": schema(),
    }
    assert life_cycles.shape(life_cycles.Sources(schemas, ("auto-scaling", "s3"))).records == {
        "QLDB::*": {"status": "shutdown", "date": "2025-07-31", "in_api": False},
        "AutoScaling::LaunchConfiguration": {"status": "maintenance", "date": None, "in_api": True},
    }


def test_iam_actions_are_split_by_prefix_and_spelled_as_the_api_does() -> None:
    policies = {
        "sqs": {
            "Actions": {"sendmessage": {"Resources": ["queue", "other"]}, "passrole": {}},
            "Resources": {"queue": {}},
        },
        "empty": {"Actions": {}, "Resources": {}},
    }
    documents = iam_actions.shape(iam_actions.Sources(json.dumps(policies).encode(), ["SendMessage"]))
    assert {name: document.records for name, document in documents.items()} == {
        "iam_actions/sqs": {"SendMessage": "other queue", "passrole": ""}
    }


def test_condition_keys_name_the_services_that_list_them() -> None:
    def listed(*keys: str) -> bytes:
        return json.dumps({key.lower(): {"key": key} for key in keys}).encode()

    policies = {
        "A": {"Document": {"Statement": {"Condition": {"Bool": {"s3:Tag/team": "x", "S3:PREFIX": "x"}}}}},
        "B": {"Document": {"Statement": [{"Condition": {"Null": {"old:Key": "x", "aws:Some": "x"}}}, {}]}},
    }
    keys = {
        "ec2": listed("ec2:Arn", "aws:TagKeys"),
        "s3": listed("s3:prefix", "s3:Tag/<key>", "ec2:Arn", "gitlab.com:ref"),
        "s4": listed("s4:Tag/tag-key", "s4:Tag/${TagKey}"),
    }
    document = iam_condition_keys.shape(iam_condition_keys.Sources(keys, f"data = {json.dumps(policies)!r}"))
    assert document.records == {
        "ec2:Arn": "ec2 s3",
        "s3:prefix": "s3",
        "s3:Tag/${TagKey}": "s3",
        "s4:Tag/${TagKey}": "s4",
        "old:Key": "",
    }


def test_managed_policies_are_read_out_of_the_text_of_a_module() -> None:
    policies = {
        "A": {"Path": "/", "CreateDate": "2026-03-26T03:42:09+00:00"},
        "B": {"Path": "/service-role/", "CreateDate": "2015-04-09T15:03:43+00:00"},
    }
    module = f'# imported\ndata = """{json.dumps(policies)}"""\n'
    assert managed_policies.shape(module).records == {"A": "2026-03-26", "service-role/B": "2015-04-09"}
    with pytest.raises(RefreshError, match="managed policies"):
        managed_policies.shape("data = load()")
