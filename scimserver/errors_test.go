package scimserver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/store"
)

func TestErrorsBecomeAnswers(t *testing.T) {
	tests := []struct {
		name     string
		err      error
		status   int
		scimType scim.ErrorType
		says     string
	}{
		{"a filter that is broken", scim.Errorf(scim.InvalidFilter, "at 3"), 400, scim.InvalidFilter, "at 3"},
		{"a path that names nothing", scim.Errorf(scim.NoTarget, "none"), 400, scim.NoTarget, "none"},
		{"a value that is taken, by the protocol", scim.Errorf(scim.Uniqueness, "taken"), 409, scim.Uniqueness, "taken"},
		{"a filter with personal data", scim.Errorf(scim.Sensitive, "no"), 403, scim.Sensitive, "no"},
		{"a value that is taken, by the store", &store.ConflictError{Type: "User", Attribute: "userName", Value: "b", Holder: "7"}, 409, scim.Uniqueness, `the userName "b" is taken by the User with id 7`},
		{"a member that does not exist", &store.UnknownMemberError{ID: "7"}, 400, scim.InvalidValue, `the id "7"`},
		{"a body over the limit", journal.ErrTooLarge, 413, "", "1 MiB"},
		{"a body that does not arrive", journal.ErrTooSlow, 408, "", "Content-Length"},
		{"a disk that is full", store.ErrReadOnly, 507, "", "make room"},
		{"a store that is closed", store.ErrClosed, 503, "", "shutting down"},
		{"a client that is gone", context.Canceled, 503, "", "given up"},
		{"a deadline", context.DeadlineExceeded, 503, "", "too long"},
		{"what nobody foresaw", errors.New("secret: 42"), 500, "", "airmock failed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, err := range []error{test.err, fmt.Errorf("create: %w", test.err)} {
				got := refusalOf(err)
				if got.status != test.status || got.scimType != test.scimType || !strings.Contains(got.detail, test.says) {
					t.Errorf("%v: %d %s %q", err, got.status, got.scimType, got.detail)
				}
				if strings.Contains(got.detail, "42") {
					t.Errorf("%q tells what is nobody's business", got.detail)
				}
			}
		})
	}
}

func TestClip(t *testing.T) {
	tests := []struct {
		s    string
		n    int
		want string
	}{
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc…"},
		{"aä", 2, "a…"},
		{"\xbf\xbf\xbf", 2, "…"},
	}
	for _, test := range tests {
		if got := clip(test.s, test.n); got != test.want || !utf8.ValidString(got) {
			t.Errorf("clip(%q, %d) = %q, want %q", test.s, test.n, got, test.want)
		}
	}
}
