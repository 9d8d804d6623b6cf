"""Rules about VPCs, subnets and security groups."""
