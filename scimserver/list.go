package scimserver

import (
	"net/http"
	"strconv"

	"airmock/internal/scim"
	"airmock/store"
)

const (
	// defaultCount is how many resources a list answer holds where the client
	// does not say.
	defaultCount = 100
	// maxCount is the most that it holds, as ServiceProviderConfig says in
	// filter.maxResults.
	maxCount = 1000
	// maxPage is the size in bytes beyond which a list answer takes no
	// further resource: a thousand large groups would not fit into memory.
	// A page that is shorter than asked for is what RFC 7644 section 3.4.2.4
	// allows.
	maxPage = 32 << 20
)

// list answers GET on a collection (RFC 7644 section 3.4.2).
func (q *request) list() (*response, error) {
	shown, err := q.projection()
	if err != nil {
		return nil, err
	}
	find, err := q.storeQuery()
	if err != nil {
		return nil, err
	}
	page, err := q.Store.Query(q.http.Context(), find)
	if err != nil {
		return nil, err
	}
	return q.page(page, find.Start, shown)
}

// storeQuery reads filter and paging. Numbers below the least that makes sense
// count as that (RFC 7644 section 3.4.2.4).
func (q *request) storeQuery() (store.Query, error) {
	find := store.Query{Type: q.rt, Locate: q.appendLocation}
	var err error
	if q.asked.filter != "" {
		if find.Filter, err = q.rt.ParseFilter(q.asked.filter, &q.reading); err != nil {
			return find, err
		}
	}
	if find.Start, err = integer("startIndex", q.asked.startIndex, 1); err != nil {
		return find, err
	}
	if find.Count, err = integer("count", q.asked.count, defaultCount); err != nil {
		return find, err
	}
	find.Start = max(find.Start, 1)
	find.Count = min(max(find.Count, 0), maxCount)
	return find, nil
}

// page renders a ListResponse of resources.
func (q *request) page(page store.Page, start int, shown *scim.Projection) (*response, error) {
	body := appendListHead(nil, page.Total, start)
	n := 0
	for _, res := range page.Resources {
		if len(body) > q.maxPage {
			break
		}
		var err error
		if n > 0 {
			body = append(body, ',')
		}
		if body, err = q.appendResource(body, res, shown); err != nil {
			return nil, err
		}
		n++
	}
	q.noteList(page.Resources[:n])
	return &response{status: http.StatusOK, body: appendListTail(body, n)}, nil
}

// appendListHead begins a ListResponse. Its resources follow, separated by
// commas, and appendListTail ends it with their number, which is not known
// before.
func appendListHead(dst []byte, total, start int) []byte {
	dst = append(dst, `{"schemas":["`+scim.URNListResponse+`"],"totalResults":`...)
	dst = strconv.AppendInt(dst, int64(total), 10)
	dst = append(dst, `,"startIndex":`...)
	dst = strconv.AppendInt(dst, int64(start), 10)
	return append(dst, `,"Resources":[`...)
}

func appendListTail(dst []byte, n int) []byte {
	dst = append(dst, `],"itemsPerPage":`...)
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, '}')
}
