# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The guest of nic-vm.sh: Debian's kernel and a file system with lwkt-l2fwd, DPDK's drivers and a
# shell. Sets vmlinuz, the kernel's file; the file system is $work/initrd.

# shellcheck disable=SC2154 # work, build and kernel are nic-vm.sh's

# -- kernel and file system of the guest ----------------------------------------------------------

# Debian's cloud kernel, unpacked into $1; kept there for the next time.
get_kernel()
{
	local dir=$1 name deb

	[[ ! -e $dir/complete ]] || return 0
	doing "fetching the kernel package linux-image-cloud-amd64"
	rm -rf "$dir"
	mkdir -p "$dir/deb"
	name=$(kernel_package)
	if [[ -z $name ]]; then
		apt_get update >"$dir/apt.log" 2>&1 || true
		name=$(kernel_package)
	fi
	[[ -n $name ]] || die "apt knows no package linux-image-cloud-amd64 (sudo apt-get update?); or put its contents into" \
		"$dir and an empty file 'complete' beside them"
	say "fetching $name (once; it stays in ${dir#"$LWKT_ROOT"/})"
	if ! fetch "$name" "$dir"; then # the lists may be older than the archive
		apt_get update >"$dir/apt.log" 2>&1 || true
		name=$(kernel_package)
		fetch "$name" "$dir" || die "cannot fetch $name (no network?): $(tail -n 1 "$dir/apt.log")"
	fi
	deb=$(find "$dir/deb" -name '*.deb')
	dpkg-deb -x "$deb" "$dir"
	rm -rf "$dir/deb"
	touch "$dir/complete"
}

# What the metapackage stands for; nothing if apt has no lists.
kernel_package()
{
	apt-cache depends linux-image-cloud-amd64 2>/dev/null |
		awk '/Depends: linux-image/ && !n++ { print $2 }' || true
}

# fetch PACKAGE DIR : as root or not, so without apt's own user for downloads
fetch()
{
	(cd "$2/deb" && apt_get download -o APT::Sandbox::User=root "$1") >"$2/apt.log" 2>&1
}

# add_file FILE : FILE of this machine into $root, at its place. Each is there once, others are
# links: EAL stops if it finds one driver in two files.
add_file()
{
	local place real

	real=$(readlink -f "$1")
	place=$(readlink -f "$(dirname "$1")")/$(basename "$1")
	mkdir -p "$root$(dirname "$place")" "$root$(dirname "$real")"
	[[ -e $root$real ]] || cp "$real" "$root$real"
	[[ $place == "$real" || -e $root$place ]] || ln -s "$real" "$root$place"
}

# add_libraries FILE... : what the dynamic linker would load for them
add_libraries()
{
	local library

	ldd "$@" >"$work/ldd" 2>&1 || die "ldd $*: $(<"$work/ldd")"
	if grep 'not found' "$work/ldd" >&2; then
		die "a library is missing"
	fi
	while read -r library; do
		add_file "$library"
	done < <(sed -nE 's/.*=> (\/[^ ]*) .*/\1/p; s/^[[:space:]]*(\/[^ ]*ld-linux[^ ]*) .*/\1/p' "$work/ldd" | sort -u)
}

# add_modules DRIVER NAME... : the kernel's modules in the order in which they are loaded. The names
# of one that this kernel does not have (vfio_virqfd has become a part of vfio) are passed over.
add_modules()
{
	local driver=$1 name file
	shift

	mkdir -p "$root/lib/modules"
	: >"$root/lib/modules/$driver.list"
	for name in "$@"; do
		file=$(find "$kernel" -name "$name.ko*" -print -quit)
		[[ -n $file ]] || continue
		case $file in
		*.xz) xz -dc "$file" >"$root/lib/modules/$name.ko" ;;
		*) cp "$file" "$root/lib/modules/$name.ko" ;;
		esac
		echo "$name.ko" >>"$root/lib/modules/$driver.list"
	done
	grep -qx "$driver.ko" "$root/lib/modules/$driver.list" || die "the kernel has no module $driver"
}

# Where DPDK was built to look for its drivers.
drivers_dir()
{
	# shellcheck disable=SC2046 # several flags
	printf '#include <rte_config.h>\n=RTE_EAL_PMD_PATH\n' |
		"${CC:-cc}" -E -P $(pkg-config --cflags libdpdk) - | sed -n 's/^= *"\(.*\)"$/\1/p'
}

# add_program FILE... : to be called by its name
add_program()
{
	local program

	for program; do
		add_file "$program" # finds our libraries from where it stands
		ln -s "$(readlink -f "$program")" "$root/bin"
		add_libraries "$program"
	done
}

# What each guest has: a shell, DPDK's drivers, the kernel's modules. Begins $root.
make_base()
{
	local dir driver

	doing "making the guest's file system"
	mkdir -p "$root"/{bin,dev,proc,sys,run,usr/lib,usr/lib64,etc}
	# As on this machine, where libraries are named by either path.
	ln -s usr/lib "$root/lib"
	ln -s usr/lib64 "$root/lib64"
	cp "$(command -v busybox)" "$root/bin/busybox"
	dir=$(drivers_dir)
	[[ -d $dir ]] || die "no directory with DPDK's drivers: '$dir'"
	for driver in bus_pci mempool_ring net_e1000 net_virtio net_vmxnet3; do
		add_file "$dir/librte_$driver.so"
		add_libraries "$dir/librte_$driver.so"
	done
	add_file "$(gcc -print-file-name=libgcc_s.so.1)" # pthread_exit() loads it
	add_modules uio_pci_generic uio uio_pci_generic
	add_modules vfio-pci irqbypass vfio_virqfd vfio iommufd vfio_iommu_type1 vfio-pci-core vfio-pci
}

# $root becomes the kernel's initial file system.
pack_tree()
{
	(cd "$root" && find . | cpio -o -H newc -R 0:0 2>/dev/null | gzip -1) >"$work/initrd"
	rm -rf "$root"
	vmlinuz=$(find "$kernel/boot" -name 'vmlinuz-*')
	say "guest: kernel ${vmlinuz##*vmlinuz-}, file system $(du -h "$work/initrd" | cut -f1)"
}

make_initrd()
{
	local root=$work/root

	make_base
	cp "$LWKT_ROOT/tests/nic/init.sh" "$root/init"
	cp "$LWKT_ROOT/tests/nic/two-queues.yaml" "$root/etc"
	add_program "$build/apps/l2fwd-lwkt/lwkt-l2fwd" "$build/tests/nic/nic-rss"
	pack_tree
}
