package fault

// Presets returns all presets, in the order of their groups.
func Presets() []Preset {
	list := []Preset{
		{
			Name: "service-down", Group: "Outage",
			Summary: "503 for every call, until disarmed",
			Spec:    Spec{"kind": "status", "code": "503"},
		},
		{
			Name: "create-503-twice", Group: "Outage",
			Summary: "503 for the next 2 creates of users; the third succeeds",
			Spec:    Spec{"kind": "status", "code": "503", "op": "user.create", "first": "2"},
		},
		{
			Name: "bad-gateway", Group: "Outage",
			Summary: "502 for every call, as when nothing listens behind a tunnel",
			Spec:    Spec{"kind": "status", "code": "502"},
		},
		{
			Name: "one-in-ten", Group: "Outage",
			Summary: "500 for one call in ten, by chance; the same calls with the same --seed",
			Spec:    Spec{"kind": "status", "code": "500", "percent": "10"},
		},
		{
			Name: "retry-after-honest", Group: "Throttling",
			Summary: "429 for the next 5 calls, Retry-After: 30",
			Spec:    Spec{"kind": "throttle", "retry_after": "30s", "first": "5"},
		},
		{
			Name: "retry-after-huge", Group: "Throttling",
			Summary: "429 for the next 5 calls, Retry-After: 3600",
			Spec:    Spec{"kind": "throttle", "retry_after": "3600s", "first": "5"},
		},
		{
			Name: "retry-after-date", Group: "Throttling",
			Summary: "429 for the next 5 calls, Retry-After as a date in 30 s",
			Spec:    Spec{"kind": "throttle", "retry_after": "30s", "as": "date", "first": "5"},
		},
		{
			Name: "token-90-days", Group: "Credentials",
			Summary: "401 for every call, as on the day a 90-day token runs out",
			Spec:    Spec{"kind": "token_expired"},
		},
		{
			Name: "forbidden", Group: "Credentials",
			Summary: "403 for every call, as when the token may no longer provision",
			Spec:    Spec{"kind": "status", "code": "403"},
		},
		{
			Name: "lost-create", Group: "Lost responses",
			Summary: "the next user is created, but the answer is lost; a client that tries again meets 409",
			Spec:    Spec{"kind": "lost_response", "op": "user.create", "first": "1"},
		},
		{
			Name: "lost-member-add", Group: "Lost responses",
			Summary: "the next members are added to their group, but the answer is lost",
			Spec:    Spec{"kind": "lost_response", "op": "group.member.add", "first": "1"},
		},
		{
			Name: "empty-is-404", Group: "Wrong answers",
			Summary:   "404 for every lookup with a filter, where an empty list is right",
			ReachesAs: "404; Entra takes it for a service that does not speak SCIM, and puts the job into quarantine",
			Spec:      Spec{"kind": "status", "code": "404", "op": "probe|user.query|group.query", "detail": "not found"},
		},
		{
			Name: "create-is-409", Group: "Wrong answers",
			Summary: "409 uniqueness for the next create of a user, whoever it is",
			Spec:    Spec{"kind": "status", "code": "409", "scim_type": "uniqueness", "op": "user.create", "first": "1"},
		},
		{
			Name: "one-minute-wall", Group: "Slow",
			Summary:   "every answer takes 61 s, one more than Entra is said to wait",
			ReachesAs: "a timeout, although the change is stored",
			Spec:      Spec{"kind": "latency", "fixed": "61s"},
		},
		{
			Name: "sluggish", Group: "Slow",
			Summary: "every answer takes 1 to 3 s",
			Spec:    Spec{"kind": "latency", "fixed": "2s", "jitter": "1s"},
		},
	}
	for i := range list {
		for _, k := range kinds() {
			if k.Name == list[i].Spec["kind"] {
				list[i].inherit(k)
			}
		}
	}
	return list
}

// inherit takes over what a preset has from its kind.
func (p *Preset) inherit(k *kind) {
	p.Commits = k.Commits
	if p.ReachesAs == "" {
		p.ReachesAs = k.ReachesAs
	}
}
