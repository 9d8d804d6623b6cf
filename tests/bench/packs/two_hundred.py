"""A pack of 200 policies of `pulumi_policy` that do nothing."""

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

PolicyPack(
    "two-hundred",
    policies=[
        ResourceValidationPolicy(
            name=f"nothing-{number}",
            description="Does nothing.",
            enforcement_level=EnforcementLevel.ADVISORY,
            validate=lambda args, report_violation: None,
        )
        for number in range(200)
    ],
)
