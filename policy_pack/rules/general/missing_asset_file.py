"""Rule: missing-asset-file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Archive, Asset, Problem, Value
from policy_pack.model.values import join_path, leaves
from policy_pack.rules.rule import ANY_TYPE, Allowed, Flagged, ResourceRule, View


class MissingAssetFile(ResourceRule):
    """A `FileAsset` or `FileArchive` names a file that does not exist.

    ## Why this fails
    The path is read relative to the program's directory when the resource is registered, not relative to the
    module that names it. A file that only a build makes is missing in a fresh checkout.

    ## What to do instead
    Build the path from the module's own place: `pathlib.Path(__file__).parent / "handler"`; or run the build
    before the deployment.
    """

    name = "missing-asset-file"
    resource_types = (ANY_TYPE,)
    url = "https://www.pulumi.com/docs/iac/concepts/assets-archives/"
    flagged = (
        Flagged({"source": Asset(path="page.html")}, says="`page.html`", at="source"),
        Flagged({"code": Archive(path="build/app")}, says="`build/app`", at="code"),
        Flagged({"code": Archive(assets={"a.py": Asset(path="a.py")})}, says="`a.py`", at='code["a.py"]'),
    )
    allowed = (
        Allowed({"source": Asset(path="page.html")}, "it is there", files=frozenset({"page.html"})),
        Allowed({"source": Asset(uri="https://example.com/page.html")}, because="it is fetched"),
        Allowed({"source": Asset(text="page.html")}, because="the text is the content"),
        Allowed({"source": UNKNOWN, "code": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="there is no asset"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look for the file of every asset and archive, those inside archives too."""
        for key, value in resource.inputs():
            for path, file in files(value, key):
                if not facts.exists(file):
                    yield Problem(
                        f"the file `{file}` does not exist",
                        note="paths of assets are relative to the program's directory",
                        help="build the path from `pathlib.Path(__file__).parent`, or build the file first",
                        property_path=path,
                    )


def files(value: Value, path: str) -> Iterator[tuple[str, str]]:
    """Yield the property path and the file of every local asset and archive in a value."""
    for place, leaf in leaves(value, path):
        if not isinstance(leaf, Asset | Archive):
            continue
        if leaf.path is not None:
            yield place, leaf.path
        elif isinstance(leaf, Archive):
            for name, inner in (leaf.assets or {}).items():
                yield from files(inner, join_path(place, name))
