#!/bin/sh
# Measures all grok engines on one core and prints a table. Needs cc, libpcre2-dev, libonig-dev, a JDK and Maven; an engine whose parts
# are missing is left out and named. Usage: internal/bench/grok/run.sh [ENGINE...] (from the project's root).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
here=$(dirname "$0")
engines=${*:-castor pcre2 onig joni regexp2 regexp vjeantet elastic}

go build -o "$dir/grok" ./internal/bench/grok
"$dir/grok" generate "$dir"

# native NAME LIBRARY PATTERNS: builds a C driver and runs it on every workload.
native() {
	cc -O2 -o "$dir/$1" "$here/drivers/$1.c" "-l$2" || { echo "$1: cannot build its driver" >&2; return 0; }
	for w in apache syslog hard haproxy app; do
		echo "$w $("$dir/$1" "$dir/$w.$3" "$dir/$w.log")"
	done >"$dir/$1.txt"
}

joni() {
	for a in org.jruby.joni:joni:2.2.6 org.jruby.jcodings:jcodings:1.0.63; do
		mvn -q dependency:copy "-Dartifact=$a" "-DoutputDirectory=$dir/jars" >/dev/null || { echo "joni: Maven cannot get $a" >&2; return 0; }
	done
	javac -cp "$dir/jars/*" -d "$dir" "$here/drivers/JoniDriver.java" || return 0
	for w in apache syslog hard haproxy app; do
		echo "$w $(java -cp "$dir/jars/*:$dir" JoniDriver "$dir/$w.onig" "$dir/$w.log")"
	done >"$dir/joni.txt"
}

for e in $engines; do
	case $e in
	pcre2) native pcre2 pcre2-8 pcre ;;
	onig) native onig onig onig ;;
	joni) joni ;;
	*) "$dir/grok" measure "$e" "$dir" >"$dir/$e.txt" ;;
	esac
done
"$dir/grok" table "$dir"
