#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""lwkt-compare: the throughput of lwkt-l2fwd beside that of dpdk-testpmd, by turns.

     lwkt-compare ── starts, watches, ends ──▶ device: lwkt-l2fwd or dpdk-testpmd
          │                                       ▲▼ memif, or virtio_user and vhost
          └── starts, reads its JSON ──▶ generator: lwkt-bench rfc2544

Each run has a new device and a new generator, so that none has what another left behind. The report
is that of lwkt-bench (docs/bench-json.md). Exit code 0 measured, 1 broken off or the environment,
2 bad command line.
"""
import argparse
import glob
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NAME = "lwkt-compare"
PROGRAMS = ("lwkt-l2fwd rtc", "lwkt-l2fwd pipeline", "dpdk-testpmd io", "dpdk-testpmd mac")
RTC, PIPELINE, IO, MAC = range(4)
EAL = "--no-huge -m 256 --no-pci --no-shconf --no-telemetry --log-level=lib.eal:4 --file-prefix".split()
FRAMES = ("flows", "addrs", "ports", "src-ip", "dst-ip", "src-port", "dst-port", "vlan", "src-mac", "dst-mac", "mtu", "drain",
          "link-wait")  # with a value
FLAGS = ("one-way", "ipv6", "tcp")
START_S, END_S = 30, 5  # a program has so long to start, and to end
RAN_NS = 20_000_000     # workers that have run for so long poll
WAITED = 0.05           # of a run: workers that waited longer for their CPU were disturbed
HIGHEST = 0.95          # of the highest rate: as good as all of it
SILENT_RUNS = 3         # generators that nothing came back to, since links come up slowly
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
           2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086)  # two-sided 95 %, by degrees of freedom
COLUMNS = (("name", "bytes", 0), ("ours_name", "ours", 0), ("rival_name", "rival", 0),
           ("ours_pps.median", "ours/s", 0), ("rival_pps.median", "rival/s", 0), ("ratio", "ratio", 2),
           ("ratio_q1", "from", 2), ("ratio_q3", "to", 2), ("no_ratio", "no ratio because", 0))


class Incomplete(Exception):
    """It ends here; what was measured until then is reported."""


def refuse(text, code=2):
    print(f"{NAME}: {text}", file=sys.stderr)
    sys.exit(code)


# The command line


class Once(argparse.Action):
    """An option that is given twice with two values is refused."""

    def __call__(self, parser, args, value, option=None):
        given = args.__dict__.setdefault("given", {})
        if given.setdefault(self.dest, value) != value:
            refuse(f"{option} is given twice, as '{given[self.dest]}' and as '{value}'; give it once")
        setattr(args, self.dest, value)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        refuse(f"{message}; '{NAME} --help' lists the options")

    def print_help(self, file=None):
        """As argparse does, but a full disk is no success."""
        try:
            print(self.format_help(), end="", file=file, flush=True)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            refuse(f"cannot write to standard output: {error.strerror}; the rest of it is lost", 1)


def words(option, allowed):
    def parse(text):
        if any(word not in allowed for word in text.split(",")):
            refuse(f"--{option} takes one or more of {','.join(allowed)}, not '{text}'")
        return [word for word in allowed if word in text.split(",")]
    return parse


def numbers(option, least, most):
    def parse(text):
        parts = text.split(",")
        if len(parts) > 8 or not all(re.fullmatch("[0-9]{1,9}", p) and least <= int(p) <= most for p in parts):
            refuse(f"--{option} takes at most 8 numbers from {least} to {most}, separated by commas, not '{text}'")
        if len(set(parts)) < len(parts) and option == "size":
            refuse(f"--size takes each size once, separated by commas, not '{text}'")
        return [int(part) for part in parts]
    return parse


def number(option, least, most):
    def parse(text):
        if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
            refuse(f"--{option} takes a number from {least} to {most}, not '{text}'")
        return int(text)
    return parse


def seconds(text):
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|min|h|)", text.lower())
    value = float(match[1]) * {"ms": 0.001, "min": 60, "h": 3600}.get(match[2], 1) if match else 0
    if not 0.1 <= value <= 3600:
        refuse(f"--seconds takes seconds from 0.1 to 3600, not '{text}'")
    return value


def options():
    parser = Parser(prog=NAME, allow_abbrev=False, description="the throughput of lwkt-l2fwd beside that of "
                    "dpdk-testpmd, by turns")
    add = lambda name, arg, text, **more: parser.add_argument("--" + name, metavar=arg, help=text, action=Once, **more)
    add("ours", "NAMES", "modes of lwkt-l2fwd: rtc,pipeline; default both", default=["rtc", "pipeline"],
        type=words("ours", ["rtc", "pipeline"]))
    add("rivals", "NAMES", "modes of dpdk-testpmd: io,mac; default both", default=["io", "mac"],
        type=words("rivals", ["io", "mac"]))
    add("link", "NAME", "between generator and device: memif or vhost; default memif", default="memif")
    for name, text in (("generator-cpus", "one, or one to send and one to receive; default the first"),
                       ("device-cpus", "of the device's workers; default the next three")):
        add(name, "LIST", text, type=numbers(name, 0, 1023), default=[])
    add("bench", "FILE", "lwkt-bench; default the one beside this program, or in PATH")
    add("l2fwd", "FILE", "lwkt-l2fwd; default the one beside lwkt-bench, or in PATH")
    add("testpmd", "FILE", "dpdk-testpmd; default the one in PATH", default="dpdk-testpmd")
    add("size", "LIST", "bytes of frames with FCS, one test each; default 64", default=[64],
        type=numbers("size", 64, 16000))
    add("rate", "RATE", "try no more each way: 1Mpps, 10Gbit, 100%%; default what it can send", default="max")
    add("seconds", "N", "of a trial, such as 60 or 0.5; default 2", type=seconds, default=2.0)
    add("repeat", "N", "searches of each program; default 5", type=number("repeat", 1, 20), default=5)
    add("loss", "PPM", "search the rate at which so many of a million are lost; default 0",
        type=number("loss", 0, 999999), default=0)
    add("resolution", "N", "of a search, thousandths of the highest rate; default 10",
        type=number("resolution", 1, 500), default=10)
    add("json", "FILE", "write the result there too; '-' is stdout")
    for name in FRAMES:
        add(name, "VALUE", "of the frames and ethdevs, as in lwkt-bench rfc2544",
            default="500" if name == "drain" else None)
    for name in FLAGS:
        parser.add_argument("--" + name, action="store_true", help="the same")
    args, rest = parser.parse_known_args()
    if rest:
        what = "unknown option" if rest[0].startswith("-") else "unexpected argument"
        refuse(f"{what} '{rest[0].split('=')[0]}'; '{NAME} --help' lists the options")
    if args.link not in ("memif", "vhost"):
        refuse("--link takes one, memif or vhost")
    return args


def beside(name, *files):
    """The program in the directory of one of these files, or its name, for PATH."""
    for file in files:
        path = os.path.join(os.path.dirname(os.path.realpath(file)), name)
        if os.access(path, os.X_OK):
            return path
    return name


def check_programs(args):
    args.bench = args.bench or beside("lwkt-bench", __file__)
    args.l2fwd = args.l2fwd or beside("lwkt-l2fwd", shutil.which(args.bench) or args.bench, __file__)
    args.programs = [RTC + ("rtc", "pipeline").index(o) for o in args.ours]
    args.programs += [IO + ("io", "mac").index(r) for r in args.rivals]
    for path, fix in ((args.bench, "install it, or say where with --bench"),
                      (args.l2fwd, "install it, or say where with --l2fwd"),
                      (args.testpmd, "install Debian's package dpdk-dev, or say where it is with --testpmd")):
        if shutil.which(path) is None:
            refuse(f"cannot find '{path}'; {fix}")


def generator_options(args, size):
    line = ["rfc2544", "--only", "throughput", "--repeat", "1", "--size", str(size), "--rate", args.rate,
            "--seconds", f"{args.seconds:.3f}", "--loss", str(args.loss), "--resolution", str(args.resolution)]
    for name in FRAMES:
        value = getattr(args, name.replace("-", "_"))
        line += [] if value is None else [f"--{name}={value}"]
    return line + ["--" + name for name in FLAGS if getattr(args, name.replace("-", "_"))]


def check_generator(args):
    """What rfc2544 says of its options: the file of --json, which cannot be made, is looked at last."""
    for size in args.size:
        line = [args.bench, *generator_options(args, size), "--json", "/dev/null/none"]
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 2:
            refuse(done.stderr.strip().removeprefix("lwkt-bench rfc2544: "))


# CPUs


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


def choose_cpus(args):
    allowed = sorted(os.sched_getaffinity(0))
    for name, cpus in (("generator-cpus", args.generator_cpus), ("device-cpus", args.device_cpus)):
        for i, cpu in enumerate(cpus):
            if cpu not in allowed:
                refuse(f"--{name}: there is no CPU {cpu}, or it is not allowed; give others "
                       "(taskset -p $$ shows them)")
            if cpu in cpus[:i]:
                refuse(f"--{name} has {cpu} twice; give it once")
    if len(args.generator_cpus) > 2:
        refuse("--generator-cpus takes one, or one to send and one to receive, not "
               f"{len(args.generator_cpus)}")
    free = lambda other: [cpu for cpu in allowed if cpu not in other] or other[:1]
    generator = args.generator_cpus or free(args.device_cpus)[:2 if len(allowed) >= 5 else 1]
    device = args.device_cpus or free(generator)[:3]
    siblings = ""
    for a in generator:
        for b in device:
            of = [read(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list") for cpu in (a, b)]
            if a != b and of[0] and of[0] == of[1]:
                siblings = f"{a} and {b}"
    main = [cpu for cpu in allowed if cpu not in generator + device] or allowed
    return {"generator": generator, "device": device, "shared": [cpu for cpu in generator if cpu in device],
            "siblings": siblings, "main": ",".join(map(str, main))}


def lcores(cpus, workers, n):
    """0@(2-7),1@0,2@1: n workers by turns on these CPUs."""
    return f"0@({cpus['main']})" + "".join(f",{i + 1}@{workers[i % len(workers)]}" for i in range(n))


def worker_times(pid):
    """Threads that EAL calls workers; nanoseconds that they have run, and waited for a CPU."""
    n = ran = waited = 0
    for task in glob.glob(f"/proc/{pid}/task/[0-9]*"):
        times = read(task + "/schedstat").split()
        if "worker" in read(task + "/comm") and len(times) == 3:
            n, ran, waited = n + 1, ran + int(times[0]), waited + int(times[1])
    return n, ran, waited


class Waiting:
    """The share of its time that a process's workers waited, from the first look at which they run."""

    def __init__(self, pid):
        self.pid, self.begun, self.first, self.share = pid, 0, 0, 0

    def look(self):
        n, ran, waited = worker_times(self.pid)
        if n == 0 or ran < RAN_NS:
            return
        if self.begun == 0:
            self.begun, self.first = time.monotonic(), waited
        elif time.monotonic() - self.begun > 0.1:
            self.share = (waited - self.first) / (1e9 * n * (time.monotonic() - self.begun))


# A run


class Run:
    """Programs, directory and signals of the whole comparison."""

    def __init__(self, args, cpus):
        self.args, self.cpus = args, cpus
        self.directory, self.signal, self.generator = "", 0, None
        self.environment, self.warnings = None, []
        self.found = {(s, p): [] for s in args.size for p in args.programs}
        self.disturbed = dict.fromkeys(self.found, 0)
        self.at_highest = dict.fromkeys(self.found, 0)
        for sig in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sig, self.interrupt)

    def interrupt(self, number_, _frame):
        self.signal = number_
        if self.generator is not None and self.generator.poll() is None:
            self.generator.send_signal(signal.SIGINT)

    def prefix(self, which):
        return f"lwktcmp{os.getpid()}-{which}"

    def socket(self, link):
        return os.path.join(self.directory, f"link{link}")

    def start(self, line, **more):
        parent = os.getpid()

        def child():
            # A signal of the terminal is for us, who end it. So does our death (PR_SET_PDEATHSIG).
            import ctypes  # pylint: disable=import-outside-toplevel
            os.setsid()
            ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))
            if os.getppid() != parent:
                os._exit(1)
        return subprocess.Popen(line, stdin=subprocess.DEVNULL, preexec_fn=child, **more)

    def device_line(self, program):
        both = self.cpus["device"]
        workers = 3 if program == PIPELINE else min(len(both), 2)
        ours = program in (RTC, PIPELINE)
        line = [self.args.l2fwd if ours else self.args.testpmd, *EAL, self.prefix("d"), "--lcores",
                lcores(self.cpus, both, workers)]
        for i in range(2):
            memif = f"net_memif{i},role=server,id={i},socket={self.socket(i)},socket-abstract=no"
            line += ["--vdev", f"net_vhost{i},iface={self.socket(i)}" if self.args.link == "vhost" else memif]
        if ours:
            group = 2 if program == PIPELINE or workers == 1 else 1
            mode = "pipeline" if program == PIPELINE else "rtc"
            return line + ["--", "-p", "3", "-T", "0", "-P", f"--mode={mode}", "-q", str(group)]
        # Rings and pool as large as those of lwkt-l2fwd.
        return line + ["--", "--total-num-mbufs=8191", "--rxd=1024", "--txd=1024", "--disable-link-check",
                       "--stats-period=3600", f"--forward-mode={PROGRAMS[program].split()[1]}",
                       f"--nb-cores={workers}"]

    def device_start(self, program):
        for i in range(2):
            if os.path.exists(self.socket(i)):
                os.unlink(self.socket(i))
        path = os.path.join(self.directory, "log")
        with open(path, "wb") as log:
            try:
                device = self.start(self.device_line(program), stdout=log, stderr=log)
            except OSError as error:
                refuse(f"cannot start {PROGRAMS[program]}: {error.strerror}", 1)
        end = time.monotonic() + START_S
        while time.monotonic() < end and not self.signal and device.poll() is None:
            if all(os.path.exists(self.socket(i)) for i in range(2)) and worker_times(device.pid)[1] >= RAN_NS:
                return device
            time.sleep(0.01)
        device_stop(device)
        if self.signal:
            raise Incomplete("interrupted")
        sys.stderr.write(read(path)[-1024:] + "\n")
        print(f"{NAME}: {PROGRAMS[program]} does not start; the lines above say why", file=sys.stderr)
        raise Incomplete("a program does not start")

    def ask_generator(self, size, what, device):
        """One rfc2544; returns its report, or None, and whether workers were disturbed."""
        own = self.cpus["generator"]
        line = [self.args.bench, *EAL, self.prefix("g"), "--lcores", lcores(self.cpus, own, len(own))]
        for i in range(2):
            memif = f"net_memif{i},id={i},socket={self.socket(i)},socket-abstract=no"
            line += ["--vdev", f"net_virtio_user{i},path={self.socket(i)}" if self.args.link == "vhost" else memif]
        result = os.path.join(self.directory, "report")
        line += ["--", *generator_options(self.args, size), "--json", result]
        with open(result + "-err", "w+", encoding="utf-8", errors="replace") as err:
            self.generator = self.start(line, stdout=subprocess.DEVNULL, stderr=err)
            if self.signal:  # before there was anybody to tell
                self.generator.send_signal(signal.SIGINT)
            watched = [Waiting(self.generator.pid), Waiting(device.pid)]
            said = 0
            ended = False
            while not ended:
                ended = self.generator.poll() is not None
                for one in watched:
                    one.look()
                said = relay(err, said, what)
                time.sleep(0 if ended else 0.05)
        try:
            with open(result, encoding="utf-8") as file:
                report = json.load(file)
        except (OSError, ValueError):
            report = None
        return report, any(one.share > WAITED for one in watched)

    def one(self, size, program):
        key = size, program
        what = f"{PROGRAMS[program]} {len(self.found[key]) + 1}/{self.args.repeat}"
        device = self.device_start(program)
        try:
            for _ in range(SILENT_RUNS):
                report, disturbed = self.ask_generator(size, what, device)
                if self.signal or report is None or "nothing came back" not in " ".join(report["warnings"]):
                    break
        finally:
            device_stop(device)
            self.remove_eal_dirs()
        if report is not None:
            self.environment = report["environment"]
            self.warnings = [w for w in report["warnings"] if w.startswith("built ")]
        if self.signal:
            raise Incomplete("interrupted")
        if report is None:
            raise Incomplete("the generator failed")
        if report["incomplete"]:
            why = [re.sub("^incomplete: |;.*", "", w) for w in report["warnings"] if w.startswith("incomplete: ")]
            raise Incomplete(f"{PROGRAMS[program]}: {why[0] if why else 'broken off'}")
        row = report["rows"][0]
        rate = row["pdr_pps" if self.args.loss > 0 else "ndr_pps"]["median"]
        self.found[key].append(rate)
        self.disturbed[key] += disturbed
        self.at_highest[key] += rate >= HIGHEST * row["high_pps"]

    def remove_eal_dirs(self):
        base = "/var/run" if os.getuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "/tmp")
        for which in "gd":
            shutil.rmtree(os.path.join(base, "dpdk", self.prefix(which)), ignore_errors=True)

    def all(self):
        """All programs by turns, forwards and backwards: what changes with time changes for all."""
        for size in self.args.size:
            for repeat in range(self.args.repeat):
                for program in self.args.programs[::-1 if repeat % 2 else 1]:
                    self.one(size, program)


def device_stop(device):
    if device.poll() is None:
        device.send_signal(signal.SIGINT)
    try:
        device.wait(END_S)
    except subprocess.TimeoutExpired:
        device.kill()
        device.wait()


def relay(err, said, what):
    """The generator's new lines: of which run its trials are. Returns how much has been said."""
    err.seek(said)
    text = err.read()
    whole = text.rfind("\n") + 1
    for line in text[:whole].splitlines():
        if line.startswith("lwkt-bench: warning: "):
            continue
        line = re.sub("^([0-9]+ bytes), as fast", rf"\1, {what}, as fast", line)
        line = re.sub("^([0-9]+ bytes), (no loss|given loss), [a-z0-9 ]+:", rf"\1, {what}:", line)
        print(line, file=sys.stderr, flush=True)
    return said + len(text[:whole].encode("utf-8", errors="replace"))


# The report


def quantile(values, q):
    values = sorted(values)
    at = q * (len(values) - 1)
    low = int(at)
    return values[-1] if low + 1 >= len(values) else values[low] + (at - low) * (values[low + 1] - values[low])


def summary(values):
    n, mean = len(values), sum(values) / len(values)
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1)) if n > 1 else 0
    half = STUDENT[min(n - 1, len(STUDENT)) - 1] * deviation / math.sqrt(n) if n > 1 else 0
    return {"median": quantile(values, 0.5), "q1": quantile(values, 0.25), "q3": quantile(values, 0.75),
            "min": min(values), "max": max(values), "mean": mean, "confidence95": half, "repeats": n}


def put_ratio(run, row, ours, rival):
    """Ours by the rival's, repeat by repeat."""
    pairs = list(zip(run.found[ours], run.found[rival]))
    if run.cpus["shared"]:
        row["no_ratio"] = f"generator and device share CPU {','.join(map(str, run.cpus['shared']))}"
    elif not pairs:
        row["no_ratio"] = "one was not measured"
    elif any(a <= 0 or b <= 0 for a, b in pairs):
        row["no_ratio"] = "too much was lost at every rate"
    else:
        ratios = [a / b for a, b in pairs]
        row.update(ratio=quantile(ratios, 0.5), ratio_q1=quantile(ratios, 0.25), ratio_q3=quantile(ratios, 0.75))


def rows(run, warn):
    for size in run.args.size:
        for o in run.args.programs:
            for r in run.args.programs:
                ours, rival = (size, o), (size, r)
                runs = len(run.found[ours]) + len(run.found[rival])
                if o > PIPELINE or r < IO or runs == 0:
                    continue
                row = {"name": f"{size}-{PROGRAMS[o].split()[1]}-{PROGRAMS[r].split()[1]}",
                       "what": "highest rate with little enough loss, each way", "size": size,
                       "ours_name": PROGRAMS[o], "rival_name": PROGRAMS[r]}
                for field, key in (("ours_pps", ours), ("rival_pps", rival)):
                    if run.found[key]:
                        row[field] = summary(run.found[key]) | {"disturbed": run.disturbed[key],
                                                                "at_highest": run.at_highest[key]}
                put_ratio(run, row, ours, rival)
                disturbed = run.disturbed[ours] + run.disturbed[rival]
                row["disturbed"] = 2 * disturbed > runs
                if row["disturbed"]:
                    warn(f"{row['name']}: in {disturbed} of {runs} runs workers waited for a CPU more than 5 % of "
                         "the time; keep others off CPUs of generator and device")
                yield row


def warn_all(run, warn):
    cpus = run.cpus
    if cpus["shared"]:
        warn(f"generator and device share CPU {','.join(map(str, cpus['shared']))}: the rates say how the kernel "
             "shares it, so there is no ratio; give others with --generator-cpus and --device-cpus")
    if cpus["siblings"]:
        warn(f"CPUs {cpus['siblings']}, of generator and device, are threads of one core: each slows the other down")
    if PIPELINE in run.args.programs and len(cpus["device"]) < 3:
        warn(f"the pipeline has 3 lcores and {len(cpus['device'])} CPU{'s' * (len(cpus['device']) > 1)}; give it 3 "
             "with --device-cpus")
    for size in run.args.size if run.args.rate == "max" else []:
        highest = [PROGRAMS[p] for p in run.args.programs
                   if run.found[size, p] and 2 * run.at_highest[size, p] > len(run.found[size, p])]
        if highest:
            warn(f"{size} bytes: all that could be sent got through {', '.join(highest)}: that is a limit of the "
                 "generator, or of who pushes back")


def cell(row, path, decimals):
    for key in path.split("."):
        row = row.get(key) if isinstance(row, dict) else None
    return "-" if row is None else row if isinstance(row, str) else f"{row:.{decimals}f}"


def print_table(all_rows, out):
    lines = [[title for _, title, _ in COLUMNS]]
    lines += [[cell(row, path, decimals) for path, _, decimals in COLUMNS] for row in all_rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        cells = [c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths))]
        print("  ".join(cells), file=out)


def report(run, incomplete):
    """Table, and the file; returns an exit code."""
    args, cpus, out = run.args, run.cpus, sys.stderr if run.args.json == "-" else sys.stdout
    warnings = list(run.warnings)

    def warn(text):
        print(f"{NAME}: warning: {text}", file=sys.stderr)
        warnings.append(text)
    all_rows = list(rows(run, warn))
    warn_all(run, warn)
    if incomplete:
        warn(f"incomplete: {incomplete}; what was measured until then is here")
    result = {"schema": "lwkt-bench/1", "command": "compare", "environment": run.environment or {},
              "warnings": warnings, "rows": all_rows, "link": args.link, "loss": args.loss / 1e6,
              "seconds": args.seconds, "resolution": args.resolution / 1000, "cpus": cpus,
              "incomplete": bool(incomplete)}
    names = [",".join(map(str, cpus[which])) for which in ("generator", "device")]
    print(f"generator on CPU {names[0]}, device on CPU {names[1]}, main lcores, which sleep, on {cpus['main']}",
          file=out)
    print_table(all_rows, out)
    if args.json:
        with open(sys.stdout.fileno() if args.json == "-" else args.json, "w", encoding="utf-8",
                  closefd=args.json != "-") as file:
            json.dump(result, file, indent=2)
            file.write("\n")
    sys.stdout.flush()
    return 1 if incomplete else 0


def main():
    args = options()
    cpus = choose_cpus(args)
    check_programs(args)
    check_generator(args)
    run = Run(args, cpus)
    incomplete = None
    try:
        if args.json and args.json != "-":
            open(args.json, "a", encoding="utf-8").close()
        with tempfile.TemporaryDirectory(prefix="lwkt-compare-", dir="/tmp") as run.directory:
            try:
                run.all()
            except Incomplete as why:
                incomplete = str(why)
        return report(run, incomplete)
    except OSError as error:
        refuse(f"cannot write '{error.filename or 'standard output'}': {error.strerror}", 1)


if __name__ == "__main__":
    sys.exit(main())
