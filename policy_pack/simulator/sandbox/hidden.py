"""Where secrets lie on people's and build machines, and what of it a program keeps seeing."""

from __future__ import annotations

import os
import pwd
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress

# Below a home directory. Public keys in .ssh stay, because programs hand them to machines.
_AT_HOME = (
    ".aws",
    ".azure",
    ".bash_history",
    ".boto",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".config/containers/auth.json",
    ".config/doctl",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
    ".config/glab-cli",
    ".config/google-chrome",
    ".config/chromium",
    ".config/hub",
    ".config/op",
    ".config/rclone",
    ".config/sops",
    ".databrickscfg",
    ".docker",
    ".git-credentials",
    ".gnupg",
    ".kube",
    ".local/share/keyrings",
    ".mozilla",
    ".my.cnf",
    ".netrc",
    ".npmrc",
    ".oci",
    ".password-store",
    ".pgpass",
    ".pulumi/credentials.json",
    ".pypirc",
    ".python_history",
    ".s3cfg",
    ".snowsql",
    ".ssh",
    ".terraform.d/credentials.tfrc.json",
    ".terraformrc",
    ".vault-token",
    ".zsh_history",
)
# Run-time files: secrets of containers and services, sockets of agents, of Docker and of the desktop.
_OF_THE_MACHINE = (
    "/run",
    "/var/run",
    "/etc/kubernetes",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/ssl/private",
    "/etc/rancher",
    "/var/lib/kubelet",
)
# Variables that name such a file or directory.
_NAMED_IN = (
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AZURE_CONFIG_DIR",
    "DOCKER_CONFIG",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "KUBECONFIG",
    "NETRC",
    "PULUMI_HOME",
)


def hidden_places(environment: Mapping[str, str], needed: Iterable[str]) -> list[str]:
    """The real paths of the secret places that are there. `needed` are paths that stay visible."""
    places = [*_OF_THE_MACHINE, *_named(environment)]
    # As it is written too: on some systems a link in a hidden place leads to the interpreter.
    kept = {name(path) for path in needed for name in (os.path.abspath, os.path.realpath)}
    for home in homes(environment):
        places += [os.path.join(home, name) for name in _AT_HOME]
        kept.update(_public_keys(os.path.join(home, ".ssh")))
    found = dict.fromkeys(path for place in places for path in _without(os.path.realpath(place), kept))
    return [path for path in found if not any(_is_below(path, other) for other in found)]


def homes(environment: Mapping[str, str]) -> list[str]:
    """The home directory that the environment names, and the one that the user has."""
    found = [environment.get("HOME", "")]
    with suppress(KeyError):
        found.append(pwd.getpwuid(os.getuid()).pw_dir)
    return list(dict.fromkeys(home for home in found if os.path.isabs(home) and len(home) > 1))


def _named(environment: Mapping[str, str]) -> Iterator[str]:
    for name in _NAMED_IN:
        for path in environment.get(name, "").split(os.pathsep):
            if os.path.isabs(path) and path != os.devnull:
                yield os.path.join(path, "credentials.json") if name == "PULUMI_HOME" else path


def _public_keys(directory: str) -> Iterator[str]:
    try:
        names = os.listdir(directory)
    except OSError:
        return
    yield from (os.path.realpath(os.path.join(directory, name)) for name in names if name.endswith(".pub"))


def _without(place: str, kept: Collection[str]) -> Iterator[str]:
    """A place, or what is in it but for what is kept. Nothing when it is part of what is kept."""
    if not os.path.lexists(place) or any(_is_below(place, path) or place == path for path in kept):
        return
    if not any(_is_below(path, place) for path in kept):
        yield place
        return
    try:
        names = sorted(os.listdir(place))
    except OSError:
        return
    for name in names:
        path = os.path.join(place, name)
        if not os.path.islink(path):
            yield from _without(path, kept)


def _is_below(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip(os.sep) + os.sep)
