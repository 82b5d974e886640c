// Package offsets is the durable memory of how far each followed file has been delivered.
//
// A Registry maps a file identity (Entry.ID) to the highest contiguous acknowledged byte offset. A Tracker turns acknowledgements
// that come in any order into that contiguous offset. The package knows identities and numbers; it opens no followed file
// (except the Beaver importer, which must count lines) and knows no events and no plugins. It imports the standard library and
// xxhash only.
//
// # Where the state lives
//
// With sincedb_path => "/var/lib/x.sincedb" three files appear:
//
//   - x.sincedb.castor: the registry, an append-only log of CRC-checked records which is rewritten (compacted) by atomic rename
//     when it has grown well beyond its live content. This is the file that is read at the next start.
//   - x.sincedb.castor.lock: held with flock, so that two processes cannot share a registry.
//   - x.sincedb: a copy in Logstash's own sincedb format, written every sincedb_write_interval and at shutdown. Tools which look at
//     it keep working, and going back to Logstash continues where this program stopped. It is read only when x.sincedb.castor
//     does not exist yet: that is how the positions of an earlier Logstash are taken over.
//
// "/dev/null" and "NUL" mean no persistence, as with Logstash.
//
// # Guarantees
//
// What was acknowledged is on disk at most Options.SyncInterval (one second) later. A torn or damaged record ends the log: what is before
// it counts, what is after it is cut off and reported. When the disk is full the registry goes on in memory, retries at every
// interval, and reports through Options.Health; nothing is forgotten but the file on disk gets old.
package offsets
