// Package tail finds files, follows them through every kind of rotation, and hands out their lines in chunks with exact byte positions.
//
// It knows files and bytes, not events and not plugins. It is written for Linux. It imports offsets (the registry), doublestar and xxhash.
//
// # Identity
//
// A file is its device, inode and creation time (where the file system tells it) together with a growing signature: the hash of its
// head (up to 1024 bytes, as far as they have been read) and the hash of the last 64 bytes before the reading position. The path is never
// part of it. A file found on an inode that the registry knows continues where it was only if all of these agree; if not, it is new
// content, is read from its beginning, and Stats.IdentityResets counts it.
//
// The identity's text (FileInfo.ID), which callers build line ids from, must be the same after a SIGKILL at any instant, or lines would be
// shipped under two ids. So it is not drawn at random at first sight (a kill before the registry's write would draw another one), and it
// does not contain the head's hash at its present length (the head grows). It is minted when the first line is complete, which is the
// first moment it is needed, and it is a hash of device, inode, creation time and that first line (at most 1024 bytes of it). These never
// change while the content stays the same content: reading the same file again without any registry mints the same text. Once minted it is
// in the registry, before anything of the file is read, and from then on the registry's text is the truth, so that a changed device number
// after a reboot does not matter. Two cases cannot be derived again and are synced to disk before a line is handed out: a counter is
// appended if the registry already has the text for other content (a truncated file which starts with the same line again), and a file that
// loses its name before its first line is complete gets its identity from what is there.
//
// A line's id is made of FileInfo.ID and the offset of its first byte; this holds for an unterminated last line too.
//
// # The end of a file without a newline
//
// In tail mode a rest without delimiter is held, as in Logstash, until the delimiter comes. When the file is let go (renamed or
// deleted, read to its end twice, and Config.RotateGrace over) the rest cannot grow any more and is handed out as a line with
// FlagUnterminated. In read mode the end of the file completes the line. A shutdown hands out nothing: the rest is read again.
//
// # Rotation
//
// A renamed or deleted file stays open until it is read to its end twice with RotateGrace between. At the start, files which the
// registry knows and which the globs do not find any more are looked for by inode in the folder of their last path, and, if they are not there,
// among the gzip archives whose names begin like theirs. Generations that came and went between two looks are found by their names'
// beginning and their creation time. copytruncate is
// noticed by size and signature; what was written between the last read and the truncation and is no longer there is counted in
// Stats.LostBytes and reported; if the copy is found by the globs too, it is not read a second time, only its unread rest is. That this holds after a
// SIGKILL too, the head of a content is in the registry's file before its first line is handed out.
//
// # Order
//
// The youngest file that the registry knows under a name says from when on others are looked for. So a file enters the registry after all
// generations of its log that came and went before it, the oldest first, and the registry's file is written in that order: a kill between two of
// them then never makes one forgotten. Finding a file only queues it, what went before is looked for at once, and the queue is opened after that.
//
// # Waiting
//
// emit blocks: that is the back-pressure. Only reading waits; discovery, rotation checks and open files go on. All bytes that are
// handed out and not acknowledged are within Config.MaxInflightBytes.
package tail
