#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# service-vm.sh: lwkt-l2fwd as a service of a real systemd, on real NICs, in a virtual machine.
#
#   scripts/service-vm.sh [--build-dir DIR] [--keep]
#
#   --build-dir  where lwkt-l2fwd is built; default: build/gcc
#   --keep       leave console and logs, and say where
#
#      this machine         qemu, without KVM
#      nic-wire ── socket ── e1000e ═ vfio-pci ═ lwkt-l2fwd@edge.service, user lwkt
#               ── socket ── e1000e ═ vfio-pci ═
#
# What is installed is what 'meson install' installs: program, unit, user, udev's rule, example of a
# configuration. The machine has this one's systemd and udev, in memory. Frames both ways; a reload after
# its file was moved away; SIGKILL, after which it has to come back and forward again; stop; a wrong
# command line, which must not be tried again. Ends with 'N passed, N failed'.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/nic-vm-run.sh"

readonly PREFIX=/usr/local
# shellcheck disable=SC2034 # the other parts use them
driver=vfio-pci device=e1000e flows=1 taps=0 init=()
# What service/l2fwd.conf names is there: it is used as it is.
# shellcheck disable=SC2034
slot=yes processors=3

# Files of Debian packages, as they are on this machine.
add_packages()
{
	local -a programs

	dpkg -L "$@" | grep -vE '/share/|/catalog|/hwdb' | while read -r file; do
		[[ -d $file ]] || printf '%s\n' "$file"
	done | tar -C / -cf - --no-recursion -T - 2>/dev/null | tar -C "$root" --keep-directory-symlink -xf -
	mapfile -t programs < <(find "$root"/{bin,usr/bin,usr/lib/systemd} -type f -perm -100 \
		-exec grep -lE '^.ELF' {} + | sed "s,^$root,," | grep -v /busybox)
	add_libraries "${programs[@]}"
}

make_service_initrd()
{
	local root=$work/root

	make_base
	mkdir -p "$root"/{sbin,var,etc/systemd/system}
	doing "meson install"
	add_libraries "$build/apps/l2fwd-lwkt/lwkt-l2fwd"
	DESTDIR=$root meson install -C "$build" --no-rebuild >"$work/install.log" 2>&1 || die "$(tail -n 3 "$work/install.log")"
	rm -rf "$root$PREFIX"/include
	[[ -e $root$PREFIX/lib/systemd/system/lwkt-l2fwd@.service ]] || die "$build is not set up for $PREFIX"
	doing "systemd"
	add_packages systemd udev
	cp "$LWKT_ROOT/tests/nic/service-init.sh" "$root/init"
	cp "$LWKT_ROOT/tests/nic/service.sh" "$root/etc"
	printf 'root:x:0:0::/root:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\n' >"$root/etc/group"
	printf '%032d\n' 1 >"$root/etc/machine-id"
	printf '%s\n' /usr/local/lib "/usr/local/lib/$(gcc -print-multiarch)" "/usr/lib/$(gcc -print-multiarch)" \
		>"$root/etc/ld.so.conf"
	ldconfig -r "$root"
	cat >"$root/etc/systemd/system/service-test.service" <<-'EOF'
		[Unit]
		Wants=systemd-udevd.service
		After=systemd-udevd.service
		[Service]
		Type=oneshot
		TimeoutStartSec=infinity
		ExecStart=/bin/sh -c 'stty -echo </dev/ttyS0; exec /bin/sh /etc/service.sh </dev/ttyS0 >/dev/ttyS0 2>&1'
	EOF
	pack_tree
}

# until SECONDS WORDS : on the console, unless it cannot go on
until_it_says()
{
	await "$1" on_console "^service-vm: ($2|cannot)" || die "it does not say '$2' in $1 s"
	on_console "^service-vm: $2" || die "$(console | grep '^service-vm: cannot')"
}

# says WORDS MEANING : they are on the console
says()
{
	doing "$2"
	on_console "^service-vm: $1" || die "not '$1': $(console | grep "^service-vm: ${1%% *}" | tail -n 1)"
	pass "$2"
}

frames_both_ways()
{
	doing "frames $*"
	wire probe
	wire both -n 1000
	printf 'GO\n' >&"$keys"
	pass "1000 frames both ways $*: none lost, twice, out of order or wrong"
}

while (($#)); do
	case $1 in
	--build-dir) need_value "$@" && build=$2 && shift 2 ;;
	--keep) keep=yes && shift ;;
	-h | --help) show_help && exit 0 ;;
	*) usage_error "unknown option '$1'" ;;
	esac
done
[[ $(uname -m) == x86_64 ]] || die "the guest is an x86-64, and runs this machine's programs"

clean_up_at_end
need_packages build test nic service
prepare
make_service_initrd
nic=service
step "lwkt-l2fwd@edge"
doing "boot and start"
start_qemu
until_it_says "$BOOT_LIMIT" 'ready'
say "    $(console | grep -m 1 '^service-vm: systemd')"
says "the vfio groups are lwkt's" "systemd-sysusers made the user, udev's rule gave it the devices"
says 'state Uid [1-9][0-9]* CapEff 0+ CapBnd 0+ NoNewPrivs 1 Seccomp 2 user lwkt' \
	"it runs as lwkt, without capabilities, new privileges and other system calls"
frames_both_ways "at first"
doing "reload, SIGKILL"
until_it_says "$END_LIMIT" 'ready again'
says 'reloaded' "reload without files: the process stays, and forwards"
says 'came back, NRestarts 1' "SIGKILL: it is started again"
frames_both_ways "after that"
doing "stop, and a wrong command line"
until_it_says "$END_LIMIT" 'power off'
console | sed -n 's/^account:/    account:/p'
says 'stopped: Result success, ExecMainStatus 0' "stop: exit code 0"
on_console '^account: held 0, mbufs in use 0' || die "packets are left over"
says 'wrong: ExecMainStatus 2, NRestarts 0' "a wrong command line is not tried again"
says 'opened again' "reload with --stats-json: its file is opened again"
stop_qemu
now=''
summary
