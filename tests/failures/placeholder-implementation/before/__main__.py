"""Fraud rules in DynamoDB, meant to be readable in another region too."""

import pulumi
import pulumi_aws as aws


def create_rules_table(enable_global_table: bool, replica_regions: list[str]) -> aws.dynamodb.Table:
    """The table of the rules, with replicas where they are wanted."""
    table = aws.dynamodb.Table(
        "rules",
        billing_mode="PAY_PER_REQUEST",
        hash_key="rule_id",
        attributes=[aws.dynamodb.TableAttributeArgs(name="rule_id", type="S")],
        stream_enabled=True,
        stream_view_type="NEW_AND_OLD_IMAGES",
    )
    if enable_global_table and replica_regions:  # expect: warning[placeholder-implementation] the branch on `enable_global_table` makes nothing
        # This is a placeholder for the replicas.
        pulumi.log.info("Global table replicas would be created in " + ", ".join(replica_regions))
    return table


pulumi.export("table", create_rules_table(True, ["eu-central-1"]).name)
