package cli

import (
	"context"
	"fmt"
	"net/url"

	"airmock/internal/tenant"
	"airmock/internal/tunnel"
)

// openTunnel lets the internet reach the tenant, if a provider is named; nil
// where none is. A tunnel is never opened unasked.
func (p *program) openTunnel(ctx context.Context, t *tenant.Tenant, provider string) (*tunnel.Tunnel, error) {
	if provider == "" {
		return nil, nil
	}
	local, err := url.Parse(t.Status().TenantURL)
	if err != nil {
		return nil, fmt.Errorf("open a tunnel: %w", err)
	}
	// The screen is not there yet, and this takes seconds.
	fmt.Fprintf(p.stderr, "airmock: opening a tunnel with %s\n", provider)
	opened := tunnel.New(tunnel.Options{Provider: provider, Addr: local.Host, Env: p.env})
	address, err := opened.Start(ctx)
	if err != nil {
		return nil, err
	}
	t.SetPublicURL(address)
	return opened, nil
}

// watchTunnel takes the public address back when the tunnel ends by itself.
func watchTunnel(ctx context.Context, t *tenant.Tenant, opened *tunnel.Tunnel, warn func(string)) error {
	select {
	case <-opened.Done():
		t.SetPublicURL("")
		warn("the tunnel has ended; the tenant can be reached from this machine only")
	case <-ctx.Done():
	}
	return nil
}
