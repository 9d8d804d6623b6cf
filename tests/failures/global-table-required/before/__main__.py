"""Fraud rules in DynamoDB, meant to be readable in other regions too."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
enable_global_table = config.get_bool("enableGlobalTable") or False
replica_regions = config.get_object("replicaRegions") or []

key = aws.kms.Key("rules", description="Fraud rules", enable_key_rotation=True)
aws.kms.Alias("rules", name="alias/fraud-rules", target_key_id=key.id)
dead_letters = aws.sqs.Queue("rules-dead-letters", kms_master_key_id=key.id)
table = aws.dynamodb.Table(  # expect: error[global-table-without-replicas] `rules` has no replica in `eu-central-1`, `us-east-1`
    "rules",
    name="fraud-rules",
    billing_mode="PAY_PER_REQUEST",
    hash_key="rule_id",
    attributes=[aws.dynamodb.TableAttributeArgs(name="rule_id", type="S")],
    stream_enabled=True,
    stream_view_type="NEW_AND_OLD_IMAGES",
    point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
)
if enable_global_table and replica_regions:  # expect: warning[placeholder-implementation] `enable_global_table
    # Placeholder: replicas are created by a later version of this program.
    pulumi.log.info(f"Global table replicas would be created in {', '.join(replica_regions)}")


pulumi.export("table_name", table.name)
pulumi.export("dead_letters", dead_letters.url)
