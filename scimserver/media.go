package scimserver

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"airmock/internal/scim"
)

// contentType is the media type of SCIM (RFC 7644 section 8.1). It is sent
// without a charset, as JSON is UTF-8 and the type has no such parameter.
const contentType = "application/scim+json"

// mediaTypes are those that are read and written, the preferred one first (RFC
// 7644 section 3.8). They differ in nothing but the name.
var mediaTypes = [...]string{contentType, "application/json"}

// negotiate returns the media type that an answer has by the header Accept
// (RFC 9110 section 12.5.1), or "" where the client excludes JSON. What is no
// media range excludes nothing.
func negotiate(accept []string) string {
	ranges := slices.DeleteFunc(listItems(accept), func(item string) bool {
		name, _ := parameters(item)
		return name != "*" && !strings.Contains(name, "/")
	})
	if len(ranges) == 0 {
		return contentType
	}
	best, most := "", 0.0
	for _, mediaType := range mediaTypes {
		if q := quality(ranges, mediaType); q > most {
			best, most = mediaType, q
		}
	}
	return best
}

// quality returns the weight that a client gives a media type: that of the most
// specific range that it is in. Parameters other than the weight are passed
// over, as a charset must be.
func quality(ranges []string, mediaType string) float64 {
	q, most := 0.0, 0
	for _, item := range ranges {
		name, rest := parameters(item)
		s := specificity(name, mediaType)
		if s > most || s > 0 && s == most && weight(rest) > q {
			q, most = weight(rest), s
		}
	}
	return q
}

// specificity says how closely a range names a media type; 0 where it does not.
func specificity(name, mediaType string) int {
	main, _, _ := strings.Cut(mediaType, "/")
	switch {
	case strings.EqualFold(name, mediaType):
		return 3
	case strings.EqualFold(strings.TrimSuffix(name, "/*"), main):
		return 2
	case name == "*/*", name == "*":
		return 1
	}
	return 0
}

// weight returns the parameter q, 1 where it is not there or no number.
func weight(parameters []string) float64 {
	for _, p := range parameters {
		if name, value := pair(p); name == "q" {
			if q, err := strconv.ParseFloat(value, 64); err == nil {
				return q
			}
		}
	}
	return 1
}

func notAcceptable(accept []string) error {
	return &refusal{
		status: http.StatusNotAcceptable,
		detail: fmt.Sprintf("the header Accept is %q, and answers are JSON; send %s, application/json or */*", clip(strings.Join(accept, ", "), 128), contentType),
	}
}

// checkMediaType refuses bodies that say that they are no JSON in UTF-8. The
// Entra profile takes whatever is, under any name but that of another charset.
func (q *request) checkMediaType() error {
	if coding := first(q.http.Header, "Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return unsupported("Accept-Encoding", "identity", "the Content-Encoding is %q; send the body as it is", clip(coding, 128))
	}
	header := first(q.http.Header, "Content-Type")
	if header == "" || slices.Contains(mediaTypes[:], header) {
		return nil
	}
	types := strings.Join(mediaTypes[:], ", ")
	mediaType, params, err := mime.ParseMediaType(header)
	if charset := params["charset"]; !isUTF8(charset) {
		return unsupported("Accept", types, "the Content-Type says that the charset is %q; send JSON in UTF-8 (RFC 8259 section 8.1)", clip(charset, 128))
	}
	known := err == nil || errors.Is(err, mime.ErrInvalidMediaParameter)
	if known && slices.Contains(mediaTypes[:], mediaType) {
		return nil
	}
	refusal := unsupported("Accept", types, "the Content-Type is %q; send %s or application/json (RFC 7644 section 3.1)", clip(header, 128), contentType)
	if _, broken := errors.AsType[*scim.Error](q.call.DocErr); broken && len(q.call.Raw) > 0 {
		return refusal // the name is true: to look for the fault in JSON would mislead
	}
	return q.reading.Forgive(scim.QuirkMediaType, refusal)
}

// isUTF8 reports whether what is in a charset is in UTF-8 too.
func isUTF8(charset string) bool {
	return slices.Contains([]string{"", "utf-8", "utf8", "us-ascii"}, strings.ToLower(charset))
}

// unsupported is the refusal of a body by its headers. A header of the answer
// says what would do (RFC 9110 section 15.5.16).
func unsupported(header, would, format string, args ...any) error {
	return &refusal{
		status: http.StatusUnsupportedMediaType,
		detail: fmt.Sprintf(format, args...),
		header: fields{{header, would}},
	}
}
