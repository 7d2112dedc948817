#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""l2fwd_metrics.py WHERE PATH: GET PATH by HTTP from ADDR:PORT or unix:PATH; prints status and body."""
import http.client
import socket
import sys

WHERE, PATH = sys.argv[1:]


class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(WHERE[len("unix:"):])


connection = Unix("localhost") if WHERE.startswith("unix:") else http.client.HTTPConnection(WHERE)
connection.request("GET", PATH)
answer = connection.getresponse()
sys.stderr.write(f"{answer.status} {answer.getheader('Content-Type')}\n")
sys.stdout.write(answer.read().decode())
