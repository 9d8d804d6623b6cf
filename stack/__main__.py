"""The fraud-detection stack: one component, and what checks after a deployment need to find it."""

import pulumi
from fraud_detection.component import FraudDetectionComponent
from fraud_detection.settings import load_settings

fraud_detection = FraudDetectionComponent("fraud-detection", load_settings())

for name, value in fraud_detection.outputs.items():
    pulumi.export(name, value)
