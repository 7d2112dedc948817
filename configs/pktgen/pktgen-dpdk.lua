-- SPDX-License-Identifier: BSD-3-Clause
--
-- Pktgen-DPDK against lwkt-l2fwd on two NICs: for each frame size, frames sent by port 0 and received
-- by port 1 and the other way round, and the share that was lost.
--
--   pktgen -l 0-4 -a PCI -a PCI -- -P -m "[1:2].0, [3:4].1" -f configs/pktgen/pktgen-dpdk.lua
--
-- Rate in per cent of the line; both directions at once. lwkt-l2fwd needs -P.
package.path = package.path .. ";?.lua;lua-lib/?.lua"
require "Pktgen"

local rate = 100
local seconds = 10
local sizes = {64, 128, 256, 512, 1024, 1280, 1518} -- with FCS

local function settle()
	pktgen.stop("all")
	pktgen.delay(1000) -- what is on its way arrives
end

local function measure(size)
	pktgen.set("all", "size", size)
	pktgen.set("all", "rate", rate)
	settle()
	pktgen.clr()
	pktgen.start("all")
	pktgen.delay(1000 * seconds)
	settle()

	local stats = pktgen.portStats("all", "port")
	for from = 0, 1 do
		local sent = stats[from].opackets
		local received = stats[1 - from].ipackets
		printf("%4d bytes  %d>%d  sent %d (%.0f/s)  received %d  lost %.4f %%\n", size, from, 1 - from, sent,
			sent / seconds, received, 100 * (sent - received) / math.max(sent, 1))
	end
end

pktgen.screen("off")
pktgen.set("all", "count", 0) -- without end
pktgen.set_proto("all", "udp")
-- Each port sends to the addresses behind the other. lwkt-l2fwd looks at neither.
pktgen.set_ipaddr("0", "src", "10.0.0.1/24")
pktgen.set_ipaddr("0", "dst", "10.0.1.1")
pktgen.set_ipaddr("1", "src", "10.0.1.1/24")
pktgen.set_ipaddr("1", "dst", "10.0.0.1")
for _, size in ipairs(sizes) do
	measure(size)
end
pktgen.quit()
