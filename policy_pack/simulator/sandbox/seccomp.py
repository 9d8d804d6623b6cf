"""Refuses system calls: the kernel asks a small program of ours before each one.

`execve` stays allowed. It gives nothing: who can call it can already run any machine code in the
process it has, this filter and every other layer outlive it, and no file gives rights after it
(`limits.py`). What it could become dangerous with, a second process, is refused.
"""

from __future__ import annotations

import ctypes
import os
import struct

from .kernel import architecture, call

EPERM, EACCES, ENOSYS, EAFNOSUPPORT = 1, 13, 38, 97
ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# The newest call that this table was made with; a newer one does not exist for the program.
NEWEST = 469

CLONE_THREAD = 0x10000
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
SOCK_STREAM, SOCK_KIND, IPPROTO_TCP = 1, 0xF, 6
MSG_FASTOPEN = 0x20000000
# Commands that make the kernel send signals to another process, or type into a terminal.
FCNTL_COMMANDS = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX
IOCTL_COMMANDS = (0x5412, 0x541C, 0x8901, 0x8902)  # TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP

_SET_MODE_FILTER = 1
_LOAD, _AND, _EQUAL, _GREATER, _ANY_BIT, _JUMP, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x05, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

# Numbers on x86_64 and on aarch64, 0 where there is no such call; those from 424 on are the same on both.
_REFUSED = {
    "fork": (57, 0),
    "vfork": (58, 0),
    "tkill": (200, 130),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "syslog": (103, 116),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "vhangup": (153, 58),
    "iopl": (172, 0),
    "ioperm": (173, 0),
    "modify_ldt": (154, 0),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "lookup_dcookie": (212, 18),
    "fanotify_init": (300, 262),
    "ioprio_set": (251, 30),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
}
# Missing, as on an older kernel: libraries then do it another way. io_uring would do what is refused here.
_MISSING = {
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
# Said to succeed and left out: honest programs do these to their temporary files, in `shutil.copy` too.
_PRETENDED = {
    "chmod": (90, 0),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, 0),
    "lchown": (94, 0),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, 0),
    "utimes": (235, 0),
    "futimesat": (261, 0),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
}
_CLONE = (56, 220)
_OF_OWN_PROCESS = {
    "kill": (62, 129),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
}
_OF_OWN_PROCESS_OR_0 = {
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
}
_SETPRIORITY = (141, 140)
_FCNTL, _IOCTL = (72, 25), (16, 29)
_SOCKET, _SOCKETPAIR, _CONNECT = (41, 198), (53, 199), (42, 203)
# Each with the argument that holds its flags.
_SENDING = {"sendto": (44, 206, 3), "sendmsg": (46, 211, 2), "sendmmsg": (307, 269, 3)}

Instruction = tuple[int, int, int, int]


class Policy:
    """What the filter depends on.

    `network_apart`: sockets lead nowhere, in a network of the process's own. `files_apart`: what may not be
    changed cannot be. `no_connections`: the kernel refuses TCP connections otherwise. `unix_sockets`: the
    program may connect to Unix sockets.
    """

    def __init__(
        self,
        network_apart: bool = False,
        files_apart: bool = False,
        no_connections: bool = False,
        unix_sockets: bool = False,
    ) -> None:
        self.network_apart = network_apart
        self.files_apart = files_apart
        self.no_connections = no_connections
        self.unix_sockets = unix_sockets


def apply(policy: Policy) -> None:
    """Filter this process's system calls from here on. Raises OSError when the kernel has no filters."""
    machine = architecture()
    if machine is None:
        raise OSError(ENOSYS, "no table of its system calls")
    code = b"".join(struct.pack("=HBBI", *each) for each in program(machine, os.getpid(), policy))
    instructions = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(code) // 8, ctypes.addressof(instructions))
    number = 317 if machine == "x86_64" else 277
    call(number, _SET_MODE_FILTER, 0, ctypes.create_string_buffer(header, len(header)))


def program(machine: str, process: int, policy: Policy) -> list[Instruction]:
    """The filter for one process on one kind of machine."""
    column = 0 if machine == "x86_64" else 1
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, AUDIT_ARCHITECTURES[machine]),
        (_RETURN, 0, 0, KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        # Numbers of the x32 way to call are far above.
        (_GREATER, 0, 1, NEWEST),
        _error(ENOSYS),
        *_all_of(_REFUSED, column, EPERM),
        *_all_of(_MISSING, column, ENOSYS),
        *([] if policy.files_apart else _all_of(_PRETENDED, column, 0)),
        *_processes(column, process),
        *_commands(column),
        *_network(column, policy),
        (_RETURN, 0, 0, ALLOW),
    ]


def _processes(column: int, process: int) -> list[Instruction]:
    """Threads but no processes, signals and scheduling for this process only."""
    code = _when(_CLONE[column], [_argument(0), (_ANY_BIT, 0, 1, CLONE_THREAD), _allow(), _error(EPERM)])
    for numbers in _OF_OWN_PROCESS.values():
        code += _when(numbers[column], _only(0, (process,), EPERM))
    for numbers in _OF_OWN_PROCESS_OR_0.values():
        code += _when(numbers[column], _only(0, (0, process), EPERM))
    one_process = [_argument(0), (_EQUAL, 1, 0, 0), _error(EPERM)]
    return code + _when(_SETPRIORITY[column], one_process + _only(1, (0, process), EPERM))


def _commands(column: int) -> list[Instruction]:
    code = _when(_FCNTL[column], _none_of(1, FCNTL_COMMANDS, EPERM))
    return code + _when(_IOCTL[column], _none_of(1, IOCTL_COMMANDS, EPERM))


def _network(column: int, policy: Policy) -> list[Instruction]:
    """Sockets that lead nowhere.

    Without a network of its own, a program may listen for itself, as the SDK's transforms do, but connect
    to nothing. Where it must connect to a Unix socket it gets no others: an address cannot be looked at here.
    """
    families: list[Instruction] = [_argument(0)]
    if policy.unix_sockets:
        families += [(_EQUAL, 0, 1, AF_UNIX), _allow()]
    families += [(_EQUAL, 0, 4, AF_NETLINK), _argument(2), (_EQUAL, 0, 1, 0), _allow(), _error(EPERM)]
    if policy.network_apart:
        families += [(_EQUAL, 1, 0, AF_INET), (_EQUAL, 0, 1, AF_INET6), _allow()]
    elif not policy.unix_sockets or policy.no_connections:
        families += [(_EQUAL, 1, 0, AF_INET), (_EQUAL, 0, 8, AF_INET6), *_tcp_only()]
    code = _when(_SOCKET[column], [*families, _error(EAFNOSUPPORT)])
    code += _when(_SOCKETPAIR[column], _only(0, (AF_UNIX,), EAFNOSUPPORT))
    if policy.network_apart:
        return code
    if not policy.unix_sockets:
        code += _when(_CONNECT[column], [_error(EACCES)])
    for numbers in _SENDING.values():
        flags = [_argument(numbers[2]), (_ANY_BIT, 0, 1, MSG_FASTOPEN), _error(EACCES), _allow()]
        code += _when(numbers[column], flags)
    return code


def _tcp_only() -> list[Instruction]:
    """Eight instructions: of the protocols with streams only TCP, which Landlock knows too."""
    return [
        _argument(1),
        (_AND, 0, 0, SOCK_KIND),
        (_EQUAL, 1, 0, SOCK_STREAM),
        _error(EACCES),
        _argument(2),
        (_EQUAL, 1, 0, 0),
        (_EQUAL, 0, 1, IPPROTO_TCP),
        _allow(),
    ]


def _all_of(calls: dict[str, tuple[int, int]], column: int, errno: int) -> list[Instruction]:
    numbers = [pair[column] for pair in calls.values() if pair[column]]
    tests = [(_EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    return [*tests, (_JUMP, 0, 0, 1), _error(errno)]


def _when(number: int, body: list[Instruction]) -> list[Instruction]:
    """A body that returns in any case, for one system call."""
    return [(_EQUAL, 0, len(body), number), *body] if number else []


def _only(argument: int, values: tuple[int, ...], errno: int) -> list[Instruction]:
    tests = [(_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [_argument(argument), *tests, _error(errno), _allow()]


def _none_of(argument: int, values: tuple[int, ...], errno: int) -> list[Instruction]:
    tests = [(_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [_argument(argument), *tests, _allow(), _error(errno)]


def _argument(index: int) -> Instruction:
    """Load the lower half of an argument: the kernel itself reads these as 32 bits."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _allow() -> Instruction:
    return (_RETURN, 0, 0, ALLOW)


def _error(errno: int) -> Instruction:
    return (_RETURN, 0, 0, 0x00050000 | errno)
