#!/bin/bash
# usage: boot.sh WORK, in a mount namespace of its own. Boots this system over a layer in WORK, runs WORK/probe/probe.sh there and ends as it does.
set -eu
work=$1
mkdir "$work/layer"
mount -t tmpfs layer "$work/layer"
mkdir "$work"/layer/{upper,work,root}
mount -t overlay layer -o "lowerdir=/,upperdir=$work/layer/upper,workdir=$work/layer/work" "$work/layer/root"
root=$work/layer/root
mkdir "$root/probe"
touch "$work/probe/started"
rm -rf "$root"/etc/castor "$root"/run/* "$root"/var/lib/castor*
cat >"$root/etc/systemd/system/probe.service" <<U
[Unit]
Requires=basic.target
After=basic.target
[Service]
Type=simple
ExecStart=/bin/bash /probe/probe.sh
StandardOutput=file:/probe/log
StandardError=inherit
U
exec timeout --kill-after=10 400 systemd-nspawn --quiet --register=no --keep-unit --private-network --machine="castor-$$" \
  --link-journal=no --resolv-conf=off --timezone=off --console=pipe -D "$root" --bind="$work/probe:/probe" --boot -- --unit=probe.service </dev/null
