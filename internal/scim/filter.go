package scim

// CompareOp is a comparison operator of RFC 7644 section 3.4.2.2.
type CompareOp string

const (
	Eq CompareOp = "eq"
	Ne CompareOp = "ne"
	Co CompareOp = "co"
	Sw CompareOp = "sw"
	Ew CompareOp = "ew"
	Gt CompareOp = "gt"
	Ge CompareOp = "ge"
	Lt CompareOp = "lt"
	Le CompareOp = "le"
	Pr CompareOp = "pr"
)

// Expr is a filter expression: *And, *Or, *Not, *Compare or *ValuePath. nil
// matches everything.
type Expr interface{ String() string }

type (
	// And holds where both sides hold.
	And struct{ Left, Right Expr }
	// Or holds where either side holds.
	Or struct{ Left, Right Expr }
	// Not holds where X does not.
	Not struct{ X Expr }
	// Compare holds where a value at Path compares to Value; for Pr Value is
	// nil.
	Compare struct {
		Path  AttrPath
		Op    CompareOp
		Value *Value
	}
	// ValuePath holds where one value of the multi-valued attribute at Path
	// satisfies Filter as a whole.
	ValuePath struct {
		Path   AttrPath
		Filter Expr
	}
)

// AttrPath names an attribute or one of its sub-attributes, in the schema's
// spelling where the schema knows it.
type AttrPath struct {
	URN  string // the extension's URN; "" for the core schema
	Name string
	Sub  string     // "" where the attribute itself is meant
	Def  *Attribute // the definition of what is named (Sub's where there is one); nil where unknown
}

// ParseFilter reads a filter on resources of type rt. The error is an *Error
// with type invalidFilter that names the position and what was expected.
func (rt *ResourceType) ParseFilter(text string, r *Reading) (Expr, error) { panic("unwritten") }

// Match reports whether the resource v (a rendered one, parsed) satisfies e.
func Match(e Expr, v *Value) bool { panic("unwritten") }

// EqualityOn returns the text that every match of e must have, compared with
// eq, at the attribute with that dotted name ("userName", "id",
// "emails.value"): e itself, or one side of an and. It lets a store answer
// from an index.
func EqualityOn(e Expr, name string) (text string, ok bool) { panic("unwritten") }
