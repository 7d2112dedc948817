#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
#   build tree ── meson install ──▶ temporary root ── pkg-config ──▶ a program of somebody else's
#
# install.sh SOURCE_DIR BUILD_DIR: is everything in place after an installation, does each public
# header stand alone in C and in C++, and does a program outside of this tree build from what
# pkg-config says, with our shared and with our static libraries, and run?
set -euo pipefail

source_dir=$1
build_dir=$2
root=$(mktemp -d)
trap 'rm -rf "$root"; rm -rf "/var/run/dpdk/hs-install$$"' EXIT

fail()
{
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

# present PATTERN... : each matches a file below the prefix
present()
{
	local pattern

	for pattern in "$@"; do
		compgen -G "$prefix/$pattern" >/dev/null || fail "not installed: $pattern"
	done
}

DESTDIR=$root meson install -C "$build_dir" --no-rebuild --quiet >/dev/null
prefix_wanted=$(meson introspect --buildoptions "$build_dir" |
	python3 -c 'import json, sys
print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
prefix=$root$prefix_wanted
pc=$(find "$root" -name lwkt-msgport.pc)
[[ -n $pc ]] || fail "not installed: lwkt-msgport.pc"
libdir=$(dirname "$(dirname "$pc")")
lib=${libdir#"$prefix/"}

# -- everything in place -------------------------------------------------------------------------

for header in "$source_dir"/lib/*/{,old/}lwkt_*.h; do
	# Between our layers only.
	[[ $header =~ /lwkt_(transit|pktburst|fence|telemetry)\.h$ ]] || present "include/${header##*/}"
done
for header in "$prefix"/include/*.h; do
	[[ $header != *_pvt.h ]] || fail "a private header is installed: ${header##*/}"
done
for name in lwkt lwkt_msgport lwkt_dispatch lwkt_stages lwkt_plan lwkt_test; do
	present "$lib/lib$name.so" "$lib/lib$name.so.[0-9]*" "$lib/lib$name.a"
done
present "$lib"/pkgconfig/lwkt-{msgport,dispatch,stages,plan,test}.pc bin/lwkt-l2fwd bin/lwkt-ctl bin/lwkt-bench \
	bin/lwkt-compare share/lwkt/bench-page.py share/lwkt/bench-diff.py share/lwkt/bench_reports.py
for config in "$source_dir"/configs/*.args; do
	[[ ! -e $config ]] || present "share/lwkt/configs/${config##*/}"
done
present "lib/systemd/system/lwkt-l2fwd@.service" lib/sysusers.d/lwkt.conf lib/udev/rules.d/60-lwkt-vfio.rules \
	share/lwkt/service/l2fwd.conf share/bash-completion/completions/lwkt-{l2fwd,ctl}
grep -q "^ExecStart=$prefix_wanted/bin/lwkt-l2fwd " "$prefix/lib/systemd/system/lwkt-l2fwd@.service" ||
	fail "the unit starts another program"
# Whatever page an installed header, man page or page cites is installed, under share/doc/lwkt.
cited=0
while read -r page; do
	[[ -f $prefix/share/doc/lwkt/$page ]] || fail "cited, but not installed: docs/$page"
	cited=$((cited + 1))
done < <(cat "$prefix"/include/lwkt_*.h "$source_dir"/docs/reference/*.scd "$prefix"/share/doc/lwkt/*/*.md |
	grep -oE '\b(docs|share/doc/lwkt)/[a-z0-9/-]+\.md\b' | sed -E 's,^(docs|share/doc/lwkt)/,,' | sort -u)
((cited >= 5)) || fail "only $cited pages are cited; is the pattern right?"
present share/doc/lwkt/reference/contract.md share/doc/lwkt/internals/memory-model.md
if command -v scdoc >/dev/null; then
	for page in "$source_dir"/docs/reference/*.scd; do
		[[ -e $page ]] || continue
		page=$(basename "$page" .scd)
		present "share/man/man${page##*.}/$page*"
	done
fi

# -- what is exported ----------------------------------------------------------------------------

# A program may call what an installed header declares. What our libraries have for each other is in
# a node of its own.
for name in lwkt lwkt_msgport lwkt_dispatch lwkt_stages lwkt_plan lwkt_test; do
	nm -D --defined-only "$libdir/lib$name.so" >"$root/exported"
	grep -q '@@LWKT_0$' "$root/exported" || fail "lib$name.so exports nothing"
	! grep -vE '@@LWKT_(0|INTERNAL)$| A LWKT_(0|INTERNAL)$' "$root/exported" ||
		fail "lib$name.so exports the names above without a version"
	while read -r symbol; do
		grep -qw "$symbol" "$prefix"/include/lwkt_*.h ||
			fail "lib$name.so exports $symbol, which no installed header has"
	done < <(sed -nE 's/.* ([^ ]+)@@LWKT_0$/\1/p' "$root/exported")
	! grep -F '*;' "$source_dir/lib/${name#lwkt_}/$name.map" | grep -v '^[[:space:]]*\*;$' ||
		fail "$name.map has a wildcard"
done

# -- as somebody else would use it ---------------------------------------------------------------

# The root is temporary, so the prefix that the files name is not where they are.
grep -q "^prefix=$prefix_wanted\$" "$pc" || fail "lwkt-msgport.pc names another prefix"
sed -i "s,^prefix=.*,prefix=$prefix," "$libdir"/pkgconfig/*.pc
export PKG_CONFIG_PATH=$libdir/pkgconfig
read -ra cflags <<<"$(pkg-config --cflags lwkt-plan) -I$prefix/include"
read -ra libs <<<"$(pkg-config --libs lwkt-plan)"
read -ra dpdk_libs <<<"$(pkg-config --libs libdpdk numa yaml-0.1)"
# As the guide says.
read -ra archives <<<"$(sed -nE 's/^ +(-l:.*) \\$/\1/p' "$prefix/share/doc/lwkt/guides/embed.md")"
((${#archives[@]} == 5)) || fail "guides/embed.md has no line that links statically: ${archives[*]}"
static_libs=(-L"$libdir" "${archives[@]}" "${dpdk_libs[@]}" -pthread)
strict=(-Wall -Wextra -Werror -isystem /usr/include/dpdk)

[[ $(meson introspect --buildoptions "$build_dir") =~ \"dpdk_static\",\ \"value\":\ (true|false) ]] ||
	fail "no option dpdk_static"
static=${BASH_REMATCH[1]}
headers=("$prefix"/include/lwkt_*.h)
[[ $static == false ]] || headers=() # the same ones
for header in "${headers[@]}"; do
	printf '#include <%s>\n#include <%s>\n' "${header##*/}" "${header##*/}" >"$root/header.c"
	cp "$root/header.c" "$root/header.cc"
	gcc -std=gnu11 "${strict[@]}" "${cflags[@]}" -fsyntax-only "$root/header.c" ||
		fail "${header##*/} does not compile in C"
	g++ -std=gnu++17 "${strict[@]}" "${cflags[@]}" -fsyntax-only "$root/header.cc" ||
		fail "${header##*/} does not compile in C++"
done

cat >"$root/program.c" <<'END'
#include <stdio.h>
#include <lwkt_cpu.h>
#include <lwkt_msgport.h>
#include <lwkt_pipeline.h>
#include <rte_eal.h>

/* A message to oneself and its reply; and one call of each library. */
int
main(int argc, char **argv)
{
	struct lwkt_msg msg = {0};
	lwkt_port_t port;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	port = lwkt_thread_port(lwkt_curthread());
	lwkt_initmsg(&msg, port, 0);
	lwkt_sendmsg(port, &msg);
	if (lwkt_getport(port) != &msg)
		return 2;
	lwkt_replymsg(&msg, 7);
	if (lwkt_getport(port) != &msg || !lwkt_checkmsg(&msg) || msg.ms_error != 7)
		return 3;
	if (lwkt_pipeline_create("none", NULL, 0) != NULL)
		return 4;
	lwkt_fini();
	puts("replied");
	return 0;
}
END
g++ -x c++ -std=gnu++17 "${cflags[@]}" -Wno-missing-field-initializers "$root/program.c" -x none \
	-o "$root/shared++" "${libs[@]}" || fail "a C++ program does not build"

cpu=$(sed -nE 's/^Cpus_allowed_list:\s*([0-9]+).*/\1/p' /proc/self/status)

# says WORDS PROGRAM [ARGUMENT]... : it runs, to its end, on two lcores, and says so
says()
{
	local output

	output=$(LD_LIBRARY_PATH=$libdir timeout -k 2 60 "$root/$2" --no-huge -m 64 --no-pci \
		--no-shconf --no-telemetry --file-prefix "hs-install$$" --lcores "0@$cpu,1@$cpu" \
		"${@:3}" 2>&1) || fail "$2: exit code $?: $output"
	[[ $output == *"$1"* ]] || fail "$2 does not say '$1': $output"
}

# build WORDS SOURCE PROGRAM : SOURCE with the shared, and with the static libraries
build()
{
	gcc -std=gnu11 "${strict[@]}" "${cflags[@]}" "$2" -o "$root/$3" "${libs[@]}" ||
		fail "$2 does not build with the shared libraries"
	gcc -std=gnu11 "${strict[@]}" "${cflags[@]}" "$2" -o "$root/$3-static" "${static_libs[@]}" ||
		fail "$2 does not build with the static libraries"
	says "$1" "$3"
	says "$1" "$3-static"
}

says replied shared++
build replied "$root/program.c" shared
build '12 squared is 144' "$source_dir/examples/send_reply.c" send_reply
build '0 packets in use' "$source_dir/examples/packet.c" packet
build '900 consumed + 100 dropped' "$source_dir/examples/stage_kind.c" stage_kind
# The programs of the guide, each with what it says it prints.
awk -v root="$root" '
	/^```$/ { if (file != "") close(file); file = "" }
	file != "" { print > file }
	/^```c$/ { file = root "/embed" ++n ".c" }
	/^```text$/ { file = root "/embed" n ".txt" }' "$prefix/share/doc/lwkt/guides/embed.md"
[[ -e $root/embed2.txt ]] || fail "no two programs in guides/embed.md"
for program in "$root"/embed*.c; do
	name=$(basename "$program" .c)
	build "$(<"$root/$name.txt")" "$program" "$name"
done
readelf -d "$root/shared" | grep -q 'liblwkt_msgport\.so\.0' || fail "shared is not linked shared"
! readelf -d "$root/shared-static" | grep -q 'liblwkt' || fail "static is linked shared"

# Those with a meson.build of their own, as somebody would begin with them.
complete()
{
	if ! meson setup "$root/$2-build" "$source_dir/examples/$2" >"$root/meson.out" 2>&1 ||
		! meson compile -C "$root/$2-build" >"$root/meson.out" 2>&1; then
		fail "examples/$2 does not build: $(<"$root/meson.out")"
	fi
	says "$1" "$2-build/$2" "${@:3}"
}

# complete_test NAME : the same, of tests
complete_test()
{
	pkg-config --exists criterion || return 0
	if ! meson setup "$root/$1-build" "$source_dir/examples/$1" >"$root/meson.out" 2>&1 ||
		! LD_LIBRARY_PATH=$libdir timeout -k 2 300 meson test -C "$root/$1-build" >"$root/meson.out" 2>&1; then
		fail "the tests of examples/$1: $(<"$root/meson.out")"
	fi
}

# ping.pcap: who has 10.9.0.1, who has 10.9.0.3, and a ping of the former
request()
{
	python3 - "$1" <<'END'
import struct
import sys


def checksum(data):
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    return ~(total % 0xffff) & 0xffff


def arp(last):
    return (bytes(6 * [255]) + me + struct.pack('>HHHBBH', 0x806, 1, 0x800, 6, 4, 1) + me + bytes((10, 9, 0, 2)) +
            bytes(6) + bytes((10, 9, 0, last)) + bytes(18))


me = bytes((2, 0, 0, 0, 0, 9))
echo = struct.pack('>BBHHH', 8, 0, 0, 7, 1) + b'16 bytes of text'
echo = echo[:2] + struct.pack('>H', checksum(echo)) + echo[4:]
ip = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(echo), 0, 0, 64, 1, 0) + bytes((10, 9, 0, 2, 10, 9, 0, 1))
ip = ip[:10] + struct.pack('>H', checksum(ip)) + ip[12:]
with open(sys.argv[1], 'wb') as out:
    out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for frame in arp(1), arp(3), bytes((2, 0, 0, 0, 0, 1)) + me + b'\x08\x00' + ip + echo:
        out.write(struct.pack('<IIII', 1, 0, len(frame), len(frame)) + frame)
END
}

if [[ $(meson introspect --buildoptions "$build_dir") =~ \"dpdk_static\",\ \"value\":\ false ]]; then
	complete ', 0 not accounted for' retrofit --vdev net_null0 --vdev net_null1
	complete '100000 packets, 0 out of order' workers
	complete '5000 received = 0 transmitted + 5000 consumed + 0 dropped; 0 mbufs in use' own_kinds -- \
		"$source_dir/examples/own_kinds/pipeline.yaml"
	request "$root/ping.pcap"
	complete '3 received, 2 answered, 1 dropped' responder \
		--vdev "net_pcap0,rx_pcap=$root/ping.pcap,tx_pcap=$root/answers.pcap"
	complete_test kind_test
	answers=$(tcpdump -nvr "$root/answers.pcap" 2>/dev/null)
	[[ $answers == *'Reply 10.9.0.1 is-at '* && $answers == *'10.9.0.1 > 10.9.0.2: ICMP echo reply, id 7, seq 1'* &&
		$answers != *wrong* ]] || fail "responder: tcpdump reads something else: $answers"
fi

# -- a pipeline in C needs the libraries of a pipeline in C ---------------------------------------

# DPDK's own drivers need more, and EAL loads them; so the program looks before it calls EAL.
cat >"$root/lean.c" <<'END'
#include <stdio.h>
#include <string.h>
#include <lwkt_cpu.h>
#include <lwkt_pipeline.h>
#include <rte_eal.h>

static int
is_mapped(const char *library)
{
	char line[4096];
	FILE *maps = fopen("/proc/self/maps", "r");
	int found = 0;

	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL)
		found |= strstr(line, library) != NULL;
	if (maps != NULL)
		fclose(maps);
	return found;
}

int
main(int argc, char **argv)
{
	static const char *const heavy[] = {"libyaml", "librte_hash", "librte_reorder",
	    "librte_meter", "librte_ethdev", "liblwkt_stages", "liblwkt_plan"};

	if (!is_mapped("liblwkt_dispatch"))
		return 1;
	for (unsigned int i = 0; i < sizeof(heavy) / sizeof(heavy[0]); i++)
		if (is_mapped(heavy[i])) {
			printf("%s is mapped\n", heavy[i]);
			return 2;
		}
	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 3;
	if (lwkt_pipeline_create("none", NULL, 0) != NULL)
		return 4;
	lwkt_fini();
	puts("lean");
	return 0;
}
END
read -ra lean_libs <<<"$(pkg-config --libs lwkt-dispatch)"
if [[ $static == false ]]; then
	gcc -std=gnu11 "${strict[@]}" "${cflags[@]}" "$root/lean.c" -o "$root/lean" "${lean_libs[@]}" ||
		fail "a pipeline in C does not build with lwkt-dispatch alone"
	says lean lean
	# By name too: what the program and our libraries ask for, and what those ask for.
	if LD_LIBRARY_PATH=$libdir ldd "$root/lean" |
		grep -E 'libyaml|librte_(hash|reorder|meter|ethdev)|liblwkt_(stages|plan)'; then
		fail "a pipeline in C loads the libraries above"
	fi
fi

# -- the same binary, with the checks -------------------------------------------------------------

#      faults.c ── gcc ──▶ faults ──┬ LIBDIR ────────────────▶ does what it does without checks
#                                   └ LIBDIR/lwkt-invariants ─▶ a line that names the fault

# fault DIRECTORY NAME : what the program says; its exit code is in $root/fault.rc
fault()
{
	local rc=0

	LD_LIBRARY_PATH=$1 timeout -k 2 60 "$root/faults" --no-huge -m 64 --no-pci --no-shconf --no-telemetry \
		--file-prefix "hs-install$$" --lcores "0@$cpu,1@$cpu" -- "$2" >"$root/fault.out" 2>&1 || rc=$?
	echo $rc >"$root/fault.rc"
	cat "$root/fault.out"
}

# faulty NAME TEXT RELEASE_TEXT : with the checks it stops with TEXT; without it goes on, or it says RELEASE_TEXT
faulty()
{
	local said

	said=$(fault "$checked" "$1")
	[[ $(<"$root/fault.rc") == 134 && $said == *"lwkt: "*$2* ]] ||
		fail "$1 with lwkt-invariants: exit code $(<"$root/fault.rc"): $said"
	said=$(fault "$libdir" "$1")
	[[ $said == *$3* ]] || fail "$1 without: exit code $(<"$root/fault.rc"): $said"
	[[ $3 != 'went on' || $(<"$root/fault.rc") == 0 ]] || fail "$1 without: exit code $(<"$root/fault.rc"): $said"
}

checked=$libdir/lwkt-invariants
if [[ $static == false && $(meson introspect --buildoptions "$build_dir") =~ \"invariants_libs\",\ \"value\":\ true &&
	$(meson introspect --buildoptions "$build_dir") =~ \"buildtype\",\ \"value\":\ \"release\" ]]; then
	for name in lwkt lwkt_msgport lwkt_dispatch lwkt_stages lwkt_plan; do
		present "$lib/lwkt-invariants/lib$name.so.[0-9]*"
		cmp <(nm -D --defined-only "$libdir/lib$name.so" | cut -d' ' -f3) \
			<(nm -D --defined-only "$checked/lib$name.so" | cut -d' ' -f3) ||
			fail "lwkt-invariants/lib$name.so exports other names"
	done
	gcc -std=gnu11 "${strict[@]}" "${cflags[@]}" "$source_dir/tests/smoke/faults.c" -o "$root/faults" "${libs[@]}" ||
		fail "faults.c does not build"
	[[ $(fault "$checked" none) == *'went on'* ]] || fail "lwkt-invariants stops a program without a fault: $(<"$root/fault.out")"
	faulty output 'stage in (kind faulty, CPU 1): 1 packets to output 1, which is not there' 'which is not there'
	faulty reason 'no drop reason 7' 'went on'
	faulty pool 'packets of pool plain' 'packets of pool plain'
	faulty misaligned 'is not aligned to 64 bytes' ''
	faulty freed 'or its memory has been freed' ''
	faulty ended 'whose thread ended has ended' 'went on'
	faulty twice 'needs a reply port, DONE set and QUEUED clear' '1 violations'
fi

# -- a stage out of the tree is a copy of one in the tree ----------------------------------------

#      lib/stages/l2fwd.c as it is, another name ── pkg-config ──▶ relay.so ──▶ lwkt-l2fwd, a pipeline file

# l2fwd ARGUMENTS... : the installed program; what it prints is in $root/l2fwd.out
l2fwd()
{
	LD_LIBRARY_PATH=$libdir timeout -k 2 60 "$prefix/bin/lwkt-l2fwd" --no-huge -m 128 --no-pci --no-shconf \
		--no-telemetry --file-prefix "hs-install$$" --lcores "0@$cpu,1@$cpu" --vdev net_null0 \
		--vdev net_null1 -- "$@" >"$root/l2fwd.out" 2>&1
}

# plugin NAME LINE : NAME.so of relay.c and LINE
plugin()
{
	printf '#include <lwkt_plan.h>\nextern const struct lwkt_stage_kind lwkt_stage_relay;\n%s\n' "$2" \
		>"$root/$1.c"
	gcc -O2 -fPIC -shared -std=gnu11 "${strict[@]}" "${cflags[@]}" "$root/$1.c" "$root/relay_kind.c" \
		-o "$root/$1.so" "${libs[@]}" || fail "$1.so does not build"
}

# refused NAME TEXT : by the option and by the file
refused()
{
	! l2fwd --plugin "$root/$1" --config "$root/relay.yaml" --check || fail "$1 is taken"
	grep -Fqx "lwkt: plugin $root/$1: $2" "$root/l2fwd.out" || fail "--plugin $1: $(<"$root/l2fwd.out")"
	grep -Fqx "lwkt-l2fwd: --plugin $root/$1: the line before this says why" "$root/l2fwd.out" ||
		fail "--plugin $1 does not end with a line"
	{ printf 'plugins: [%s]\n' "$1"; cat "$root/relay.yaml"; } >"$root/refused.yaml"
	! l2fwd --config "$root/refused.yaml" --check || fail "plugins: [$1] is taken"
	grep -Fqx "lwkt: $root/refused.yaml:1:11: plugins: $1: $2" "$root/l2fwd.out" ||
		fail "plugins: [$1]: $(<"$root/l2fwd.out")"
}

if [[ $static == false ]]; then
	sed -e 's/lwkt_stage_l2fwd/lwkt_stage_relay/' -e 's/\.sk_name = "l2fwd"/.sk_name = "relay"/' \
		"$source_dir/lib/stages/l2fwd.c" >"$root/relay_kind.c"
	cat >"$root/relay.yaml" <<-'END'
		ethdevs: [{name: a, device: net_null0}, {name: b, device: net_null1}]
		stages:
		  - {name: rx_a, kind: ethdev_rx, cpu: 1, params: {ethdev: a}, outputs: [relay]}
		  - {name: rx_b, kind: ethdev_rx, cpu: 1, params: {ethdev: b}, outputs: [relay]}
		  - {name: relay, kind: relay, cpu: 1, params: {routes: [1, 0]}, outputs: [tx_a, tx_b]}
		  - {name: tx_a, kind: ethdev_tx, cpu: 1, params: {ethdev: a}}
		  - {name: tx_b, kind: ethdev_tx, cpu: 1, params: {ethdev: b}}
	END
	plugin relay 'LWKT_PLUGIN(&lwkt_stage_relay);'
	{ echo 'plugins: [relay.so]'; cat "$root/relay.yaml"; } >"$root/plugins.yaml"
	for way in "--plugin $root/relay.so --config $root/relay.yaml" "--config $root/plugins.yaml" \
		"--plugin $root/relay.so --plugin $root/relay.so --config $root/plugins.yaml"; do
		read -ra words <<<"$way"
		l2fwd "${words[@]}" -T 1 --duration 1 || fail "$way: $(<"$root/l2fwd.out")"
		[[ $(<"$root/l2fwd.out") =~ received\ ([0-9]+)\ =\ transmitted\ ([0-9]+)\ \+\ dropped\ 0 ]] ||
			fail "$way: no account, or drops: $(<"$root/l2fwd.out")"
		((BASH_REMATCH[1] > 1000 && BASH_REMATCH[1] == BASH_REMATCH[2])) || fail "$way: nothing is forwarded"
		grep -Eq '^relay +relay +1 ' "$root/l2fwd.out" || fail "$way: the table has no kind relay"
	done
	l2fwd --plugin "$root/relay.so" --keys || fail "--keys: $(<"$root/l2fwd.out")"
	grep -q '^## Kind relay$' "$root/l2fwd.out" || fail "--keys does not list the kind"
	! l2fwd --config "$root/relay.yaml" --check || fail "kind relay is there without the plugin"

	refused none.so 'it cannot be read (No such file or directory); write the name of a shared object'
	echo 'no code' >"$root/text.so"
	refused text.so 'file too short; write the name of a shared object whose libraries are there'
	plugin silent 'extern const int silent; const int silent = 1;'
	refused silent.so 'it is no plugin: it has no symbol lwkt_plugin; write LWKT_PLUGIN(&KIND) in it (lwkt_plan.h)'
	version=$(printf '#include <lwkt_plan.h>\nLWKT_PLUGIN_ABI' | gcc -E -P "${cflags[@]}" - | tail -n 1)
	plugin other "$(printf '#undef LWKT_PLUGIN_ABI\n#define LWKT_PLUGIN_ABI 77\nLWKT_PLUGIN(&lwkt_stage_relay);')"
	refused other.so "it was built for version 77 of LWKT's plugins, this is version $version; build it again with this LWKT's headers"
	plugin dpdk "$(printf '#undef LWKT_DPDK_RELEASE\n#define LWKT_DPDK_RELEASE 2277u\nLWKT_PLUGIN(&lwkt_stage_relay);')"
	release=$(pkg-config --modversion libdpdk | cut -d. -f1,2)
	refused dpdk.so "it was built with DPDK 22.77, this LWKT with $release; build it again with that"
	sed -i 's/\.sk_name = "relay"/.sk_name = "l2fwd"/' "$root/relay_kind.c"
	plugin taken 'LWKT_PLUGIN(&lwkt_stage_relay);'
	refused taken.so 'stage kind l2fwd: the name is taken; give it another'
fi

# Programs that are linked statically name none of our libraries, nor DPDK's.
if [[ $static == true ]]; then
	for program in lwkt-l2fwd lwkt-bench; do
		! readelf -d "$prefix/bin/$program" | grep -E 'liblwkt|librte' ||
			fail "-Ddpdk_static=true, but $program names the libraries above"
	done
fi
printf 'installed: %d files; %d headers in C and C++; 17 programs outside of the tree\n' \
	"$(find "$root$prefix_wanted" -type f | wc -l)" \
	"${#headers[@]}"
