#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""pcap-same.py [--l2fwd ETHDEV] IN OUT: did every packet of IN come out in OUT, MACs aside?

Compares the number of packets, their order and every byte after the two MAC addresses. With
--l2fwd the addresses too: the destination is 02:00:00:00:00:<ETHDEV>, the source the same one in
every packet. Prints one line; exit 0 same, 1 different, 2 unreadable.
"""
import struct
import sys

MACS = 12
MAGICS = {0xA1B2C3D4, 0xA1B23C4D}  # stamps in microseconds, in nanoseconds


def packets(path):
    """Yield (bytes kept, length on the wire) of each packet of a classic pcap file."""
    with open(path, "rb") as file:
        head = file.read(24)
        for order in "<>":
            if len(head) == 24 and struct.unpack_from(order + "I", head)[0] in MAGICS:
                break
        else:
            raise ValueError(f"{path}: not a pcap file")
        while record := file.read(16):
            if len(record) != 16:
                raise ValueError(f"{path}: ends inside a record")
            _, _, kept, wire = struct.unpack(order + "IIII", record)
            data = file.read(kept)
            if len(data) != kept:
                raise ValueError(f"{path}: ends inside a packet")
            yield data, wire


def compare(path_in, path_out, ethdev):
    """Return (same, one line that says what was found)."""
    ins, outs = list(packets(path_in)), list(packets(path_out))
    macs = set()
    for number, (before, after) in enumerate(zip(ins, outs), 1):
        if before[1] != after[1] or before[0][MACS:] != after[0][MACS:]:
            return False, f"packet {number} differs: {before[1]} bytes in, {after[1]} bytes out"
        macs.add(after[0][:MACS])
    if len(ins) != len(outs):
        return False, f"{len(ins)} packets in, {len(outs)} out"
    if not ins:
        return False, "no packets"
    if ethdev is not None:
        if len(macs) != 1:
            return False, f"{len(macs)} different pairs of MAC addresses came out, not one"
        mac = macs.pop()
        if mac[:6] != bytes((2, 0, 0, 0, 0, ethdev)):
            return False, f"destination {mac[:6].hex(':')}, not 02:00:00:00:00:{ethdev:02x}"
    size = sum(len(data) for data, _ in ins)
    return True, f"{len(ins)} packets, {size} bytes, the same in the same order"


def main(args):
    ethdev = None
    if args[:1] == ["--l2fwd"] and len(args) > 1:
        ethdev, args = int(args[1]), args[2:]
    if len(args) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        same, text = compare(args[0], args[1], ethdev)
    except (OSError, ValueError) as error:
        print(f"pcap-same.py: {error}", file=sys.stderr)
        return 2
    print(text)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
