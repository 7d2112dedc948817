#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""peer.py DIR [FAULT]: stands where qemu and lwkt-l2fwd are, and does one thing wrong.

DIR/q0 and DIR/q1 are its sockets, DIR/g0 and DIR/g1 those of nic-wire. The 40th frame from 0 to 1
is lost, sent twice, late, changed, ..., as FAULT says. Prints "ready" when frames may come.
"""
import os
import select
import signal
import socket
import sys

MACS = (bytes.fromhex("525400000001"), bytes.fromhex("525400000002"))
THE_FRAME = 40


def forward(frame, out):
    """What lwkt-l2fwd makes of it."""
    return bytes((2, 0, 0, 0, 0, out)) + MACS[out] + frame[12:]


def with_fault(fault, frame, kept):
    """The frames to send instead of this one; kept has those that are late."""
    if fault == "lose":
        return []
    if fault == "twice":
        return [frame, frame]
    if fault == "late":
        kept.append(frame)
        return []
    if fault == "destination":
        return [frame[:5] + b"\x07" + frame[6:]]
    if fault == "source":
        return [frame[:11] + b"\x07" + frame[12:]]
    if fault == "payload":
        return [frame[:-1] + bytes((frame[-1] ^ 1,))]
    if fault == "padding":
        return [frame[:44] + b"\x01" + frame[45:]]
    if fault == "longer":
        return [frame + bytes(4)]
    if fault == "foreign":
        return [frame, frame[:12] + b"\x88\xb5" + bytes(46)]
    return [frame]


def main(directory, fault):
    signal.alarm(150)  # who started it may be gone
    ends = []
    for i in range(2):
        ends.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        ends[i].bind(os.path.join(directory, f"q{i}"))
    print("ready", flush=True)
    seen = 0
    kept = []
    while True:
        for end in select.select(ends, [], [])[0]:
            at = ends.index(end)
            frame = end.recv(4096)
            out = at if fault == "back" else 1 - at
            frames = [forward(frame, out)]
            if at == 0:
                seen += 1
                if seen == THE_FRAME:
                    frames = with_fault(fault, frames[0], kept)
                elif seen == THE_FRAME + 3:
                    frames += kept
            if fault == "silent":
                frames = []
            for each in frames:
                ends[out].sendto(each, os.path.join(directory, f"g{out}"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
