package session

import (
	"bufio"
	"bytes"
	"io"

	"github.com/go-json-experiment/json"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// writeNDJSON writes the JSON of a call on each line, with one member more:
// exact, with what that leaves out.
func writeNDJSON(w io.Writer, calls []*journal.Call, o Options) error {
	out := bufio.NewWriter(w)
	var line []byte
	for _, c := range calls {
		var err error
		if line, err = withExact(entra.AppendCall(line[:0], c), c, &form{}, o); err != nil {
			return err
		}
		_, _ = out.Write(append(safetext.JSON(line), '\n')) // Flush has the error
	}
	return out.Flush()
}

// withExact puts into told, an object that tells of c beside what f does, the
// member exact, where it leaves something out.
func withExact(told []byte, c *journal.Call, f *form, o Options) ([]byte, error) {
	if err := json.Unmarshal(told, f); err != nil {
		return nil, err
	}
	more, err := beyond(f.call(o.Catalog), c)
	if err != nil || more == nil {
		return told, err
	}
	told = append(bytes.TrimSuffix(told, []byte("}")), `,"exact":`...)
	return append(append(told, more...), '}'), nil
}
