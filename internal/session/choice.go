package session

import (
	"errors"
	"fmt"

	"airmock/internal/journal"
	"airmock/internal/search"
)

// Choice says which calls are meant: those for which all of it is true.
type Choice struct {
	Query string // in the language of the Live page; "" for all
	Cycle int    // 0 for any
	Call  uint64 // 0 for any
}

// Of returns the calls of all that are meant. The error is a *search.Error where
// the query cannot be read; else it says that there is no such call or cycle.
func (c Choice) Of(all []*journal.Call, in search.Setting) ([]*journal.Call, error) {
	query, err := search.Parse(c.Query, in)
	if err != nil {
		return nil, err
	}
	chosen := []*journal.Call{}
	foundCycle, foundCall := c.Cycle == 0, c.Call == 0
	for _, call := range all {
		inCycle, isCall := c.Cycle == 0 || call.Cycle == c.Cycle, c.Call == 0 || call.Seq == c.Call
		foundCycle, foundCall = foundCycle || inCycle, foundCall || isCall
		if inCycle && isCall && query.Match(call) {
			chosen = append(chosen, call)
		}
	}
	switch {
	case foundCycle && foundCall:
		return chosen, nil
	case len(all) == 0:
		return nil, errors.New("there are no calls yet")
	case !foundCall:
		return nil, fmt.Errorf("there is no call %d; there are calls %d to %d", c.Call, all[0].Seq, all[len(all)-1].Seq)
	}
	return nil, fmt.Errorf("there is no cycle %d; there are cycles %d to %d", c.Cycle, all[0].Cycle, all[len(all)-1].Cycle)
}
