#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench_env.py REPORT ROOT: is the environment in a report what the system says?

ROOT is the source tree that lwkt-bench was built from. Exit 0, or 1 with a line for each difference.
"""
import json
import os
import re
import subprocess
import sys

KERNEL = "/sys/devices/system/cpu"


def read(path, otherwise="unknown"):
    try:
        with open(path, encoding="ascii") as file:
            text = file.read().strip()
    except OSError:
        return otherwise
    return "" if text == "(null)" else text


def numbers(cpus):
    """The CPUs in a list of the kernel's."""
    found = set()
    for part in filter(None, cpus.split(",")):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def caches(cpu):
    found = []
    for i in range(16):
        index = f"{KERNEL}/cpu{cpu}/cache/index{i}/"
        if not os.path.exists(index):
            break
        size = read(index + "size")
        scale = {"K": 2**10, "M": 2**20}[size[-1]]
        found.append({
            "level": int(read(index + "level")),
            "type": read(index + "type"),
            "size_bytes": int(size[:-1]) * scale,
            "line_bytes": int(read(index + "coherency_line_size")),
            "cpus": read(index + "shared_cpu_list")
        })
    return found


def share(isolated, cpus):
    if isolated == "unknown":
        return "unknown"
    both = numbers(isolated) & cpus
    return "all" if both == cpus else "some" if both else "none"


def revision(root):
    """Of HEAD, without the mark of changes; the tree may have been altered since it was built."""
    try:
        return subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], check=True,
                              capture_output=True, text=True).stdout[:12]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def expected(env, root):
    cpus = numbers(env["cpus"])
    isolated = read(f"{KERNEL}/isolated")
    governors = [read(f"{KERNEL}/cpu{cpu}/cpufreq/scaling_governor") for cpu in sorted(cpus)]
    model = re.search(r"^model name\s*: (.*)$", read("/proc/cpuinfo"), re.M)
    return {
        "cpu": model.group(1) if model else "unknown",
        "kernel": "Linux " + os.uname().release,
        "isolated": isolated,
        "nohz_full": read(f"{KERNEL}/nohz_full"),
        "cpus_isolated": share(isolated, cpus),
        "governor": ",".join(dict.fromkeys(governors)),
        "caches": caches(min(cpus)),
        "revision": (revision(root), revision(root) + "+"),
        "dpdk": "DPDK " + subprocess.run(["pkg-config", "--modversion", "libdpdk"], check=True,
                                         capture_output=True, text=True).stdout.strip(),
    }


def differences(env, root):
    for key, value in expected(env, root).items():
        if env[key] != value and not (isinstance(value, tuple) and env[key] in value):
            yield f"{key} is {env[key]!r}, not {value!r}"
    for key in ("lwkt", "buildtype", "optimization", "flags", "sanitize", "compiler", "eal"):
        if not isinstance(env[key], str) or not env[key]:
            yield f"no {key}: {env[key]!r}"
    if not isinstance(env["invariants"], bool) or env["lcores"] < 1 or env["tsc_hz"] < 10**8:
        yield "invariants, lcores or tsc_hz"
    if not re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", env["date"]):
        yield f"date {env['date']!r}"
    cpus = sorted(numbers(env["cpus"]))
    if not set(cpus) <= os.sched_getaffinity(0):
        yield f"cpus {cpus} are not ours"
    pingpong = env["pingpong"]
    if len(cpus) < 2:
        if pingpong is not None:
            yield "a ping-pong on one CPU"
    elif pingpong["cpus"] != cpus[:2] or not 1 < pingpong["ns"] < 1e6 or abs(
            pingpong["cycles"] / env["tsc_hz"] * 1e9 / pingpong["ns"] - 1) > 1e-3:
        yield f"pingpong {pingpong}"


def main(report, root):
    with open(report, encoding="utf-8") as file:
        env = json.load(file)["environment"]
    found = list(differences(env, root))
    for line in found:
        print(f"{report}: environment: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
