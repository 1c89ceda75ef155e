package cli

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"airmock/internal/scim"
	"airmock/internal/tenant"
	"airmock/internal/tunnel"
	"airmock/scimserver"
	"airmock/store"
)

// defaultBasePath is the path of Airstack's own Tenant URL
// (Microsoft Learn, "Tutorial: Configure Airstack for automatic user provisioning").
const defaultBasePath = "/0/as/common/scim"

// tenantFlags are the flags of a running tenant.
type tenantFlags struct {
	env       environment
	listen    string
	basePath  string
	data      string
	memory    bool
	sync      choice
	token     string
	publicURL string
	tunnel    choice
	profile   choice
	catalog   catalogFlags
	patched   choice
	seed      string
	log       choice
	addrFile  string
}

func (p *program) tenantFlags() *tenantFlags {
	return &tenantFlags{
		env:     p.env,
		tunnel:  choice{"", tunnel.Providers()},
		sync:    choice{"second", []string{"second", "always", "never"}},
		profile: choice{"entra", []string{"entra", "rfc"}},
		patched: choice{string(scimserver.PatchAuto), []string{string(scimserver.PatchAuto), string(scimserver.PatchResource), string(scimserver.PatchNone)}},
		log:     choice{"text", []string{"text", "json", "none"}},
	}
}

func (f *tenantFlags) register(set *pflag.FlagSet) {
	set.StringVar(&f.listen, "listen", "127.0.0.1:7644", "address of the SCIM server; port 0 picks a free one")
	set.StringVar(&f.basePath, "base-path", defaultBasePath, "path of the Tenant URL")
	registerData(set, &f.data)
	set.BoolVar(&f.memory, "memory", false, "keep nothing on disk")
	set.Var(&f.sync, "sync", "when a write reaches the disk: second (within one), always (at once) or never (as the system likes)")
	set.StringVar(&f.token, "token", "", "a fixed Secret Token for scripts; never stored, never shown")
	set.StringVar(&f.publicURL, "public-url", "", "the address that the outside world uses, such as a tunnel's")
	set.Var(&f.tunnel, "tunnel", "open a tunnel and use its address: "+strings.Join(tunnel.Providers(), ", "))
	set.Var(&f.profile, "profile", "how requests are read: entra (every shape that Entra sends) or rfc (strict)")
	f.catalog.register(set)
	set.Var(&f.patched, "patch-response", "how a PATCH is answered where the client does not say: auto (users with themselves, groups with 204), resource or none (204)")
	set.StringVar(&f.seed, "seed", "", "number that decides every random choice of faults (default random)")
	set.Var(&f.log, "log", "what to print of each call where there is no screen: text, json or none")
	set.StringVar(&f.addrFile, "addr-file", "", "write the Tenant URL into this file once it answers")
}

func registerData(set *pflag.FlagSet, dir *string) {
	set.StringVar(dir, "data", "", "directory of the tenant's data (default in the user's data directory)")
}

// fromEnvironment gives each flag that is not on the command line the value of
// its variable: AIRMOCK_BASE_PATH for --base-path.
func fromEnvironment(set *pflag.FlagSet, env environment) error {
	var wrong error
	set.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Name == "version" {
			return // a question, not a setting; AIRMOCK_VERSION may mean something else to others
		}
		name := "AIRMOCK_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := env.lookup(name)
		if !ok || value == "" || f.Changed || wrong != nil {
			return
		}
		if err := setVariable(f, value); err != nil {
			wrong = usage("the environment's %s is wrong for --%s: %s", name, f.Name, wrongValue(f, value, err))
		}
	})
	return wrong
}

// config checks the flags and makes of them what a tenant is started with.
func (f *tenantFlags) config(warn func(string)) (tenant.Config, error) {
	c := tenant.Config{
		Version: version(), Listen: f.listen, Memory: f.memory, Sync: store.SyncPolicy(f.sync.value),
		Secret: f.token, Patched: scimserver.PatchResponse(f.patched.value), Warn: warn,
	}
	if f.profile.value == scim.RFC.String() {
		c.Profile = scim.RFC
	}
	if _, port, err := net.SplitHostPort(f.listen); err != nil || !isPort(port) {
		return c, usage("--listen %q is not an address with a port, such as 127.0.0.1:7644", f.listen)
	}
	var err error
	if c.Catalog, err = f.catalog.catalog(); err != nil {
		return c, err
	}
	if c.BasePath, err = tenant.CleanBasePath(f.basePath); err != nil {
		return c, usage("--base-path: %v", err)
	}
	if c.PublicURL, err = tenant.CleanPublicURL(f.publicURL, c.BasePath); err != nil {
		return c, usage("--public-url: %v", err)
	}
	if f.publicURL != "" && f.tunnel.value != "" {
		return c, usage("--public-url and --tunnel exclude each other: the tunnel names the address")
	}
	if c.DataDir, err = dataDir(f.data, f.env); err != nil && !f.memory {
		return c, err
	}
	c.Seed, err = seedOf(f.seed)
	return c, err
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n <= 65535
}

// dataDir is the directory that --data names, or the default one, absolute.
func dataDir(flag string, env environment) (string, error) {
	if flag == "" {
		flag = env.dataDir()
	}
	if flag == "" {
		return "", usage("the environment names no home directory to keep the data in; choose a directory with --data, or keep nothing with --memory")
	}
	dir, err := filepath.Abs(flag)
	if err != nil {
		return "", fmt.Errorf("find the data directory %s: %w", flag, err)
	}
	return dir, nil
}

// prepare is the RunE of a command with a running tenant's flags: it reads the
// environment first.
func (p *program) prepare(run func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := fromEnvironment(cmd.Flags(), p.env); err != nil {
			return err
		}
		return run(cmd, args)
	}
}
