#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""l2fwd_capture.py make FILE | check FILE: what a capture is made of, and what it has become.

make: a pcap file with TCP and UDP frames, and one whose IP header cannot be right.
check: blocks of a pcapng file, each field by the format's own rules: prints a line of JSON for each
packet, with bytes, direction, comment and the name of its interface.
"""
import json
import struct
import sys


def frame(proto, src, version=4):
    ip = struct.pack(">BBHHHBBH4s4s", version << 4 | 5, 0, 60, 0, 0, 64, proto, 0,
                     bytes((10, 0, 0, src)), bytes((10, 0, 1, src)))
    return bytes(12) + b"\x08\x00" + ip + struct.pack(">HH", 1000 + src, 2000) + bytes(36)


def make(name):
    frames = [frame(17 if src % 2 else 6, src) for src in range(1, 9)]
    bad = bytearray(frame(17, 99))
    bad[14] = 0x41  # a header of 4 bytes
    with open(name, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for data in frames + [bytes(bad)]:
            out.write(struct.pack("<IIII", 1, 0, len(data), len(data)) + data)


def options(data):
    """Code and value of each, up to the end of options, which need not be said."""
    at = 0
    while at < len(data):
        code, size = struct.unpack_from("<HH", data, at)
        if code == 0:
            assert size == 0 and at + 4 == len(data), "bytes behind the last option"
            return
        yield code, data[at + 4:at + 4 + size]
        at += 4 + (size + 3) // 4 * 4
    assert at == len(data), "the last option is cut"


def blocks(data):
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0 and at + size <= len(data), f"block at {at}: {size} bytes"
        assert struct.unpack_from("<I", data, at + size - 4)[0] == size, f"block at {at}: two lengths"
        yield kind, data[at + 8:at + size - 4]
        at += size


def packet(body, interfaces):
    interface, _, _, kept, size = struct.unpack_from("<IIIII", body)
    said = {"interface": interfaces[interface], "bytes": size, "kept": kept, "comment": ""}
    for code, value in options(body[20 + (kept + 3) // 4 * 4:]):
        if code == 1:
            said["comment"] = value.decode()
        elif code == 2:
            said["direction"] = struct.unpack("<I", value)[0] & 3
    said["frame"] = body[20:20 + min(kept, 34)].hex()
    return said


def check(name):
    interfaces, counted = [], None
    with open(name, "rb") as file:
        for i, (kind, body) in enumerate(blocks(file.read())):
            assert (kind == 0x0a0d0d0a) == (i == 0), "the section's header comes first"
            if kind == 1:
                interfaces.append(dict(options(body[8:])).get(2, b"").decode())
            elif kind == 6:
                print(json.dumps(packet(body, interfaces)))
            elif kind == 5:
                counted = dict(options(body[12:]))
    assert counted is not None, "no statistics at the end"


{"make": make, "check": check}[sys.argv[1]](sys.argv[2])
