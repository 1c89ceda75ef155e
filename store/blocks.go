package store

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
)

// block is a piece of a data file from where a record starts to where the next
// one does. In a sound file it is one record; in a damaged one there may be
// garbage behind the record, or nothing but garbage.
type block struct {
	offset int64
	data   []byte // only until the next block
}

// command is what a block says where it is whole.
type command struct {
	key, value string
	deletes    bool
	size       int // of the command; what is behind it in the block is garbage
}

// maxBlock bounds what is kept in memory at once; no record is larger.
const maxBlock = 2*maxPart + 1<<10

// eachBlock calls fn with the blocks of a file, in order. Unlike inspect it
// needs no sound lengths.
func eachBlock(path string, fn func(block) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	at := int64(0)
	blocks := bufio.NewScanner(f)
	blocks.Buffer(make([]byte, 1<<20), 4*maxBlock)
	blocks.Split(splitBlocks)
	for blocks.Scan() {
		if err := fn(block{at, blocks.Bytes()}); err != nil {
			return err
		}
		at += int64(len(blocks.Bytes()))
	}
	if err := blocks.Err(); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// splitBlocks is a bufio.SplitFunc.
func splitBlocks(data []byte, atEOF bool) (int, []byte, error) {
	if i := nextFrame(data, 1); i > 0 {
		return i, data[:i], nil
	}
	if len(data) > 0 && (atEOF || len(data) >= maxBlock) {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// command reads the record at the start of b. It is false where that is not
// whole, or where a length is wrong.
func (b block) command() (command, bool) {
	rest, set := bytes.CutPrefix(b.data, []byte(frameSet))
	if !set {
		var del bool
		if rest, del = bytes.CutPrefix(b.data, []byte(frameDel)); !del {
			return command{}, false
		}
	}
	key, rest, ok := cutText(rest)
	c := command{key: string(key), deletes: !set}
	if ok && set {
		var value []byte
		value, rest, ok = cutText(rest)
		c.value = string(value)
	}
	c.size = len(b.data) - len(rest)
	return c, ok
}

// cutText cuts a length-prefixed string off data.
func cutText(data []byte) (text, rest []byte, ok bool) {
	i := bytes.IndexByte(data, '\n')
	n, ok := parseLength(data[:i+1])
	rest = data[i+1:]
	if !ok || int64(len(rest)) < n+2 || string(rest[n:n+2]) != "\r\n" {
		return nil, data, false
	}
	return rest[:n], rest[n+2:], true
}

// offsetOf returns where in a file the record of key is that counts, or -1.
func offsetOf(path, key string) (int64, error) {
	found := int64(-1)
	err := eachBlock(path, func(b block) error {
		if c, ok := b.command(); ok && c.key == key {
			found = b.offset
		}
		return nil
	})
	return found, err
}
