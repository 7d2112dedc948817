# SPDX-License-Identifier: BSD-3-Clause
"""gdb commands for LWKT threads, in a live process and in a core file (contract L116):

    (gdb) source scripts/lwkt-gdb.py
    (gdb) lwkt-threads           all threads of all CPUs: CPU, name, state, priority, what they wait for
    (gdb) lwkt-bt [NAME]         the backtrace of those that do not run; of one name, or of all

A CPU's own context is in the list, too. A thread that runs is an ordinary thread of gdb's at that
moment: `thread apply all bt`. Needs debug information of lib/lwkt (a debug build, or -g). A core file
of the kernel has the stacks; gdb's own generate-core-file leaves out what guard pages are in.
"""
import gdb
from gdb.unwinder import Unwinder, register_unwinder

STATES = ["running", "runnable", "waiting", "ended"]  # enum lwkt_thread_state

# By architecture: stack pointer, program counter, words of the frame that lwkt_context_switch()
# leaves at td_sp, and what is in them.
FRAMES = {
    "i386:x86-64": ("rsp", "rip", 7, {"r15": 0, "r14": 1, "r13": 2, "r12": 3, "rbx": 4, "rbp": 5, "rip": 6}),
    "aarch64": ("sp", "pc", 20, dict({f"x{19 + i}": i for i in range(11)}, x30=11, pc=11)),
}


class Saved(Unwinder):
    """Says that the frame below gdb's newest one is where a thread was switched out."""

    def __init__(self):
        super().__init__("lwkt-saved")
        self.enabled, self.sp = False, 0

    def __call__(self, pending):
        sp_name, pc_name, words, saved = FRAMES[pending.architecture().name()]
        pc = pending.read_register(pc_name)
        here = pending.read_register(sp_name)
        if not self.sp:
            return None
        word = gdb.lookup_type("unsigned long")
        frame = gdb.Value(self.sp).cast(word.pointer())
        # As if it were on the thread's stack: gdb stops where a caller's frame seems to be below.
        info = pending.create_unwind_info(FrameId(gdb.Value(self.sp).cast(here.type), pc))
        for name, index in saved.items():
            info.add_saved_register(name, frame[index].cast(pc.type) if name == pc_name else frame[index])
        info.add_saved_register(sp_name, gdb.Value(self.sp + 8 * words).cast(here.type))
        self.sp = 0  # the frames above are ordinary ones
        return info

    def frames(self, sp):
        """The frames of a thread that was switched out, innermost first."""
        self.sp, self.enabled = sp, True
        gdb.invalidate_cached_frames()
        try:
            frame = gdb.newest_frame().older()
            while frame is not None and frame.is_valid():
                yield frame
                frame = frame.older()
        finally:
            self.sp, self.enabled = 0, False
            gdb.invalidate_cached_frames()


class FrameId:
    """What gdb wants to tell frames apart by."""

    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


def tailq(head, link):
    """The items of a TAILQ."""
    item = head["tqh_first"]
    while int(item) != 0:
        yield item.dereference()
        item = item[link]["tqe_next"]


def threads():
    """(lcore id, struct lwkt_thread) of all, each CPU's own context first."""
    try:
        cpus = gdb.parse_and_eval("cpus")
        low, high = cpus.type.range()
    except (gdb.error, RuntimeError) as err:
        raise gdb.GdbError("no debug information of lib/lwkt; build with -g, and start the program") from err
    for lcore in range(low, high + 1):
        if int(cpus[lcore]) == 0:
            continue
        cpu = cpus[lcore].dereference()
        yield lcore, cpu["gd_thread"]
        for td in tailq(cpu["gd_pool"]["po_all"], "td_all"):
            yield lcore, td


def waits_for(td):
    """The call that waits, and the message, if it is a certain one."""
    if int(td["td_wmesg"]) == 0:
        return ""
    text = td["td_wmesg"].string()
    return text if int(td["td_reply"]) == 0 else f"{text}, message {int(td['td_reply']):#x}"


class Threads(gdb.Command):
    """lwkt-threads: all LWKT threads, with CPU, state, priority and what they wait for."""

    def __init__(self):
        super().__init__("lwkt-threads", gdb.COMMAND_STACK)

    def invoke(self, arg, from_tty):
        for lcore, td in threads():
            state = STATES[int(td["td_state"])]
            print(f"cpu {lcore:<3} {td['td_name'].string():<16} {state:<8} pri {int(td['td_pri']):<2} "
                  f"{int(td.address):#x} {waits_for(td)}".rstrip())


class Backtrace(gdb.Command):
    """lwkt-bt [NAME]: the backtraces of LWKT threads that do not run."""

    def __init__(self, unwinder):
        super().__init__("lwkt-bt", gdb.COMMAND_STACK)
        self.unwinder = unwinder

    def invoke(self, arg, from_tty):
        found = False
        for lcore, td in threads():
            name, state = td["td_name"].string(), int(td["td_state"])
            if arg not in ("", name):
                continue
            found = True
            if state not in (1, 2) or int(td["td_sp"]) == 0:
                if arg:
                    print(f"cpu {lcore} {name}: {STATES[state]}; thread apply all bt")
                continue
            print(f"cpu {lcore} {name}: {STATES[state]} {waits_for(td)}".rstrip())
            for number, frame in enumerate(self.unwinder.frames(int(td["td_sp"]))):
                line = frame.find_sal()
                place = f" at {line.symtab.filename}:{line.line}" if line.symtab else ""
                print(f"  #{number:<2} {frame.pc():#x} in {frame.name() or '??'}{place}")
        if arg and not found:
            raise gdb.GdbError(f"no thread of the name {arg}; lwkt-threads lists them")


SAVED = Saved()
register_unwinder(None, SAVED, replace=True)
Threads()
Backtrace(SAVED)
