package event

// Slab makes one allocation serve many hashes. What comes from one slab is freed together, so it should have the same life, as events of
// one batch have. It belongs to one goroutine.
type Slab struct {
	members []Member
	objects []Object
}

const (
	slabMembers = 512
	slabObjects = 64
)

// room is an empty list of members for n of them.
func (s *Slab) room(n int) []Member {
	if len(s.members) < n {
		s.members = make([]Member, max(slabMembers, n))
	}
	ms := s.members[:0:n]
	s.members = s.members[n:]
	return ms
}

func (s *Slab) object() *Object {
	if len(s.objects) == 0 {
		s.objects = make([]Object, slabObjects)
	}
	o := &s.objects[0]
	s.objects = s.objects[1:]
	return o
}

// Clone copies a hash to its depth, as Object.Clone does.
func (s *Slab) Clone(o *Object) *Object {
	c := s.object()
	*c = Object{members: append(s.room(len(o.members)), o.members...), seen: o.seen, json: o.json}
	for i := range c.members {
		switch v := &c.members[i].Value; v.kind {
		case ObjectKind:
			*v = ObjectValue(s.Clone(v.Object()))
		case ArrayKind:
			*v = v.Clone()
		}
	}
	if o.index != nil {
		c.reindex()
	}
	return c
}
