package people

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"

	"github.com/brianvoe/gofakeit/v7"

	"airmock/internal/scim"
)

// MaxInvented is how many users, and how many groups, an invention may have.
const MaxInvented = 1_000_000

// GroupsFor is how many groups go well with so many users.
func GroupsFor(users int) int { return min(users/10, 100) }

// department is a part of the invented company.
type department struct {
	name   string
	titles []string // the last one is of those who report to its head
}

// departments returns those of the invented company. Microsoft's own examples
// call it Contoso; its domains are Microsoft's and lead nowhere.
func departments() []department {
	return []department{
		{"Engineering", []string{"Software Engineer", "Senior Software Engineer", "Test Engineer", "Engineering Manager"}},
		{"Sales", []string{"Account Executive", "Sales Representative", "Sales Engineer", "Sales Manager"}},
		{"Customer Support", []string{"Support Engineer", "Support Specialist", "Support Lead"}},
		{"Operations", []string{"Operations Analyst", "Logistics Coordinator", "Operations Manager"}},
		{"Marketing", []string{"Marketing Specialist", "Content Designer", "Product Marketer", "Marketing Manager"}},
		{"Finance", []string{"Accountant", "Financial Analyst", "Controller", "Finance Manager"}},
		{"IT", []string{"System Administrator", "Identity Engineer", "Network Engineer", "IT Manager"}},
		{"Human Resources", []string{"Recruiter", "HR Partner", "HR Manager"}},
		{"Legal", []string{"Paralegal", "Legal Counsel", "Senior Legal Counsel"}},
	}
}

func domains() []string { return []string{"contoso.com", "contoso.com", "contoso.com", "fabrikam.com"} }

// span is how many people report to one.
const span = 7

// Invent returns invented people: users of a company with departments, each
// with a tree of managers, and groups for the departments, with teams inside
// them. The same numbers and seed give the same people. Both numbers must be
// from 0 to MaxInvented.
func Invent(users, groups int, seed uint64) Rows {
	return func(yield func(Row, error) bool) {
		in := inventor{
			fake:        gofakeit.NewFaker(rand.NewPCG(seed, 0), false),
			departments: departments(), domains: domains(),
			taken: make(map[string]bool),
		}
		in.staff = make([][]int, len(in.departments))
		for i := range users {
			if !yield(Row{Type: "User", Doc: in.user(i)}, nil) {
				return
			}
		}
		in.groups(groups, func(doc *scim.Value) bool { return yield(Row{Type: "Group", Doc: doc}, nil) })
	}
}

// inventor makes up one company.
type inventor struct {
	fake        *gofakeit.Faker
	departments []department
	domains     []string
	taken       map[string]bool // userNames
	staff       [][]int         // the users of each department, those who lead first
}

// userID and groupID are ids by which the rows refer to each other.
func userID(i int) string  { return "user-" + strconv.Itoa(i) }
func groupID(i int) string { return "group-" + strconv.Itoa(i) }

// user makes up the user with that number. The first one leads the company.
func (in *inventor) user(i int) *scim.Value {
	at := in.fake.IntN(len(in.departments))
	if i > 0 && i <= len(in.departments) {
		at = i - 1 // so that each department has somebody to lead it
	}
	d := in.departments[at]
	first, last := in.fake.FirstName(), in.fake.LastName()
	userName := in.userName(first, last)
	title := d.titles[in.fake.IntN(len(d.titles)-1)]
	manager := -1
	if i > 0 {
		n := len(in.staff[at])
		switch {
		case n == 0:
			title, manager = "Head of "+d.name, 0
		case n <= span:
			title, manager = d.titles[len(d.titles)-1], in.staff[at][0]
		default:
			manager = in.staff[at][(n-1)/span]
		}
		in.staff[at] = append(in.staff[at], i)
	} else {
		title, d.name = "Chief Executive Officer", "Executive"
	}
	doc := object(
		"schemas", scim.NewArray(text(scim.URNUser), text(scim.URNEnterprise)),
		"id", text(userID(i)),
		"userName", text(userName),
		"name", object("formatted", text(first+" "+last), "familyName", text(last), "givenName", text(first)),
		"displayName", text(first+" "+last),
		"title", text(title),
		"preferredLanguage", text("en-US"),
		"active", scim.NewBool(i == 0 || in.fake.IntN(30) > 0),
		"emails", scim.NewArray(object("value", text(userName), "type", text("work"), "primary", scim.NewBool(true))),
		"phoneNumbers", scim.NewArray(object("value", text(in.phone()), "type", text("work"))),
		"addresses", scim.NewArray(in.address()),
	)
	enterprise := object(
		"employeeNumber", text(strconv.Itoa(100_000+in.fake.IntN(900_000))),
		"organization", text("Contoso"),
		"department", text(d.name),
	)
	if manager >= 0 {
		enterprise.Set("manager", object("value", text(userID(manager))))
	}
	doc.Set(scim.URNEnterprise, enterprise)
	return doc
}

// userName makes a name that nobody else of the company has.
func (in *inventor) userName(first, last string) string {
	local := plain(first) + "." + plain(last)
	domain := in.domains[in.fake.IntN(len(in.domains))]
	name := local + "@" + domain
	for n := 2; in.taken[name]; n++ {
		name = local + strconv.Itoa(n) + "@" + domain
	}
	in.taken[name] = true
	return name
}

// plain leaves the letters of a name, in lower case.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// phone makes up a number out of those that are kept for fiction (555-0100 to
// 555-0199).
func (in *inventor) phone() string {
	return fmt.Sprintf("+1 %d-555-01%02d", 201+in.fake.IntN(700), in.fake.IntN(100))
}

func (in *inventor) address() *scim.Value {
	return object(
		"type", text("work"),
		"streetAddress", text(in.fake.Street()),
		"locality", text(in.fake.City()),
		"region", text(in.fake.StateAbr()),
		"postalCode", text(in.fake.Zip()),
		"country", text("US"),
	)
}

// groups makes up n groups: one for each department, as far as they go, and
// for the rest teams, which are members of their department's group.
func (in *inventor) groups(n int, yield func(doc *scim.Value) bool) {
	all := len(in.departments)
	teams := max(n-all, 0)
	for t := range teams {
		at := t % all
		of := (teams - at + all - 1) / all // teams of the department
		var members []string
		staff := in.staff[at][min(1, len(in.staff[at])):]
		for k := t / all; k < len(staff); k += of {
			members = append(members, userID(staff[k]))
		}
		if !yield(group(groupID(t), fmt.Sprintf("%s Team %d", in.departments[at].name, t/all+1), members)) {
			return
		}
	}
	for at := range min(n, all) {
		var members []string
		for t := at; t < teams; t += all {
			members = append(members, groupID(t))
		}
		staff := in.staff[at]
		if len(members) > 0 {
			staff = staff[:min(1, len(staff))] // the others are in the teams
		}
		for _, i := range staff {
			members = append(members, userID(i))
		}
		if !yield(group(groupID(teams+at), in.departments[at].name, members)) {
			return
		}
	}
}

func group(id, name string, members []string) *scim.Value {
	list := scim.NewArray()
	for _, m := range members {
		list.Append(object("value", text(m)))
	}
	return object("schemas", scim.NewArray(text(scim.URNGroup)), "id", text(id), "displayName", text(name), "members", list)
}

func text(s string) *scim.Value { return scim.NewString(s) }

// object makes an object of names and values in turn.
func object(members ...any) *scim.Value {
	v := scim.NewObject()
	for i := 0; i+1 < len(members); i += 2 {
		v.Set(members[i].(string), members[i+1].(*scim.Value))
	}
	return v
}
