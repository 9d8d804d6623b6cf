"""The filter of system calls, run here as the kernel runs it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.simulator.sandbox import seccomp
from policy_pack.simulator.sandbox.seccomp import ALLOW, KILL_PROCESS, Instruction, Policy, program

PROCESS = 4711
POLICIES = [
    Policy(apart, apart, no_connections, unix)
    for apart in (True, False)
    for no_connections in (True, False)
    for unix in (True, False)
]
CALLS = {
    **seccomp._REFUSED,
    **seccomp._MISSING,
    **seccomp._PRETENDED,
    **seccomp._OF_OWN_PROCESS,
    **seccomp._OF_OWN_PROCESS_OR_0,
    "clone": seccomp._CLONE,
    "setpriority": seccomp._SETPRIORITY,
    "fcntl": seccomp._FCNTL,
    "ioctl": seccomp._IOCTL,
    "socket": seccomp._SOCKET,
    "socketpair": seccomp._SOCKETPAIR,
    "connect": seccomp._CONNECT,
    **{name: numbers[:2] for name, numbers in seccomp._SENDING.items()},
    "read": (0, 63),
    "execve": (59, 221),
    "openat": (257, 56),
}


def verdict(code: list[Instruction], number: int, *arguments: int, arch: int) -> int:
    """What the kernel does with a call: the value that the filter returns."""
    words = {0: number, 4: arch}
    for index, value in enumerate([*arguments, 0, 0, 0, 0, 0, 0][:6]):
        words[16 + 8 * index] = value & 0xFFFFFFFF
    accumulator = place = 0
    while True:
        kind, yes, no, value = code[place]
        place += 1
        if kind == seccomp._LOAD:
            accumulator = words[value]
        elif kind == seccomp._AND:
            accumulator &= value
        elif kind == seccomp._JUMP:
            place += value
        elif kind == seccomp._RETURN:
            return value
        else:
            truth = {
                seccomp._EQUAL: accumulator == value,
                seccomp._GREATER: accumulator > value,
                seccomp._ANY_BIT: bool(accumulator & value),
            }[kind]
            place += yes if truth else no


def asked(name: str, *arguments: int, policy: Policy = POLICIES[0], machine: str = "x86_64") -> int | str:
    """`allowed`, or the error number that the program gets."""
    number = CALLS[name][0 if machine == "x86_64" else 1]
    code = program(machine, PROCESS, policy)
    answer = verdict(code, number, *arguments, arch=seccomp.AUDIT_ARCHITECTURES[machine])
    return "allowed" if answer == ALLOW else answer & 0xFFFF


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize(
    "policy", POLICIES, ids=lambda policy: "".join("ny"[v] for v in vars(policy).values())
)
def test_what_acts_on_others_is_refused_and_what_a_program_needs_is_not(machine: str, policy: Policy) -> None:
    def answer(name: str, *arguments: int) -> int | str:
        return asked(name, *arguments, policy=policy, machine=machine)

    for name in ("read", "openat", "execve"):
        assert answer(name) == "allowed"
    assert {answer(name) for name in ("ptrace", "mount", "unshare", "setns", "bpf", "keyctl")} == {1}
    assert {answer("clone3"), answer("io_uring_setup")} == {38}
    assert (answer("clone", 0x3D0F00), answer("clone", 0x1200011)) == ("allowed", 1)
    assert (answer("kill", PROCESS, 9), answer("kill", 1, 9), answer("kill", 0, 9)) == ("allowed", 1, 1)
    assert (answer("tgkill", PROCESS, 5, 6), answer("tgkill", 1, 1, 9)) == ("allowed", 1)
    assert (answer("prlimit64", 0), answer("prlimit64", 1)) == ("allowed", 1)
    assert (answer("setpriority", 0, 0), answer("setpriority", 2, 0)) == ("allowed", 1)
    assert (answer("setpriority", 0, PROCESS), answer("setpriority", 0, 1)) == ("allowed", 1)
    assert (answer("fcntl", 3, 2), answer("fcntl", 3, 8), answer("ioctl", 0, 0x5412)) == ("allowed", 1, 1)
    assert answer("fchmod") == ("allowed" if policy.files_apart else 0)
    # AF_VSOCK, AF_PACKET, AF_ALG, and netlink other than for routes.
    assert [answer("socket", family, 1) for family in (40, 17, 38)] == [97] * 3
    assert (answer("socket", 16, 3, 0), answer("socket", 16, 3, 4)) == ("allowed", 1)
    assert (answer("socketpair", 1), answer("socketpair", 2)) == ("allowed", 97)


@pytest.mark.parametrize(
    ("policy", "unix", "tcp", "udp", "connect", "fast_open"),
    [
        (Policy(network_apart=True), 97, "allowed", "allowed", "allowed", "allowed"),
        (
            Policy(network_apart=True, unix_sockets=True),
            "allowed",
            "allowed",
            "allowed",
            "allowed",
            "allowed",
        ),
        (Policy(), 97, "allowed", 13, 13, 13),
        (Policy(no_connections=True), 97, "allowed", 13, 13, 13),
        (Policy(unix_sockets=True), "allowed", 97, 97, "allowed", 13),
        (Policy(unix_sockets=True, no_connections=True), "allowed", "allowed", 13, "allowed", 13),
    ],
)
def test_no_way_leads_out_whatever_the_other_layers_hold(
    policy: Policy, unix: object, tcp: object, udp: object, connect: object, fast_open: object
) -> None:
    for family in (2, 10):
        assert asked("socket", family, 0x80001, 0, policy=policy) == tcp
        assert asked("socket", family, 0x80001, 6, policy=policy) == tcp
        assert asked("socket", family, 2, 0, policy=policy) == udp
        if not policy.network_apart:
            # MPTCP, which Landlock does not know.
            assert asked("socket", family, 1, 262, policy=policy) != "allowed"
    assert asked("socket", 1, 1, policy=policy) == unix
    assert asked("connect", policy=policy) == connect
    assert asked("sendto", 3, 0, 0, 0x20000000, policy=policy) == fast_open
    assert asked("sendto", 3, 0, 0, 0x4000, policy=policy) == "allowed"


@given(
    st.sampled_from(["x86_64", "aarch64"]),
    st.sampled_from(POLICIES),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 2**64 - 1), max_size=6),
    st.integers(0, 2**32 - 1),
)
def test_every_call_of_every_kind_has_an_answer(
    machine: str, policy: Policy, number: int, arguments: list[int], arch: int
) -> None:
    code = program(machine, PROCESS, policy)
    assert len(code) <= 4096
    assert all(0 <= part < 256 for _, yes, no, _ in code for part in (yes, no))
    right = seccomp.AUDIT_ARCHITECTURES[machine]
    answer = verdict(code, number, *arguments, arch=right)
    assert answer == ALLOW or answer >> 16 == 5
    if number > seccomp.NEWEST:
        assert answer & 0xFFFF == 38
    assert (verdict(code, number, *arguments, arch=arch) == KILL_PROCESS) == (arch != right)


def test_no_number_stands_twice() -> None:
    for column in (0, 1):
        numbers = [pair[column] for name, pair in CALLS.items() if name != "read" and pair[column]]
        assert len(numbers) == len(set(numbers))
