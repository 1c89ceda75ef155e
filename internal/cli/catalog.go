package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"airmock/internal/scim"
)

// maxCatalogFile bounds a file of schemas or resource types, in bytes.
const maxCatalogFile = 16 << 20

// catalogFlags are the flags that give a tenant attributes and resource types
// of its own.
type catalogFlags struct {
	schemas fileList
	types   fileList
}

func (f *catalogFlags) register(set *pflag.FlagSet) {
	set.Var(&f.schemas, "schema", "file with schemas, as GET /Schemas answers with them; adds attributes, or extensions of User and Group; repeatable")
	set.Var(&f.types, "resource-type", "file with resource types, as GET /ResourceTypes answers with them; repeatable")
}

// catalog reads the files. What is wrong with them is wrong usage.
func (f *catalogFlags) catalog() (*scim.Catalog, error) {
	var schemas []*scim.Schema
	var types []scim.ResourceTypeSpec
	for _, file := range f.schemas {
		data, err := readCatalogFile(file)
		if err != nil {
			return nil, usage("--schema: %v", err)
		}
		read, err := scim.ReadSchemas(file, data)
		if err != nil {
			return nil, usage("--schema: %v", err)
		}
		schemas = append(schemas, read...)
	}
	for _, file := range f.types {
		data, err := readCatalogFile(file)
		if err != nil {
			return nil, usage("--resource-type: %v", err)
		}
		read, err := scim.ReadResourceTypes(file, data)
		if err != nil {
			return nil, usage("--resource-type: %v", err)
		}
		types = append(types, read...)
	}
	c, err := scim.StandardCatalog().With(schemas, types)
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	return c, nil
}

func readCatalogFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxCatalogFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxCatalogFile {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxCatalogFile>>20)
	}
	return data, nil
}

// fileList is a flag's value that may be given several times. In its variable
// several files stand as directories do in PATH.
type fileList []string

func (l *fileList) String() string { return strings.Join(*l, string(filepath.ListSeparator)) }
func (l *fileList) Type() string   { return "FILE" }

func (l *fileList) Set(name string) error {
	if name == "" {
		return fmt.Errorf("the name of a file is missing")
	}
	*l = append(*l, name)
	return nil
}

// setVariable gives the flag f the value of its variable.
func setVariable(f *pflag.Flag, value string) error {
	list, ok := f.Value.(*fileList)
	if !ok {
		return f.Value.Set(value)
	}
	for _, name := range filepath.SplitList(value) {
		if err := list.Set(name); err != nil {
			return err
		}
	}
	return nil
}
