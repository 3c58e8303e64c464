"""What the system itself holds a student's program to; then it becomes the Python that runs the program.

    python -P -s -S confining.py 5 6 '{"folder": …, "carried": […], "packages": […], "limits": {…}}'

`runner` starts it as a script. It gives up the administrator's rights, sets limits, and asks Linux for two things that last for
as long as the process does, whatever runs in it: that files are read and written only where they may be (Landlock), and that no
process is made, none is signalled and no socket is opened (seccomp). It says on the second pipe what came of that, and becomes
`student_process`, so that nothing of what it needed, ctypes above all, is left for the program to find.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NOBODY = 65534  # the user without rights

# Of linux/landlock.h: what may be done with files.
_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_OWN = 0b110_0001_1011_1110  # write, read, list, remove, make files and folders, move, cut; not links and pipes
_OF_FILES = 0b1100_0000_0000_0111  # what may be asked for a file that is not a folder
_HANDLED = {1: 13, 2: 14, 3: 15, 4: 15}  # how many of them a version knows; later ones know 16

# What a program has no use for, by the numbers on x86_64 and on aarch64.
_CALLS = """
    socket 41 198, socketpair 53 199, connect 42 203, bind 49 200, clone 56 220, fork 57 -, vfork 58 -, clone3 435 435,
    execveat 322 281, kill 62 129, tkill 200 130, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240,
    pidfd_send_signal 424 424, pidfd_open 434 434, ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,
    mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51, unshare 272 97, setns 308 268, bpf 321 280,
    perf_event_open 298 241, io_uring_setup 425 425, userfaultfd 323 282, open_by_handle_at 304 265, syslog 103 116,
    keyctl 250 219, add_key 248 217, request_key 249 218, shmget 29 194, msgget 68 186, semget 64 190, mq_open 240 180,
    chmod 90 -, fchmod 91 52, fchmodat 268 53, fchmodat2 452 452, chown 92 -, lchown 94 -, fchown 93 55, fchownat 260 54,
    setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, utimensat 280 88, setpriority 141 140, mknod 133 -, mknodat 259 33
"""
# These, prlimit64 and tgkill, it may use for itself: the first argument is 0, or its own number.
_LIMITS, _TO_A_THREAD = (302, 261), (234, 131)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


class Linux:
    """The calls of the system that Python has no functions for.

    Raises:
        OSError, ImportError, AttributeError: they are not there.
    """

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise OSError("this is not Linux")
        import ctypes

        self._ctypes = ctypes
        self._library = ctypes.CDLL(None, use_errno=True)

    def call(self, name: str, *arguments: Any) -> int:
        """Calls a function of the C library with numbers, None and bytes. Raises OSError if it fails."""
        found = int(getattr(self._library, name)(*[self._ctypes.c_long(x) if isinstance(x, int) else x for x in arguments]))
        if found < 0:
            number = self._ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")
        return found

    def landlock(self) -> int:
        """Returns the version of Landlock, 0 if there is none."""
        with contextlib.suppress(OSError):
            return self.call("syscall", 444, None, 0, 1)
        return 0

    def reading(self) -> int | None:
        """Returns which right there is to read what is the administrator's: CAP_DAC_READ_SEARCH, else CAP_DAC_OVERRIDE."""
        with open("/proc/self/status", encoding="ascii", errors="replace") as stream:
            permitted = next(int(line.split()[1], 16) for line in stream if line.startswith("CapPrm:"))
        return next((right for right in (2, 1) if permitted >> right & 1), None)

    def keep_rights(self) -> None:
        """Keeps this process's rights over its next change of user."""
        self.call("prctl", 8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS

    def only(self, right: int) -> None:
        """Gives up all of the administrator's rights but this one, which stays when the process becomes another program."""
        mask = 1 << right
        self.call("capset", struct.pack("=Ii", 0x20080522, 0), struct.pack("=6I", mask, mask, mask, 0, 0, 0))
        self.call("prctl", 47, 2, right, 0, 0)  # PR_CAP_AMBIENT_RAISE

    def only_these_files(self, version: int, rules: Iterator[tuple[str, int]]) -> None:
        """Keeps this process to these files, each with what may be done with it and with what is below it."""
        handled = (1 << _HANDLED.get(version, 16)) - 1
        network, scoped = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
        attributes = struct.pack("=QQQ", handled, network, scoped)[: 8 if version < 4 else 16 if version < 6 else 24]
        ruleset = self.call("syscall", 444, attributes, len(attributes), 0)
        for place, may in rules:
            with contextlib.suppress(OSError):  # what is not there need not be allowed
                opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
                try:
                    may &= handled & (~0 if os.path.isdir(place) else _OF_FILES)
                    self.call("syscall", 445, ruleset, 1, struct.pack("=Qi", may, opened), 0)
                finally:
                    os.close(opened)
        self.call("syscall", 446, ruleset, 0)
        os.close(ruleset)

    def no_new_rights(self) -> None:
        """Sees to it that no program that this process becomes has more rights than it."""
        self.call("prctl", 38, 1, 0, 0, 0)

    def without_calls(self) -> None:
        """Has the system refuse the calls that a program has no use for.

        Raises:
            KeyError: their numbers on this machine are not known.
        """
        column, machine = _MACHINES[os.uname().machine]
        refused = [entry.split()[1:] for entry in _CALLS.split(",")]
        numbers = [int(entry[column]) for entry in refused if entry[column] != "-"]
        load, equal, at_least, back = 0x20, 0x15, 0x35, 0x06
        own = [(_LIMITS[column], 0), (_TO_A_THREAD[column], os.getpid())]
        lines: list[tuple[int, int | str, int | str, int]] = [(load, 0, 0, 4), (equal, 0, "no", machine), (load, 0, 0, 0)]
        lines += [(at_least, "no", 0, 0x40000000)]  # the same calls under other numbers
        lines += [(equal, "no", 0, number) for number in numbers]
        for number, first in own:
            lines += [(equal, 0, 3, number), (load, 0, 0, 16), (equal, "yes", "no", first), (load, 0, 0, 0)]
        lines += [(back, 0, 0, 0x7FFF0000), (back, 0, 0, 0x00050001)]  # yes; no, with EPERM
        ends = {"yes": len(lines) - 2, "no": len(lines) - 1}
        content = b""
        for i, (code, then, otherwise, number) in enumerate(lines):
            jumps = [ends[x] - i - 1 if isinstance(x, str) else x for x in (then, otherwise)]
            content += struct.pack("=HBBI", code, *jumps, number)
        held = self._ctypes.create_string_buffer(content, len(content))
        filter_ = struct.pack("@HP", len(lines), self._ctypes.addressof(held))
        self.call("prctl", 22, 2, filter_, 0, 0)


def rules(folder: str, carried: Sequence[str], packages: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yields the files that a program may use, each with what may be done with it: its own, Python's, and those of NumPy."""
    yield folder, _OWN
    here = os.path.dirname(os.path.abspath(__file__))
    for name in ("student_process.py", "driver.py", "__pycache__"):
        yield os.path.join(here, name), _READ | _LIST
    for path in dict.fromkeys(sys.path):
        if os.path.isdir(path) and os.path.realpath(path) != os.path.realpath(here):
            yield path, _LIST
            for entry in os.scandir(path):
                if entry.name not in ("site-packages", "dist-packages"):
                    yield entry.path, _READ | _LIST
        elif os.path.isfile(path):
            yield path, _READ
    for path in carried:
        yield path, _LIST
        for name in packages:
            yield os.path.join(path, name), _READ | _LIST
    yield sys.executable, _READ | _EXECUTE
    for place in (os.path.dirname(sys.executable), os.path.dirname(os.path.dirname(sys.executable))):
        yield os.path.join(place, "pyvenv.cfg"), _READ
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as stream:
        mapped = {line.split(maxsplit=5)[5].strip() for line in stream if "/" in line}
    for path in mapped:  # Python itself, what loads it, and the libraries that it needs
        yield path, _READ | _EXECUTE
    for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", os.path.join(sys.base_prefix, "lib")):
        for ending in ("*.so*", "*-linux-*", "locale"):
            for place in glob.glob(os.path.join(path, ending)):
                yield place, _READ | _LIST
    for path in ("/dev/urandom", "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo"):
        yield path, _READ | _LIST
    yield os.devnull, _READ | _WRITE


def give_up_rights(needed: Sequence[str], linux: Linux | None, landlock: int) -> bool:
    """Becomes the user without rights; returns whether it is one, or never was the administrator.

    What is `needed` may be readable for the administrator alone, as a Python in his home. Then the right to read is kept, if
    Landlock says what of; else all rights are.
    """
    if os.geteuid() != 0:
        return True
    try:
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
    except OSError:  # there is not a user but the administrator
        return False
    try:
        readable = all(os.listdir(place) for place in needed)
    except OSError:
        readable = False
    os.seteuid(0)
    os.setegid(0)
    reading = linux.reading() if linux and landlock else None
    if not readable and reading is None:
        return False
    if linux and not readable:
        linux.keep_rights()
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    if linux and reading is not None and not readable:
        linux.only(reading)
    return True


def limit(limits: Mapping[str, int]) -> None:
    """Sets the limits of this process, which is not to have children or threads."""
    import resource

    for name, most in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):  # not every system has each of them
            resource.setrlimit(getattr(resource, name), (most, most))


def confine(folder: str, carried: Sequence[str], packages: Sequence[str], limits: Mapping[str, int]) -> dict[str, bool]:
    """Confines this process for good, and returns what holds, as `runner.Bounds` has it."""
    linux = None
    with contextlib.suppress(OSError, ImportError, AttributeError):
        linux = Linux()
    landlock = linux.landlock() if linux else 0
    allowed = [*rules(folder, carried, packages)] if landlock else []
    rights = give_up_rights(
        [folder, *carried, os.path.dirname(os.__file__), os.path.dirname(os.path.abspath(__file__))], linux, landlock
    )
    limit(limits)
    files = calls = False
    if linux:
        with contextlib.suppress(OSError):
            linux.no_new_rights()
            if landlock:
                linux.only_these_files(landlock, iter(allowed))
                files = True
        with contextlib.suppress(OSError, KeyError):
            linux.without_calls()
            calls = True
    return {"rights": rights, "files": files, "calls": calls}


def main(arguments: Sequence[str]) -> None:
    """Confines this process and becomes the student's; the arguments are two file descriptors and what is to hold, as JSON."""
    incoming, outgoing, setting = arguments
    held = confine(**json.loads(setting))
    os.write(int(outgoing), json.dumps(held).encode() + b"\n")
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "student_process.py")
    os.execv(sys.executable, [sys.executable, "-P", "-s", "-S", place, incoming, outgoing])


if __name__ == "__main__":
    main(sys.argv[1:])
