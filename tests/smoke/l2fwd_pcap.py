#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes captures, and compares what went into lwkt-l2fwd with what came out.

make FILE COUNT SEED RUNTS       COUNT frames of 60 to 1514 bytes, and RUNTS of 1 to 13 between them
make FILE COUNT SEED RUNTS FLOWS these frames have one of FLOWS pairs of MAC addresses; those of one pair
                                 say that they are IPv4 and are not
check IN OUT [DST SRC]           OUT has the frames of IN, runts aside, in order and unchanged but
                                 for their MAC addresses, which are DST and SRC (not given: too)
flows IN OUT                     OUT has the frames of IN, runts aside, unchanged, and those of a pair of MAC addresses
                                 in order
"""
import random
import struct
import sys

FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
MIN_FRAME = 14


def make(path, count, seed, runts, flows=0):
    rng = random.Random(seed)
    pairs = [rng.randbytes(12) for _ in range(flows)]
    sizes = [rng.randint(60, 1514) for _ in range(count)]
    for _ in range(runts):
        sizes.insert(rng.randint(0, len(sizes)), rng.randint(1, MIN_FRAME - 1))
    with open(path, "wb") as f:
        f.write(FILE_HEADER)
        for number, size in enumerate(sizes):
            # Each frame says which one it is, right behind the addresses.
            macs = rng.choice(pairs) if flows else rng.randbytes(12)
            kind = 0x0800 if flows and macs == pairs[0] else 0x88B5
            frame = (macs + struct.pack(">HI", kind, number) + rng.randbytes(1500))[:size]
            f.write(struct.pack("<IIII", number, 0, size, size) + frame)


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    # Little endian, with a resolution of micro- or nanoseconds.
    if data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        sys.exit(f"{path}: not a capture")
    frames, at = [], len(FILE_HEADER)
    while at < len(data):
        captured, length = struct.unpack_from("<II", data, at + 8)
        if captured != length or at + 16 + captured > len(data):
            sys.exit(f"{path}: frame {len(frames)} is cut off")
        frames.append(data[at + 16 : at + 16 + captured])
        at += 16 + captured
    return frames


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def check(path_in, path_out, dst=None, src=None):
    sent = [f for f in read(path_in) if len(f) >= MIN_FRAME]
    came = read(path_out)
    for number, (s, c) in enumerate(zip(sent, came)):
        want = s if dst is None else mac(dst) + mac(src) + s[12:]
        if c != want:
            sys.exit(f"{path_out}: frame {number} is {c[:18].hex()}..., {len(c)} bytes; "
                     f"expected {want[:18].hex()}..., {len(want)} bytes")
    if len(sent) != len(came):
        sys.exit(f"{path_out}: {len(came)} frames; expected {len(sent)}")
    print(f"ok: {len(came)} frames")


def by_flow(frames):
    found = {}
    for frame in frames:
        found.setdefault(frame[:12], []).append(frame)
    return found


def flows(path_in, path_out):
    sent = by_flow([f for f in read(path_in) if len(f) >= MIN_FRAME])
    came = by_flow(read(path_out))
    if sent.keys() != came.keys():
        sys.exit(f"{path_out}: {len(came)} flows; expected {len(sent)}")
    for macs, frames in sent.items():
        if frames != came[macs]:
            lost = len(frames) - len(came[macs])
            sys.exit(f"{path_out}: flow {macs.hex()} is not as it was; {lost} frames fewer")
    print(f"ok: {sum(map(len, came.values()))} frames of {len(came)} flows")


if sys.argv[1] == "make":
    make(sys.argv[2], *map(int, sys.argv[3:7]))
elif sys.argv[1] == "flows":
    flows(*sys.argv[2:])
else:
    check(*sys.argv[2:])
