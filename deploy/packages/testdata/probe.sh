#!/bin/bash
# Runs within a booted system: installs, upgrades and removes the packages while lines are being written. The test reads what it prints.
set -u
cd /probe
step() { echo "== $*"; }
step booted
fail() { echo "FAILED: $*"; journalctl --no-pager -n 60 -u castor-shipper -u castor-indexer; systemctl exit 1; exit 1; }
soon() { # soon WHAT COMMAND…: waits until the command succeeds
  local what=$1 n
  shift
  for n in $(seq 1200); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
  fail "$what"
}
api() { journalctl --no-pager -o cat -u "castor-$1" | sed -n 's/.*monitoring API answers" address=//p' | tail -n 1; } # who comes first has port 9600
version() { curl -fsS "http://$(api "$1")/" | grep -o '"castor":{[^}]*}' | grep -o "$2"; }
last() { grep -q "line $1\"" /var/lib/castor-indexer/out.json; }
ready() { curl -sS "http://$(api shipper)/readyz" | grep -q "$1"; }
newest() { tail -n 1 /var/log/shop/a.log | cut -d' ' -f2; }
gone() { ! "$@"; }

# Nothing of the machine's own runs here, no address of it is reachable.
systemd-run -q --unit=broker redis-server --port 6379 --save '' --dir /tmp --requirepass secret
soon "Redis answers" redis-cli -a secret ping
# The password comes as a credential, by the drop-in that the documents show.
mkdir -p /etc/credstore
(umask 077 && echo secret >/etc/credstore/castor.redis)
for name in castor-shipper castor-indexer; do install -D -m 0644 credentials.conf "/etc/systemd/system/$name.service.d/credentials.conf"; done
mkdir -p /var/log/shop
install -m 0600 /dev/null /var/log/shop/a.log # only root may read it: the shipper does by its capability
systemd-run -q --unit=writer bash -c 'for ((n = 0; ; n++)); do echo "line $n"; sleep 0.01; done >>/var/log/shop/a.log'

step "install 1.0.0"
dpkg -i deb1/*.deb || fail "dpkg -i"
id castor-shipper && id castor-indexer || fail "no users"
systemctl is-active castor-shipper && fail "it started before it was configured"
cp shipper.conf /etc/castor/shipper.conf
cp indexer.conf /etc/castor/indexer.conf
[ "$(stat -c '%a %G' /etc/castor/shipper.conf)" = "640 castor-shipper" ] || fail "rights of the configuration"
systemctl enable --now castor-shipper castor-indexer || fail "start"
soon "the shipper answers" version shipper 1.0.0
soon "the indexer answers" version indexer 1.0.0
soon "a line has gone through" last 100
[ "$(systemctl show -P Type castor-shipper)$(systemctl show -P WatchdogUSec castor-shipper)" = notify1min ] || fail "the unit is another"

step "reload"
echo 'output { rediss { } }' >>/etc/castor/shipper.conf
systemctl reload castor-shipper || fail "reload"
soon "health tells of a wrong configuration" ready "was not taken"
systemctl is-active castor-shipper || fail "a wrong configuration stopped it"
last=$(newest)
soon "lines go on with the configuration before" last $((last + 100))
cp shipper.conf /etc/castor/shipper.conf
systemctl reload castor-shipper || fail "reload"
soon "health is well again" gone ready "was not taken"

step "upgrade to 1.1.0"
before=$(newest)
dpkg -i deb2/*.deb || fail "upgrade"
soon "the new shipper answers" version shipper 1.1.0
soon "the new indexer answers" version indexer 1.1.0
cmp shipper.conf /etc/castor/shipper.conf || fail "the upgrade changed a configuration"
soon "lines go on" last $((before + 200))

step "lines"
systemctl stop writer
end=$(newest)
soon "the last line has come" last "$end"
grep -o 'line [0-9]*' /var/lib/castor-indexer/out.json | cut -d' ' -f2 | sort -n >/probe/got
seq 0 "$end" | diff - /probe/got | head -20 >/probe/differences
[ -s /probe/differences ] && { cat /probe/differences; fail "lines are lost or doubled"; }
echo "lines: $((end + 1))"

step "remove and purge"
rm -r /etc/systemd/system/castor-*.service.d
dpkg -r castor-shipper castor-indexer || fail "remove"
[ -e /etc/castor/shipper.conf ] && [ -d /var/lib/castor-shipper ] || fail "removing took configuration or positions"
systemctl is-active castor-shipper castor-indexer && fail "it runs on"
dpkg -P castor-shipper castor-indexer || fail "purge"
find / -xdev -name 'castor-*' -not -path '/probe/*' -not -path '/proc/*' -not -path '/sys/*' -newer /probe/started | grep -v '^/root\|^/tmp\|^/work\|/testdata' >/probe/left
ls -d /etc/castor /var/lib/castor-* /usr/bin/castor-* 2>/dev/null >>/probe/left
[ -s /probe/left ] && { cat /probe/left; fail "the purge left something"; }
getent passwd castor-shipper castor-indexer && fail "the purge left users"

step "rpm"
rpm="rpm --nodeps --dbpath /probe/rpmdb"
$rpm -i rpm1/castor-shipper*.rpm || fail "rpm -i"
install -D -m 0644 credentials.conf /etc/systemd/system/castor-shipper.service.d/credentials.conf
systemctl daemon-reload
cp shipper.conf /etc/castor/shipper.conf
systemctl start castor-shipper || fail "start of the rpm"
soon "the rpm's shipper answers" version shipper 1.0.0
$rpm -U rpm2/castor-shipper*.rpm || fail "rpm -U"
soon "the rpm's new shipper answers" version shipper 1.1.0
cmp shipper.conf /etc/castor/shipper.conf || fail "the rpm's upgrade changed a configuration"
$rpm -e castor-shipper || fail "rpm -e"
systemctl is-active castor-shipper && fail "it runs on after rpm -e"

step "well"
systemctl exit 0
