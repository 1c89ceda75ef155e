package fault

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
)

// dice decide by chance, and always the same: a decision is a hash of the
// seed, the rule's content and the number of the match. So the nth match of a
// rule gets the same decision in every run with that seed, whatever else goes
// on at the same time and in which order calls come.
type dice struct{ key string }

// newDice returns the dice of a rule. twin tells rules with the same content
// apart.
func newDice(seed uint64, spec Spec, twin int) dice {
	key := strconv.Itoa(twin) + "\x00" + strconv.FormatUint(seed, 10)
	for _, name := range slices.Sorted(maps.Keys(spec)) {
		if name != "ttl" { // how long a rule stays armed does not change what it does
			key += "\x00" + name + "=" + spec[name]
		}
	}
	return dice{key}
}

// freeDice returns the dice of a rule with that content which no armed rule
// has: armed alone, a rule always gets the same.
func freeDice(seed uint64, spec Spec, armed []*rule) dice {
	for twin := 0; ; twin++ {
		d := newDice(seed, spec, twin)
		if !slices.ContainsFunc(armed, func(r *rule) bool { return r.dice == d }) {
			return d
		}
	}
}

// below decides with a chance of percent in 100: never at 0, always at 100.
func (d dice) below(percent float64, nth int) bool {
	return percent >= 100 || d.uniform("percent", nth) < percent/100
}

// uniform returns a number in [0, 1) for the nth match, one series for each
// purpose.
func (d dice) uniform(purpose string, nth int) float64 {
	sum := sha256.Sum256([]byte(purpose + "\x00" + strconv.Itoa(nth) + "\x00" + d.key))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}
