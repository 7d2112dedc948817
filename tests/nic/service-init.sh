#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: BSD-3-Clause
#
# service-init.sh: process 1 of the virtual machine of scripts/service-vm.sh, until systemd is. That gets
# a file system of its own: a namespace cannot leave the kernel's initial one.

export PATH=/bin
/bin/busybox --install -s /bin 2>/dev/null # but for what is systemd's
mkdir /new
mount -t tmpfs -o mode=755 none /new
for dir in bin etc lib lib64 sbin usr var; do
	cp -a "/$dir" /new
done
mkdir -p /new/dev /new/proc /new/sys /new/run /new/root /new/tmp /new/var/tmp /new/var/log
chmod 1777 /new/tmp /new/var/tmp
mount -t devtmpfs dev /new/dev
exec switch_root /new /lib/systemd/systemd --unit=service-test.service --show-status=0
