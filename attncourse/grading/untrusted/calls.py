"""A filter on a child's system calls, kept by the kernel: what no answer needs is refused.

The second wall behind namespaces, and the first where a system has none: no other process can be
started, signalled, limited or looked into; nothing is shared; no socket is opened; nothing mounts.
"""

import ctypes
import errno
import os
import platform
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # the second with an error's number
LOAD, EQUAL, ANY_BIT, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
NUMBER, ARCHITECTURE, FIRST = 0, 4, 16  # where a call's facts lie; FIRST is its first argument
THREAD = 0x00010000  # of clone's flags; any other new task is a process
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
X32 = 0x40000000  # a second set of calls on x86_64

# Numbers on x86_64 and on aarch64; None where there is no such call.
REFUSED = {
    # other processes: started, signalled, looked into, limited
    **{"fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281)},
    **{"tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240)},
    **{"pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438)},
    **{"ptrace": (101, 117), "kcmp": (312, 272), "perf_event_open": (298, 241)},
    **{"process_vm_readv": (310, 270), "process_vm_writev": (311, 271)},
    **{"process_madvise": (440, 440), "process_mrelease": (448, 448)},
    **{"setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setattr": (314, 274)},
    **{"sched_setparam": (142, 118), "sched_setscheduler": (144, 119)},
    **{"migrate_pages": (256, 238), "move_pages": (279, 239)},
    # memory and messages that outlive a process, or belong to none
    **{"shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197)},
    **{"semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192)},
    **{"msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187)},
    **{"mq_open": (240, 180), "mq_unlink": (241, 181)},
    **{"add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219)},
    **{"memfd_create": (319, 279), "memfd_secret": (447, 447)},
    **{"inotify_init": (253, None), "inotify_init1": (294, 26), "fanotify_init": (300, 262)},
    # the network
    **{"socket": (41, 198)},
    # namespaces, mounts, the kernel itself
    **{"unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "pivot_root": (155, 41)},
    **{"mount": (165, 40), "umount2": (166, 39), "mount_setattr": (442, 442)},
    **{"open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430)},
    **{"fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433)},
    **{"name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "quotactl": (179, 60)},
    **{"bpf": (321, 280), "userfaultfd": (323, 282), "personality": (135, 92)},
    **{"io_uring_setup": (425, 425), "io_uring_enter": (426, 426)},
    **{"io_uring_register": (427, 427), "syslog": (103, 116), "acct": (163, 89)},
    **{"kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142)},
    **{"init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106)},
    **{"swapon": (167, 224), "swapoff": (168, 225), "iopl": (172, None), "ioperm": (173, None)},
    **{"settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171)},
    **{"clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162)},
    **{"vhangup": (153, 58)},
}
CLONE, CLONE3, KILL, TGKILL, PRLIMIT = (56, 220), (435, 435), (62, 129), (234, 131), (302, 261)


def filter_calls() -> None:
    """Install the filter in this process, for good; raises OSError where the system has none."""
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, "no filter is known for this processor")
    program = ctypes.create_string_buffer(_program(*machine, os.getpid()))
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = struct.pack("@HP", (len(program) - 1) // 8, ctypes.addressof(program))
    if system.prctl(PR_SET_SECCOMP, FILTER, ctypes.create_string_buffer(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _program(architecture: int, column: int, own: int) -> bytes:
    """The filter: foreign architectures, then single numbers, then calls with a condition."""
    refuse, unknown = _return(REFUSE | errno.EPERM), _return(REFUSE | errno.ENOSYS)
    steps = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), refuse]
    steps += [(LOAD, 0, 0, NUMBER), (AT_LEAST, 0, 1, X32), refuse]
    for numbers in REFUSED.values():
        if numbers[column] is not None:
            steps += [(EQUAL, 0, 1, numbers[column]), refuse]
    steps += [(EQUAL, 0, 1, CLONE3[column]), unknown]  # then clone is tried, whose flags show
    steps += _unless(CLONE[column], (ANY_BIT, 1, 0, THREAD))
    for call, good in ((KILL, own), (TGKILL, own), (PRLIMIT, 0)):
        steps += _unless(call[column], (EQUAL, 1, 0, good))
    steps.append(_return(ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _unless(number: int, condition: tuple) -> list[tuple]:
    """Refuse a call unless its first argument meets a condition."""
    allowed, refused = _return(ALLOW), _return(REFUSE | errno.EPERM)
    return [(EQUAL, 0, 4, number), (LOAD, 0, 0, FIRST), condition, refused, allowed]


def _return(action: int) -> tuple:
    return RETURN, 0, 0, action
