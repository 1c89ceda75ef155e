package callsfile

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"airmock/internal/journal"
)

// A chunk is written when it has so many calls or bytes; until then each round
// of the writing replaces it.
const (
	chunkCalls = 32
	chunkBytes = 256 << 10
)

// maxNumber is the largest number that is believed of a call or a chunk: behind
// it there is room for more.
const maxNumber = 1 << 62

// keyPrefix is that of the chunks' keys, c:<slot>.
const keyPrefix = "c:"

// chunk is some calls in a row, as they are written. Its value in the file is
//
//	<crc> <number> <first> <n> <calls>
//
// with the CRC-32C, in hex, of the key and all that is behind the blank. The calls
// are as appendCall writes them, one behind the other.
type chunk struct {
	number uint64 // 1, 2, 3, … in the order of writing
	first  uint64 // the number of its first call
	n      int    // how many calls it has
	data   []byte // the calls; only ever appended to
}

func (c chunk) full() bool { return c.n >= chunkCalls || len(c.data) >= chunkBytes }

// with returns c with one more call.
func (c chunk) with(call *journal.Call) chunk {
	if c.n == 0 {
		c.first = call.Seq
	}
	c.n++
	c.data = appendCall(c.data, call)
	return c
}

func (c chunk) key(slots int) string {
	return keyPrefix + strconv.FormatUint(c.number%uint64(slots), 10)
}

const crcDigits = 8

func (c chunk) encode(key string) string {
	head := coder{data: make([]byte, 0, 64)}
	head.numbers(&c)
	var b strings.Builder
	b.Grow(crcDigits + 1 + len(head.data) + len(c.data))
	b.WriteString(checksum(key, head.data, c.data))
	b.WriteByte(' ')
	b.Write(head.data)
	b.Write(c.data)
	return b.String()
}

func (c *coder) numbers(k *chunk) {
	number(c, &k.number)
	number(c, &k.first)
	number(c, &k.n)
}

// checksum returns the CRC-32C of a key and what is behind the checksum.
func checksum(key string, parts ...[]byte) string {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(0, table, []byte(key))
	for _, part := range parts {
		sum = crc32.Update(sum, table, part)
	}
	return fmt.Sprintf("%0*x", crcDigits, sum)
}

// decodeChunk reads the value of a key.
func decodeChunk(key, value string) (chunk, []*journal.Call, error) {
	sum, rest, ok := strings.Cut(value, " ")
	if !ok {
		return chunk{}, nil, fmt.Errorf("it has no checksum")
	}
	data := []byte(rest)
	if got := checksum(key, data); got != sum {
		return chunk{}, nil, fmt.Errorf("its checksum is %s and its content has %s", sum, got)
	}
	r := coder{reading: true, data: data}
	var c chunk
	r.numbers(&c)
	if c.number == 0 || c.number > maxNumber || c.first == 0 || c.first > maxNumber || c.n < 1 || c.n > chunkCalls {
		r.fail("there should be a chunk, and is number %d with %d calls from %d on", c.number, c.n, c.first)
	}
	c.data = r.data
	calls := make([]*journal.Call, 0, chunkCalls)
	for i := 0; i < c.n && r.err == nil; i++ {
		call := &journal.Call{Seq: c.first + uint64(i)}
		r.call(call)
		calls = append(calls, call)
	}
	if r.err == nil && len(r.data) > 0 {
		r.fail("%d bytes follow its calls", len(r.data))
	}
	if r.err != nil {
		return chunk{}, nil, r.err
	}
	return c, calls, nil
}
