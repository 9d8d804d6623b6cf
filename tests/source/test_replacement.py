"""What provider packages document of replacing, taken at its word only where it holds for every change."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_pack.source.replacement import Replacements, is_replacing

MODULE = '''
class Cluster(pulumi.CustomResource):
    @_builtins.property
    @pulumi.getter(name="engineMode")
    def engine_mode(self) -> pulumi.Output[str]:
        """
        Mode of the engine. Changing this forces a new resource to be created.
        """
        return pulumi.get(self, "engine_mode")

    @_builtins.property
    @pulumi.getter
    def port(self) -> pulumi.Output[int]:
        """
        The port. Defaults to 5432.
        """
        return pulumi.get(self, "port")
'''


@pytest.mark.parametrize(
    "text",
    [
        "Changing this forces a new resource.",
        "Changing this forces a new resource to be created.",
        "Changing this will force terraform to create a new resource.",
        "Name of it. Changing this value forces replacement.",
        "Forces replacement if changed.",
        "Changing this value requires creating a new resource.",
        "Changing this value will force recreation of the resource.",
        "Forces new resource.",
    ],
)
def test_documented_for_every_change(text: str) -> None:
    assert is_replacing(text)


@pytest.mark.parametrize(
    "text",
    [
        "The name. Defaults to `x`.",
        "When decreased, this will force a recreation of the resource.",
        "Changing this value to an empty string forces replacement of the resource.",
        "Changing an existing key forces a new resource to be created.",
        "Disabling `x` after it has been enabled forces recreation of the instance.",
        "Changing between `A` and `B` forces replacement of the resource.",
        "`a` - (Required - Forces new resource) - The name.",
        "Enable to force a new task deployment of the service.",
        "If set, updating this argument will result in the new policy version being set.",
    ],
)
def test_what_is_conditional_or_about_something_else(text: str) -> None:
    assert not is_replacing(text)


def test_the_module_of_a_type_is_read(tmp_path: Path) -> None:
    module = tmp_path / "pulumi_cloud" / "rds" / "db_cluster.py"
    module.parent.mkdir(parents=True)
    module.write_text(MODULE)
    replaces = Replacements([str(tmp_path / "nothing"), str(tmp_path)])
    kind = "cloud:rds/dbCluster:DbCluster"
    assert replaces(kind, "engineMode")
    assert not replaces(kind, "port")
    assert not replaces("cloud:rds/other:Other", "engineMode")
