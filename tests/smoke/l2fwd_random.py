#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""l2fwd_random.py PROGRAM RUNS SEED: random pipelines of every kind, random frames through them.

    in.pcap ─▶ net_pcap0 ─▶ rx ─▶ ┌ stages of any kind, on any CPU, ┐ ─▶ tx ─▶ net_pcap1 ─▶ out.pcap
               source ──────────▶ └ each output to a later stage    ┘ ─▶ sink

Kinds, parameters and their ranges come from the program's own --keys. A file that --check refuses is
only counted; one that it accepts has to start, to end by itself, and to account for each packet.
The frames are well-formed, malformed, runts, and cut. A run that fails is printed as a file.
"""
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

PROGRAM, RUNS, SEED = os.path.realpath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
EAL = "--no-huge --no-pci --no-shconf --no-telemetry -m 1024 --lcores 0@0,1@1,2@0,3@1".split()
FRAMES = 300
ENDS = ("ethdev_tx", "sink")
# How many outputs a kind has; those not named here have one.
OUTPUTS = {"distribute": (1, 4), "l2fwd": (1, 3), "l2switch": (2, 4), "meter": (1, 2), "mirror": (2, 2)}
# What follows from the pipeline around, or would make the run long.
LEFT_OUT = {"ethdev", "queue", "pool", "ports", "port", "routes", "buckets", "rate", "nic_hash"}


def read_keys():
    """{kind: {parameter: text of what it takes}}"""
    kinds = {}
    text = subprocess.run([PROGRAM, "--", "--keys"], capture_output=True, text=True, check=True).stdout
    for section in text.split("\n## ")[1:]:
        title, *lines = section.splitlines()
        if not title.startswith("Kind "):
            continue
        parameters = kinds[title[len("Kind "):]] = {}
        for line in lines:
            match = re.match(r"- \*(\w+)\*: .*\(([^()]*)\)$", line)
            if match and match[1] not in LEFT_OUT:
                parameters[match[1]] = match[2]
    return kinds


def value_of(rng, takes):
    """A value within what the parameter takes; its ends often."""
    takes = takes.split(";")[0].strip()
    match = re.search(r"(\d+) to (\d+)", takes)
    if match:
        least, most = int(match[1]), int(match[2])
        if "power of two" in takes or (least, most) == (64, 65536):
            return 1 << rng.randint(6, 11)
        ends = [least, most, min(least + 1, most), min(1500, most)]
        return rng.choice(ends + [rng.randint(least, min(most, least + 1000)) for _ in range(4)])
    if takes.startswith("an address"):
        return f'"02:00:00:00:00:{rng.randrange(256):02x}"'
    return rng.choice(re.split(r", | or ", takes))


def parameters_of(rng, kind, takes):
    chosen = {}
    for name, text in takes.items():
        if "required" in text or rng.random() < 0.3:
            chosen[name] = value_of(rng, text)
    if kind == "source":
        chosen.update(pool="random_0", count=rng.choice((1, 100, 5000)))
        chosen["size"] = rng.choice((60, 61, 64, 1514))
    if kind == "reorder":
        chosen["timeout_us"] = rng.choice((1, 100, 20000))
    if kind == "sink":
        chosen["cost_ns"] = rng.choice((0, 100))
    return chosen


def pipeline(rng, kinds):
    """The text of a file: stage i leads to later ones only, the last ones are ends."""
    middle = [kind for kind in kinds if kind not in ENDS + ("ethdev_rx", "source")]
    chain = ["ethdev_rx"] + ["source"] * rng.randint(0, 2)
    for _ in range(rng.randint(0, 7)):
        kind = rng.choice(middle)
        chain += ["sequence", "reorder"] if kind == "reorder" else [kind]
    first_end = len(chain)
    chain += ["ethdev_tx"] + ["sink"] * rng.randint(0, 2)
    lines = ["pipeline: {name: random}", "ethdevs:", "  - {name: a, device: net_pcap0}",
             "  - {name: b, device: net_pcap1}", "stages:"]
    for i, kind in enumerate(chain):
        takes = parameters_of(rng, kind, kinds[kind])
        if kind == "ethdev_rx":
            takes["ethdev"] = "a"
        if kind == "ethdev_tx":
            takes["ethdev"] = "b"
        line = f"  - {{name: s{i}, kind: {kind}, cpu: {rng.randint(1, 3)}"
        if takes:
            line += ", params: {" + ", ".join(f"{name}: {value}" for name, value in takes.items()) + "}"
        if i < first_end:
            least = max(i + 1, 1 + chain.index("source") if kind == "ethdev_rx" and "source" in chain else 0)
            while least < first_end and chain[least] == "source":
                least += 1
            number = rng.randint(*OUTPUTS.get(kind, (1, 1)))
            targets = [least if i + 1 == least else rng.randrange(least, len(chain))]
            if kind == "sequence" and i + 1 < first_end and chain[i + 1] == "reorder":
                targets = [i + 1]
            targets += [rng.randrange(least, len(chain)) for _ in range(number - 1)]
            outputs = []
            for target in targets:
                output = f"to: s{target}"
                if rng.random() < 0.3:
                    output += f", message: {rng.choice(('auto', 'packet', 'vector'))}"
                if rng.random() < 0.3:
                    output += f", overflow: {rng.choice(('credit', 'tail', 'oldest'))}, limit: 64"
                if rng.random() < 0.1:
                    output += ", priority: yes"
                outputs.append("{" + output + "}")
            line += f", outputs: [{', '.join(outputs)}]"
        lines.append(line + "}")
    return "\n".join(lines) + "\n"


def frame(rng):
    payload = rng.randbytes(rng.randint(0, 1400))
    ethernet = rng.randbytes(12)
    choice = rng.randrange(6)
    if choice == 0:
        return rng.randbytes(rng.randint(1, 60))
    if choice == 1:
        return ethernet + rng.choice((b"\x81\0", b"\x88\xa8", b"\x88\x47", b"\x88\x64", b"\x86\xdd")) + payload
    length = 28 + len(payload) if choice < 5 else rng.randrange(65536)
    ip = struct.pack(">BBHHHBBHII", 0x45 + rng.choice((0, 0, 0, 1, 10)), 0, length, 0, rng.choice((0, 0, 0x2000, 0x2fff)),
                     64, rng.choice((6, 17, 17, 47, 4, 132)), 0, rng.getrandbits(4), rng.getrandbits(4))
    ports = struct.pack(">HHHH", rng.choice((4789, 2152, 6081, 7)), rng.choice((4789, 2152, 6081, 7)), 8 + len(payload), 0)
    whole = ethernet + b"\x08\x00" + ip + ports + payload
    return whole[:rng.choice((len(whole), len(whole), rng.randint(14, len(whole))))]


def write_capture(rng, path):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for _ in range(FRAMES):
            data = frame(rng)
            f.write(struct.pack("<IIII", 0, 0, len(data), len(data)) + data)


def run(arguments, seconds):
    command = [PROGRAM] + EAL + ["--file-prefix", f"random{os.getpid()}",
                                 "--vdev", "net_pcap0,rx_pcap=in.pcap,tx_pcap=back.pcap",
                                 "--vdev", "net_pcap1,rx_pcap=none.pcap,tx_pcap=out.pcap", "--"] + arguments
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds)


def fail(what, text, done):
    sys.exit(f"FAIL: {what}\n{text}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def main():
    kinds = read_keys()
    refused, used = 0, set()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        pathlib.Path("none.pcap").write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        accepted, seed = 0, SEED
        while accepted < RUNS:
            rng = random.Random(seed)
            seed += 1
            text = pipeline(rng, kinds)
            pathlib.Path("p.yaml").write_text(text)
            write_capture(rng, "in.pcap")
            done = run(["--config", "p.yaml", "--check"], 30)
            if done.returncode == 2 and "p.yaml:" in done.stderr:
                refused += 1
                if refused > 20 * (accepted + 10):
                    fail("nearly all files are refused", text, done)
                continue
            if done.returncode != 0:
                fail(f"seed {seed - 1}: --check: exit code {done.returncode}", text, done)
            accepted += 1
            used |= set(re.findall(r"kind: (\w+)", text))
            done = run(["--config", "p.yaml", "--duration", "1", "-T", "0"], 60)
            if done.returncode != 0 or "account: held 0, mbufs in use 0" not in done.stdout:
                fail(f"seed {seed - 1}: accepted by --check; exit code {done.returncode}", text, done)
    missing = set(kinds) - used
    if RUNS >= 50 and missing:
        sys.exit(f"FAIL: never used: {missing}")
    print(f"ok: {RUNS} pipelines of {len(used)} kinds ran ({refused} files refused), from seed {SEED}")


main()
