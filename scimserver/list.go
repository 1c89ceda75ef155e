package scimserver

import (
	"math"
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
	// filter.maxResults and pagination.maxPageSize.
	maxCount = 1000
	// maxPage is the size in bytes beyond which a list answer takes no
	// further resource: a thousand large groups would not fit into memory.
	// A page that is shorter than asked for is what RFC 7644 section 3.4.2.4
	// allows.
	maxPage = 32 << 20
)

// list answers GET on a collection, or on the root, which is all collections
// (RFC 7644 section 3.4.2).
func (q *request) list() (*response, error) {
	shown, err := q.projections()
	if err != nil {
		return nil, err
	}
	find, err := q.storeQuery()
	if err != nil {
		return nil, err
	}
	walk, err := q.paging(&find)
	if err != nil {
		return nil, err
	}
	page, err := q.Store.Query(q.http.Context(), find)
	if err != nil {
		return nil, err
	}
	return q.page(page, find, walk, shown)
}

// listed returns the resource types that a list is about.
func (q *request) listed() []*scim.ResourceType {
	if q.rt != nil {
		return []*scim.ResourceType{q.rt}
	}
	return q.Catalog.ResourceTypes
}

// projections are what is shown of the resources of each type that is listed, in
// that order.
type projections []*scim.Projection

func (q *request) projections() (projections, error) {
	listed := q.listed()
	shown := make(projections, len(listed))
	for i, rt := range listed {
		var err error
		if shown[i], err = q.projection(rt); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

// of returns the projection of resources of a type.
func (p projections) of(rt *scim.ResourceType) *scim.Projection {
	for _, one := range p {
		if one.Type().Name == rt.Name {
			return one
		}
	}
	return nil
}

// storeQuery reads what is asked for, and in which order.
func (q *request) storeQuery() (find store.Query, err error) {
	find.Type, find.Locate = q.rt, q.appendLocation
	if q.asked.filter != "" {
		if find.Filter, err = scim.ParseFilterOver(q.listed(), q.asked.filter, &q.reading); err != nil {
			return find, err
		}
	}
	if q.asked.sortBy != "" || q.asked.sortOrder != "" {
		find.Sort, err = scim.ParseSort(q.listed(), q.asked.sortBy, q.asked.sortOrder, &q.reading)
	}
	return find, err
}

// page renders a ListResponse. walk is nil where it is paged by index.
func (q *request) page(page store.Page, find store.Query, walk *walk, shown projections) (*response, error) {
	from, bound := 0, q.maxPage
	if find.Before != nil { // a page backwards has to end where it was asked to
		var err error
		if from, err = q.fitting(page.Resources, shown); err != nil {
			return nil, err
		}
		bound = math.MaxInt
	}
	start := find.Start
	if walk != nil {
		start = 0
	}
	n := 0
	body, err := q.render(func(dst []byte) (_ []byte, err error) {
		dst = appendListHead(dst, page.Total, start)
		if dst, n, err = q.appendResources(dst, page.Resources[from:], shown, bound); err != nil {
			return nil, err
		}
		dst = appendListEnd(dst, n)
		if walk != nil && n > 0 {
			dst = q.appendCursors(dst, page, walk, from, from+n)
		}
		return append(dst, '}'), nil
	})
	if err != nil {
		return nil, err
	}
	q.noteList(page.Resources[from:from+n], page.Plan)
	q.noteReference(find.Filter)
	return &response{status: http.StatusOK, body: body}, nil
}

// appendResources appends resources, separated by commas, until dst is longer than
// bound, and returns how many these are.
func (q *request) appendResources(dst []byte, resources []*store.Resource, shown projections, bound int) (_ []byte, n int, err error) {
	for _, res := range resources {
		if len(dst) > bound {
			break
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		if dst, err = q.appendResource(dst, res, shown.of(res.Type)); err != nil {
			return nil, 0, err
		}
		n++
	}
	return dst, n, nil
}

// appendCursors appends the cursors to what is before and behind those resources
// of a page that are answered, from one up to, and without, another.
func (q *request) appendCursors(dst []byte, page store.Page, walk *walk, from, to int) []byte {
	if page.Earlier || from > 0 {
		dst = q.appendCursor(dst, "previousCursor", walk.cursor(page.Place(from), true))
	}
	if page.Later || to < len(page.Resources) {
		dst = q.appendCursor(dst, "nextCursor", walk.cursor(page.Place(to-1), false))
	}
	return dst
}

// fitting returns the first of resources that goes into an answer which ends
// with the last of them.
func (q *request) fitting(resources []*store.Resource, shown projections) (from int, err error) {
	var one []byte
	size := 0
	for from = len(resources); from > 0 && size <= q.maxPage; from-- {
		res := resources[from-1]
		if one, err = q.appendResource(one[:0], res, shown.of(res.Type)); err != nil {
			return 0, err
		}
		size += len(one)
	}
	return from, nil
}

// appendListHead begins a ListResponse. Its resources follow, separated by
// commas, and appendListEnd ends them with their number, which is not known
// before. A start of 0 is left out, as it means nothing to a cursor.
func appendListHead(dst []byte, total, start int) []byte {
	dst = append(dst, `{"schemas":["`+scim.URNListResponse+`"],"totalResults":`...)
	dst = strconv.AppendInt(dst, int64(total), 10)
	if start > 0 {
		dst = append(dst, `,"startIndex":`...)
		dst = strconv.AppendInt(dst, int64(start), 10)
	}
	return append(dst, `,"Resources":[`...)
}

// appendListEnd ends the resources of a ListResponse. The closing brace is
// still missing.
func appendListEnd(dst []byte, n int) []byte {
	dst = append(dst, `],"itemsPerPage":`...)
	return strconv.AppendInt(dst, int64(n), 10)
}

func (q *request) appendCursor(dst []byte, name string, c cursor) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	dst = append(dst, `":"`...)
	dst = append(dst, q.cursors.seal(c)...)
	return append(dst, '"')
}
