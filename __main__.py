"""What the Pulumi CLI runs for `pulumi preview --policy-pack`."""

from policy_pack.crossguard import main

main()
