#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Send frames of up to 9,014 bytes into one interface, both ways, and take them out of the other.

l2fwd_jumbo.py A B: each frame has to come out once, as it went in.
"""
import socket
import sys

ETHERTYPE = 0x88B5  # for experiments
SIZES = [60, 1514, 1515, 2048, 2049, 4096, 8191, 9014]


def frame(size):
    """A frame of that size, no two bytes in a row the same."""
    head = bytes.fromhex("020000000001" "020000000002") + ETHERTYPE.to_bytes(2, "big")
    return head + bytes((size + i * 7) % 251 for i in range(size - len(head)))


def interface(name):
    """A socket on it that gets frames of our type only."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
    sock.bind((name, ETHERTYPE))
    sock.settimeout(10)
    return sock


def take(sock):
    """The next frame that comes in; those that go out are seen as well."""
    while True:
        data, address = sock.recvfrom(65536)
        if address[2] != socket.PACKET_OUTGOING:
            return data


def main():
    """Exit code 0: all as it should be."""
    ends = [interface(name) for name in sys.argv[1:3]]
    for there, back in (ends, ends[::-1]):
        for size in SIZES:
            there.send(frame(size))
            if take(back) != frame(size):
                print(f"a frame of {size} bytes is not what it was")
                return 1
    print(f"ok: frames of {', '.join(map(str, SIZES))} bytes, both ways")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TimeoutError:
        print("a frame does not come out")
        sys.exit(1)
