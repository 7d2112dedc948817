# SPDX-License-Identifier: BSD-3-Clause
"""TRex stateless profile: many UDP flows both ways through lwkt-l2fwd, and a slow one whose latency counts.

In the TRex console, with two ports that are wired to those of lwkt-l2fwd:

    start -f configs/pktgen/trex_l2fwd.py -m 50% -d 30 -t --size 64 --flows 1000

-m is the rate: per cent of the line, or 10mpps, 5gbps. `stats -l` shows latency and, since its frames
are numbered, what was lost or came out of order.
"""
import argparse

from trex_stl_lib.api import *  # noqa: F401,F403: what a profile has by custom

FCS = 4
LATENCY_PPS = 1000


class L2fwd:
    def packet(self, direction, size, flows):
        near, far = ("10.0", "10.1") if direction == 0 else ("10.1", "10.0")
        base = Ether() / IP(src=f"{near}.0.1", dst=f"{far}.0.1") / UDP(sport=1024, dport=9)
        padding = b"\0" * max(0, size - FCS - len(base))
        last = 1024 + min(flows, 60000) - 1
        change = STLScVmRaw([
            STLVmFlowVar(name="port", min_value=1024, max_value=last, size=2, op="inc"),
            STLVmWrFlowVar(fv_name="port", pkt_offset="UDP.sport"),
            STLVmFixIpv4(offset="IP"),
        ])
        return STLPktBuilder(pkt=base / padding, vm=change)

    def get_streams(self, direction=0, tunables=(), **kwargs):
        parser = argparse.ArgumentParser(description="lwkt-l2fwd")
        parser.add_argument("--size", type=int, default=64, help="bytes of a frame, with FCS")
        parser.add_argument("--flows", type=int, default=1000)
        args = parser.parse_args(tunables)
        return [
            STLStream(packet=self.packet(direction, args.size, args.flows), mode=STLTXCont(percentage=100)),
            STLStream(packet=self.packet(direction, max(args.size, 68), 1), mode=STLTXCont(pps=LATENCY_PPS),
                      flow_stats=STLFlowLatencyStats(pg_id=7 + direction)),
        ]


def register():
    return L2fwd()
