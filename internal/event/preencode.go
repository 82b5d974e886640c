package event

// preencoded is the JSON of a hash that goes into many events. One value in it may differ from event to event.
type preencoded struct {
	before, after string
	blank         int // the member between them; -1: before is all
}

// Preencode keeps the JSON of the hash with it, and with its clones, for as long as nothing in them is changed but by Fill: the member blank
// is left open where it is there. It does nothing for a hash with arrays in it.
func (o *Object) Preencode(blank string) {
	if o.hasArrays() {
		return
	}
	p := &preencoded{blank: o.find(blank)}
	text, cut := []byte{'{'}, 0
	for i := range o.members {
		m := &o.members[i]
		if i > 0 {
			text = append(text, ',')
		}
		text = append(AppendJSONString(text, m.Key), ':')
		if i == p.blank {
			cut = len(text)
			continue
		}
		if inner := m.Value.Object(); inner != nil {
			inner.Preencode("")
		}
		text = m.Value.AppendJSON(text)
	}
	text = append(text, '}')
	if p.blank < 0 {
		cut = len(text)
	}
	p.before, p.after = string(text[:cut]), string(text[cut:])
	o.json = p
}

func (o *Object) hasArrays() bool {
	for i := range o.members {
		v := o.members[i].Value
		if v.kind == ArrayKind || v.kind == ObjectKind && v.Object().hasArrays() {
			return true
		}
	}
	return false
}

// Fill sets the member that Preencode left open.
func (o *Object) Fill(v Value) {
	if o.json != nil && o.json.blank >= 0 {
		o.members[o.json.blank].Value = v
	}
}

// unchanged tells whether the hash is still what is encoded.
func (o *Object) unchanged() bool {
	if o.json == nil {
		return false
	}
	for i := range o.members {
		if v := o.members[i].Value; v.kind == ObjectKind && !v.Object().unchanged() {
			return false
		}
	}
	return true
}

func (p *preencoded) append(dst []byte, o *Object) []byte {
	dst = append(dst, p.before...)
	if p.blank >= 0 {
		dst = o.members[p.blank].Value.AppendJSON(dst)
	}
	return append(dst, p.after...)
}
