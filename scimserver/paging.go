package scimserver

import (
	"strings"
	"time"

	"airmock/internal/scim"
	"airmock/store"
)

// walk is what the cursors of one walk through the pages of a query have in
// common.
type walk struct {
	query, shown digest
	count        int
	now          time.Time
}

// cursor returns the cursor for the page before or behind a place.
func (w *walk) cursor(at store.Place, back bool) cursor {
	return cursor{place: at, back: back, issued: w.now, query: w.query, shown: w.shown, count: w.count}
}

// paging reads which page of find is asked for. Without a cursor pages are
// counted, as clients from before RFC 9865 expect it (section 2.4); the walk
// is nil then. Numbers below the least that makes sense count as that (RFC
// 7644 section 3.4.2.4).
func (q *request) paging(find *store.Query) (*walk, error) {
	if q.asked.byCursor {
		return q.walk(find)
	}
	var err error
	if find.Start, err = integer("startIndex", q.asked.startIndex, 1); err != nil {
		return nil, err
	}
	if find.Count, err = integer("count", q.asked.count, defaultCount); err != nil {
		return nil, err
	}
	find.Start = max(find.Start, 1)
	find.Count = min(max(find.Count, 0), maxCount)
	return nil, nil
}

// walk begins a walk, or goes on with it where its cursor says.
func (q *request) walk(find *store.Query) (*walk, error) {
	if q.asked.startIndex != "" {
		err := q.reading.Forgive(scim.QuirkBothPagings, scim.Errorf(scim.InvalidValue,
			"cursor and startIndex are two ways of paging (RFC 9865 section 2.4); send one of them"))
		if err != nil {
			return nil, err
		}
	}
	w := &walk{query: q.queryDigest(find), shown: q.shownDigest(), now: q.Now()}
	var err error
	if w.count, err = q.pageSize(); err != nil {
		return nil, err
	}
	if q.asked.cursor != "" {
		if err := q.resume(w, find); err != nil {
			return nil, err
		}
	}
	find.Count = w.count
	return w, nil
}

// pageSize reads the count beside a cursor. One that is too large has an error
// of its own there (RFC 9865 section 2.1, table 3).
func (q *request) pageSize() (int, error) {
	n, err := integer("count", q.asked.count, defaultCount)
	if err != nil {
		return 0, scim.Errorf(scim.InvalidCount, "count is %q; it must be a whole number from 0 to %d", clip(q.asked.count, 64), maxCount)
	}
	if n > maxCount {
		err := q.reading.Forgive(scim.QuirkCountTooLarge, scim.Errorf(scim.InvalidCount,
			"count is %s; it must be from 0 to %d, which is maxPageSize", clip(q.asked.count, 64), maxCount))
		if err != nil {
			return 0, err
		}
	}
	return min(max(n, 0), maxCount), nil
}

// resume takes find to where the cursor says, after it has looked whether the
// cursor is one, is of this query, and is not too old.
func (q *request) resume(w *walk, find *store.Query) error {
	c, err := q.cursors.open(q.asked.cursor)
	switch {
	case err != nil:
		return scim.Errorf(scim.InvalidCursor, "the cursor is none that this tenant gave out since it started, or is not whole; "+
			"begin again with an empty cursor, and then send nextCursor as it is")
	case c.query != w.query:
		return scim.Errorf(scim.InvalidCursor, "the cursor belongs to another query; "+
			"repeat the endpoint, filter, sortBy and sortOrder of the query that it came from (RFC 9865 section 2)")
	case w.now.Sub(c.issued) > cursorTimeout:
		return scim.Errorf(scim.ExpiredCursor, "the cursor is older than the %d seconds of cursorTimeout; begin again with an empty cursor",
			int(cursorTimeout.Seconds()))
	}
	if err := q.checkUnchanged(w, c); err != nil {
		return err
	}
	if c.back {
		find.Before = &c.place
	} else {
		find.After = &c.place
	}
	return nil
}

// checkUnchanged holds the rest of the query against the one that the cursor
// came from: all parameters must be the same (RFC 9865 section 2). A walk can
// do without, so it is forgiven; a client that sends the cursor alone means the
// count that it began with.
func (q *request) checkUnchanged(w *walk, c cursor) error {
	var refusal *scim.Error
	switch {
	case c.count != w.count:
		refusal = scim.Errorf(scim.InvalidCount, "count was %d in the query that the cursor came from, and must stay so (RFC 9865 section 2.1)", c.count)
	case c.shown != w.shown:
		refusal = scim.Errorf(scim.InvalidCursor, "attributes and excludedAttributes must stay as they were in the query that the cursor came from (RFC 9865 section 2)")
	default:
		return nil
	}
	if q.asked.count == "" {
		w.count = c.count
	}
	return q.reading.Forgive(scim.QuirkCursorQuery, refusal)
}

// queryDigest is of all that a place in the order belongs to, in one spelling.
func (q *request) queryDigest(find *store.Query) digest {
	texts := []string{find.Sort.String(), ""}
	if find.Filter != nil {
		texts[1] = find.Filter.String()
	}
	for _, rt := range q.listed() {
		texts = append(texts, rt.Name)
	}
	return digestOf(texts...)
}

func (q *request) shownDigest() digest {
	return digestOf(strings.ToLower(q.asked.attributes), strings.ToLower(q.asked.excluded))
}
