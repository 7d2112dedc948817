/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of --help. docs/lwkt-l2fwd.8.scd says the same at length.
 */
#include "args.h"

const char l2fwd_usage[] =
    "usage: lwkt-l2fwd [EAL options] -- -p PORTMASK [options]\n"
    "       lwkt-l2fwd [EAL options] -- --config FILE [options]\n"
    "  -p PORTMASK            ethdevs to use, a bit each, in hex\n"
    "  -q NQ                  ethdevs per lcore (--mode rtc) or per three lcores\n"
    "                         (--mode pipeline), 1..16; default 1\n"
    "  -T PERIOD              seconds between statistics, 0 for none, at most 86400; default 10\n"
    "  --stats-json FILE      append the statistics to FILE as well, a JSON object a line\n"
    "  --stats-bytes          count bytes in each stage too, which takes time for each packet\n"
    "  --duration SECONDS     end after so long, at most 31536000\n"
    "  --count PACKETS        receive so many, no more, and end\n"
    "  --log FILE             append what is printed to FILE instead\n"
    "  -P                     promiscuous mode\n"
    "  --mac-updating         rewrite MAC addresses (the default)\n"
    "  --no-mac-updating      leave packets as they are\n"
    "  --portmap=(A,B)[,...]  pairs of ethdevs that forward to each other; default: neighbours\n"
    "  --mode rtc|pipeline    rx, forward, tx on one lcore (the default), or on one each\n"
    "  --rxq N                rx queues per ethdev, 1..16; default: one for each worker\n"
    "  --txq N                tx queues per ethdev, the same\n"
    "  --idle poll|pause|sleep|interrupt\n"
    "                         what an lcore without packets does; default pause\n"
    "  --config FILE          the pipeline is in FILE, see lwkt-pipeline(5)\n"
    "  --check                only check FILE against devices and lcores, start nothing\n"
    "  --graph                the same, and print the pipeline as Graphviz dot\n"
    "  --keys                 list what may stand in FILE and end\n"
    "  -h, --help             print this and end\n"
    "  --version              print the version and end\n"
    "SIGINT or SIGTERM ends it too: packets under way are sent, and the account is printed; a\n"
    "second one does not wait for them. SIGUSR1: statistics now. SIGHUP: open the files again.\n"
    "EAL options: \"lwkt-l2fwd --help --\" lists them.\n";
