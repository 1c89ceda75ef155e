package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"airmock/internal/people"
	"airmock/internal/safetext"
)

// tellReport prints what an import did; the error is why not everything was
// taken. file is the name of what was imported, "" for an invention.
func (p *program) tellReport(report people.Report, file string, asJSON bool) error {
	if asJSON {
		return errors.Join(p.printJSON(report), reportError(report, file))
	}
	for _, note := range report.Notes {
		fmt.Fprintf(p.stderr, "airmock: %s\n", safetext.Line(note))
	}
	for _, problem := range report.Problems {
		if file == "" && problem.Outcome == "created" {
			continue // it only got another name
		}
		if err := p.printf("%s\n", problemLine(problem, file)); err != nil {
			return err
		}
	}
	if report.More > 0 && file != "" {
		if err := p.printf("… and %d more rows like these\n", report.More); err != nil {
			return err
		}
	}
	if err := p.printf("%s\n", summed(report)); err != nil {
		return err
	}
	return reportError(report, file)
}

// problemLine tells of a row: people.csv:13: row 12, User b.simon@contoso.com
// skipped: why.
func problemLine(problem people.Problem, file string) string {
	var line strings.Builder
	if file != "" && problem.Line > 0 {
		fmt.Fprintf(&line, "%s:%d: ", file, problem.Line)
	}
	fmt.Fprintf(&line, "row %d", problem.Row)
	if about := strings.TrimSpace(problem.Type + " " + safetext.Cut(safetext.Line(problem.Name), maxCell)); about != "" {
		line.WriteString(", " + about)
	}
	fmt.Fprintf(&line, " %s: %s", problem.Outcome, safetext.Line(problem.Reason))
	return line.String()
}

// summed is a report in a line.
func summed(report people.Report) string {
	var parts []string
	for _, part := range []struct {
		n    int
		word string
		of   func(*people.Counts) int
	}{
		{report.Created, "created", func(c *people.Counts) int { return c.Created }},
		{report.Updated, "updated", func(c *people.Counts) int { return c.Updated }},
		{report.Unchanged, "unchanged", func(c *people.Counts) int { return c.Unchanged }},
		{report.Skipped, "skipped", func(c *people.Counts) int { return c.Skipped }},
		{report.Failed, "failed", func(c *people.Counts) int { return c.Failed }},
	} {
		if part.n == 0 {
			continue
		}
		text := fmt.Sprintf("%d %s", part.n, part.word)
		if by := byType(report, part.of); by != "" {
			text += " (" + by + ")"
		}
		parts = append(parts, text)
	}
	if report.Conflicts > 0 {
		parts = append(parts, fmt.Sprintf("%d in conflict with what is there", report.Conflicts))
	}
	if report.Waiting > 0 {
		parts = append(parts, fmt.Sprintf("%d left out, as they refer to rows that were not read", report.Waiting))
	}
	if len(parts) == 0 {
		parts = append(parts, "nobody in it")
	}
	text := strings.Join(parts, ", ")
	if report.DryRun {
		text = "dry run, nothing was changed: " + text
	}
	return text
}

// byType breaks a count down: 50 User, 5 Group.
func byType(report people.Report, of func(*people.Counts) int) string {
	var parts []string
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(report.Types))) { // users first
		if n := of(report.Types[name]); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
		}
	}
	return strings.Join(parts, ", ")
}

// reportError is why an import did not take everything.
func reportError(report people.Report, file string) error {
	switch {
	case report.Interrupted:
		return errors.New("interrupted; what is counted here is done and stays")
	case report.Error != "" && file != "":
		return fmt.Errorf("%s: %s", file, report.Error)
	case report.Error != "":
		return errors.New(report.Error)
	case report.Failed > 0:
		return fmt.Errorf("%d of %d rows failed", report.Failed, report.Rows)
	}
	return nil
}
