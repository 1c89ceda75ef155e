package store

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// The keys of tenant.db. Each holds one record, and every record stands for
// itself: BuntDB does not write a transaction atomically, so whatever can be
// derived (indexes, reverse memberships, counts) is derived at load instead of
// being stored beside what it is derived from.
const (
	plainPrefix  = "sys:"       // of keys whose values are plain, without header and checksum
	keyFormat    = "sys:format" // which layout the file has
	userPrefix   = "u:"         // u:<id>
	groupPrefix  = "g:"         // g:<id>, without its members
	memberPrefix = "m:"         // m:<group>:<member>
	tokenPrefix  = "tok:"       // tok:<SHA-256 of the secret, in hex>
	otherPrefix  = "r:"         // r:<type, in lower case>:<id>, of the types that are neither User nor Group
)

// record is what the value of a key holds: one header line
//
//	<crc> <seq> <version> <created> <modified> <tail>
//
// and the body. crc is the CRC-32C, in hex, of the key, the rest of the header
// and the body; it is there because BuntDB loads a flipped bit as if nothing
// were wrong. Times are Unix milliseconds. The body is a resource's image, a
// token's JSON, or what is kept of a member beside its id, see scim.Member:
// mostly nothing.
type record struct {
	seq, version      uint64
	created, modified time.Time
	tail              int // see Resource.Tail
	body              []byte
}

const crcDigits = 8

func (r record) encode(key string) string {
	var header [96]byte
	rest := append(header[:crcDigits], ' ')
	rest = strconv.AppendUint(rest, r.seq, 10)
	rest = append(rest, ' ')
	rest = strconv.AppendUint(rest, r.version, 10)
	rest = append(rest, ' ')
	rest = strconv.AppendInt(rest, r.created.UnixMilli(), 10)
	rest = append(rest, ' ')
	rest = strconv.AppendInt(rest, r.modified.UnixMilli(), 10)
	rest = append(rest, ' ')
	rest = strconv.AppendInt(rest, int64(r.tail), 10)
	rest = append(rest, '\n')
	appendChecksum(header[:0], checksum(key, rest[crcDigits:], r.body))

	var b strings.Builder
	b.Grow(len(rest) + len(r.body))
	b.Write(rest)
	b.Write(r.body)
	return b.String()
}

func checksum(key string, header, body []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(0, table, bytesOf(key))
	sum = crc32.Update(sum, table, header)
	return crc32.Update(sum, table, body)
}

// appendChecksum appends the crcDigits hex digits of sum.
func appendChecksum(dst []byte, sum uint32) []byte {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], sum)
	return hex.AppendEncode(dst, b[:])
}

// decodeRecord reads a key's value. The body shares value's memory.
func decodeRecord(key, value string) (record, error) {
	header, body, ok := strings.Cut(value, "\n")
	if !ok || len(header) < crcDigits {
		return record{}, fmt.Errorf("it has no header line")
	}
	sum := checksum(key, bytesOf(value[crcDigits:len(header)+1]), bytesOf(body))
	var digits [crcDigits]byte
	if want, got := header[:crcDigits], appendChecksum(digits[:0], sum); string(got) != want {
		return record{}, fmt.Errorf("its checksum is %q and its content has %q", want, got)
	}
	n, err := headerNumbers(header[crcDigits:])
	if err != nil {
		return record{}, err
	}
	return record{
		seq: uint64(n[0]), version: uint64(n[1]),
		created: time.UnixMilli(n[2]).UTC(), modified: time.UnixMilli(n[3]).UTC(),
		tail: int(n[4]), body: bytesOf(body),
	}, nil
}

// headerNumbers reads the fields of a header behind its checksum, each with a
// blank before it.
func headerNumbers(rest string) (n [5]int64, err error) {
	for i := range n {
		field, more, _ := strings.Cut(strings.TrimPrefix(rest, " "), " ")
		if n[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			return n, fmt.Errorf("its header field %d of %d is %.20q, not a number", i+1, len(n), field)
		}
		rest = more
	}
	if rest != "" {
		return n, fmt.Errorf("its header has more than %d fields", len(n))
	}
	return n, nil
}

// bytesOf returns the bytes of s without copying them; they must not be
// changed. BuntDB keeps every value in memory as a string, so a Resource whose
// image were a copy would double what a tenant costs.
func bytesOf(s string) []byte {
	return unsafe.Slice(unsafe.StringData(s), len(s))
}

func memberKey(group, member string) string { return memberPrefix + group + ":" + member }

// write is one change to the file: a key and its new value, or "" to delete it.
type write struct{ key, value string }
