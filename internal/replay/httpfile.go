package replay

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/safetext"
)

// The form in which requests are edited is that of the .http files which editors
// know: each request begins with a line ### call N, then come request line,
// headers, a blank line and the body.
const mark = "### call "

// AppendHTTP appends r as it is edited. title is put behind its number.
func AppendHTTP(dst []byte, r Request, title string) []byte {
	dst = append(dst, mark+strconv.FormatUint(r.Call, 10)...)
	if title != "" {
		dst = append(dst, ": "+safetext.Line(title)...)
	}
	dst = append(dst, "\n"+r.Method+" "+r.Path+"\n"...)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		dst = append(dst, name+": "+r.Header[name]+"\n"...)
	}
	if r.Body != "" {
		body := jsontext.Value(r.Body)
		if body.IsValid() && body.Indent() == nil {
			dst = append(append(dst, '\n'), body...)
		} else {
			dst = append(dst, "\n"+r.Body...)
		}
		dst = append(dst, '\n')
	}
	return append(dst, '\n')
}

// ParseHTTP reads what AppendHTTP wrote, edited. A request that was removed is
// not there; lines before the first one are of no account. Blanks around a body
// are not part of it. The error names the line.
func ParseHTTP(text string) ([]Request, error) {
	var all []Request
	var block []string
	begin := 0
	end := func() error {
		if begin == 0 {
			return nil
		}
		r, err := parseRequest(block, begin)
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.Call == r.Call {
				return fmt.Errorf("line %d: call %d is there twice", begin, r.Call)
			}
		}
		all = append(all, r)
		return nil
	}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if !strings.HasPrefix(line, "###") {
			block = append(block, line)
			continue
		}
		if err := end(); err != nil {
			return nil, err
		}
		block, begin = []string{line}, i+1
	}
	return all, end()
}

// parseRequest reads the lines of one request, of which the first is at line.
func parseRequest(lines []string, line int) (r Request, err error) {
	number, _, _ := strings.Cut(strings.TrimPrefix(lines[0], mark), ":")
	if r.Call, err = strconv.ParseUint(strings.TrimSpace(number), 10, 63); err != nil || !strings.HasPrefix(lines[0], mark) {
		return r, fmt.Errorf("line %d: a line with ### begins a request, and must name the call that it is made from: ### call 12", line)
	}
	if len(lines) < 2 || strings.TrimSpace(lines[1]) == "" {
		return r, fmt.Errorf("line %d: behind ### call %d must come a line such as GET /Users", line+1, r.Call)
	}
	method, path, ok := strings.Cut(strings.TrimSpace(lines[1]), " ")
	path = strings.TrimSpace(path)
	if !ok || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " \t") {
		return r, fmt.Errorf("line %d: %q is not a method and a path below the Tenant URL, such as GET /Users, with %%20 for a blank", line+1, safetext.Cut(safetext.Line(lines[1]), 80))
	}
	r.Method, r.Path, r.Header = method, path, make(map[string]string)
	rest := lines[2:]
	for i, header := range rest {
		if strings.TrimSpace(header) == "" {
			r.Body = strings.TrimSpace(strings.Join(rest[i+1:], "\n"))
			break
		}
		name, value, ok := strings.Cut(header, ":")
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		if !ok || name == "" || strings.ContainsAny(name, " \t\"{}") {
			return r, fmt.Errorf("line %d: %q is not a header such as Accept: application/json; a body comes behind a blank line", line+2+i, safetext.Cut(safetext.Line(header), 80))
		}
		if slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection"}, name) {
			return r, fmt.Errorf("line %d: %s is not yours to set", line+2+i, name)
		}
		r.Header[name] = strings.TrimSpace(value)
	}
	return r, nil
}
