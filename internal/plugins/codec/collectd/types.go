package collectd

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// types names the values of types that have more than one: a single value is always called "value".
type types map[string][]string

// builtin is what collectd 5 calls the values of its own types that have several.
const builtin = `
arc_counts demand_data demand_metadata prefetch_data prefetch_metadata
arc_l2_bytes read write
arc_size current target minlimit maxlimit
compression uncompressed compressed
df used free
disk_io_time io_time weighted_io_time
disk_latency read write
disk_merged read write
disk_octets read write
disk_ops read write
disk_time read write
dns_octets queries responses
if_dropped rx tx
if_errors rx tx
if_octets rx tx
if_packets rx tx
io_octets rx tx
io_ops read write
io_packets rx tx
load shortterm midterm longterm
memcached_octets rx tx
mysql_octets rx tx
mysql_qcache hits inserts not_cached lowmem_prunes queries_in_cache
mysql_threads running connected cached created
node_octets rx tx
ps_count processes threads
ps_cputime user syst
ps_disk_octets read write
ps_disk_ops read write
ps_pagefaults minflt majflt
serial_octets rx tx
smart_attribute current worst threshold pretty
vmpage_faults minflt majflt
vmpage_io in out
voltage_threshold value threshold
`

func builtinTypes() types {
	t := types{}
	for line := range strings.Lines(builtin) {
		t.add(line)
	}
	return t
}

// load adds a file's types: a line each, the name and then NAME:KIND:MIN:MAX for every value.
func (t types) load(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read types: %w", err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		t.add(s.Text())
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("read types from %s: %w", path, err)
	}
	return nil
}

func (t types) add(line string) {
	words := strings.Fields(line)
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return
	}
	var names []string
	for _, w := range words[1:] {
		name, _, _ := strings.Cut(w, ":")
		names = append(names, name)
	}
	t[words[0]] = names
}
