"""For tests of rules: the contract that the examples of a rule keep."""

from policy_pack.testing.contract import Case, ContractError, check_rules, rule_cases, rule_params

__all__ = ["Case", "ContractError", "check_rules", "rule_cases", "rule_params"]
