package pipeline

import "castor/internal/event"

// Destinations names, for each event, the outputs that it would go to, by their ids in the order of the configuration. It has
// outputs only where the pipeline was compiled with its output section.
func (s *Session) Destinations(b event.Batch) [][]string {
	batches := s.p.router.split(b, s.x.scratch, s.p.stats)
	at := make(map[*event.Event]int, len(b))
	for i, e := range b {
		at[e] = i
	}
	ids := make([][]string, len(b))
	for i, batch := range batches {
		for _, e := range batch {
			ids[at[e]] = append(ids[at[e]], s.p.outputs[i].stats.ID)
		}
	}
	return ids
}
