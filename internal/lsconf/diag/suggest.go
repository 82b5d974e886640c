package diag

import "strings"

// Suggest gives the candidate that word was probably meant to be, or "" where none is near enough.
// Near is a Damerau-Levenshtein distance of a third of the word's length, at least 1 and at most 3; case does not count.
func Suggest(word string, candidates []string) string {
	w := []rune(strings.ToLower(word))
	limit := min(max(len(w)/3, 1), 3)
	best, bestDist := "", limit+1
	for _, c := range candidates {
		if d := Distance(w, []rune(strings.ToLower(c))); d < bestDist && d < len([]rune(c)) {
			best, bestDist = c, d
		}
	}
	return best
}

// Distance is the optimal string alignment distance of two texts: insertions, deletions, substitutions, neighbours swapped.
func Distance(a, b []rune) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
