package regex

// memo remembers what came of every branch at every position, so that none is explored twice: the work is at most branches × positions.
//
// A state is 0 (not visited), 1 (visited: it leads to nothing, or is on the current path), or 1+k: it led out of k open groups.
// Outside of atomic groups and lookarounds a visited state has failed: had it not, the match would be over. Inside of them the body may
// have matched and only what follows failed; then a second visit must not look for other ways through the body, since Oniguruma had
// cut them: the atomic group as a whole fails. A lookaround's body that matched once from a state matches again.
//
// The captures of such a body are then missing, and to walk its way again from every position would be too much work. So the search is
// blind to them until a match is found, which runs once more with its eyes open.
type memo struct {
	on    bool
	blind bool // what lookaheads capture does not count
	rows  int  // states of one position lie side by side
	state []uint8
	log   []int32 // states on the current path inside of open groups
}

// maxMemo bounds the memory of a memo; beyond it the step budget bounds the work.
const maxMemo = 64 << 20

// start clears the memo for rows branches and positions 0..n; false when it would be too large.
func (m *memo) start(rows, n int) bool {
	need := rows * (n + 1)
	if need > maxMemo {
		return false
	}
	if cap(m.state) < need {
		m.state = make([]uint8, need)
	} else {
		m.state = m.state[:need]
		clear(m.state)
	}
	m.on, m.blind, m.rows, m.log = true, false, rows, m.log[:0]
	return true
}

// visit returns what is known of the state, 0 on its first visit. inside tells that a group is open.
func (m *memo) visit(row int32, i int, inside bool) uint8 {
	k := i*m.rows + int(row)
	if v := m.state[k]; v != 0 {
		return v
	}
	m.state[k] = 1
	if inside {
		m.log = append(m.log, int32(k))
	}
	return 0
}

// raise notes that the states on the path since the log had length from led out of the innermost group.
func (m *memo) raise(from int32) {
	for _, k := range m.log[from:] {
		if m.state[k] < 255 {
			m.state[k]++
		}
	}
}

// forget makes the states on the path unvisited: their way must be walked again for its captures.
func (m *memo) forget(from int32) {
	for _, k := range m.log[from:] {
		m.state[k] = 0
	}
}
