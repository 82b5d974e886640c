package offsets

import "time"

// State says what became of the file that an Entry describes.
type State uint8

const (
	Live     State = iota // followed, or to be followed when it is seen again
	Replaced              // its content was truncated or overwritten; the inode now carries another identity
	Gone                  // deleted, or rotated away and read to its end
	Done                  // read mode: read completely
	Imported              // position taken over from another program; no signature is known yet
)

// String names the state as `offsets list` prints it.
func (s State) String() string {
	switch s {
	case Live:
		return "live"
	case Replaced:
		return "replaced"
	case Gone:
		return "gone"
	case Done:
		return "done"
	case Imported:
		return "imported"
	}
	return "unknown"
}

// Entry is what the registry remembers about one file identity.
type Entry struct {
	ID      string // stable over renames, growth and restarts; unique in a registry
	Path    string // last known path
	Dev     uint64 // device number as stat(2) gives it
	Inode   uint64
	Birth   int64  // creation time in Unix nanoseconds, 0 where the file system does not tell
	Offset  int64  // every byte before it is acknowledged
	HeadLen uint32 // length of the head that Head covers, 0..1024
	Head    uint64 // xxhash64 of the first HeadLen bytes
	TailLen uint32 // length of the text right before Offset that Tail covers, 0..64
	Tail    uint64 // xxhash64 of these bytes
	Updated int64  // Unix seconds of the last activity
	State   State
}

// UpdatedTime gives the time of the last activity.
func (e Entry) UpdatedTime() time.Time { return time.Unix(e.Updated, 0) }
