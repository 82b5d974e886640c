package useragent

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"castor/internal/regex"
)

// definitions is a regexes.yaml of the project ua-parser.
type definitions struct {
	Agents  []agentRule  `yaml:"user_agent_parsers"`
	Systems []systemRule `yaml:"os_parsers"`
	Devices []deviceRule `yaml:"device_parsers"`
}

type agentRule struct {
	Regex  string  `yaml:"regex"`
	Family *string `yaml:"family_replacement"`
	V1     *string `yaml:"v1_replacement"`
	V2     *string `yaml:"v2_replacement"`
}

type systemRule struct {
	Regex  string  `yaml:"regex"`
	Family *string `yaml:"os_replacement"`
	V1     *string `yaml:"os_v1_replacement"`
	V2     *string `yaml:"os_v2_replacement"`
	V3     *string `yaml:"os_v3_replacement"`
}

type deviceRule struct {
	Regex  string  `yaml:"regex"`
	Flag   string  `yaml:"regex_flag"`
	Device *string `yaml:"device_replacement"`
}

// parser knows user agents. It is safe for concurrent use.
type parser struct {
	agents, systems, devices rules
	agentRules               []agentRule
	systemRules              []systemRule
	deviceRules              []deviceRule
}

// rules is a list of patterns of which the first that matches counts.
type rules struct {
	list []*regex.Regexp
	set  *regex.Set
}

// newParser compiles a regexes.yaml.
func newParser(text []byte) (*parser, error) {
	var d definitions
	if err := yaml.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	p := &parser{agentRules: d.Agents, systemRules: d.Systems, deviceRules: d.Devices}
	if len(d.Agents) == 0 || len(d.Systems) == 0 || len(d.Devices) == 0 {
		return nil, errors.New("it needs the lists user_agent_parsers, os_parsers and device_parsers, as regexes.yaml of uap-core has them")
	}
	var bad [3]error
	var lists sync.WaitGroup // the lists are long: one core each
	lists.Go(func() {
		p.agents, bad[0] = compile("user_agent_parsers", len(d.Agents), func(i int) (string, bool) { return d.Agents[i].Regex, false })
	})
	lists.Go(func() {
		p.systems, bad[1] = compile("os_parsers", len(d.Systems), func(i int) (string, bool) { return d.Systems[i].Regex, false })
	})
	lists.Go(func() {
		p.devices, bad[2] = compile("device_parsers", len(d.Devices), func(i int) (string, bool) { return d.Devices[i].Regex, d.Devices[i].Flag == "i" })
	})
	lists.Wait()
	return p, errors.Join(bad[:]...)
}

func compile(list string, n int, rule func(int) (pattern string, ignoreCase bool)) (rules, error) {
	var r rules
	for i := range n {
		pattern, ignoreCase := rule(i)
		if pattern == "" {
			return r, fmt.Errorf("%s: entry %d has no regex", list, i+1)
		}
		re, err := regex.Compile(pattern, regex.Options{IgnoreCase: ignoreCase})
		if err != nil {
			return r, fmt.Errorf("%s: entry %d: %w", list, i+1, err)
		}
		r.list = append(r.list, re)
	}
	r.set = regex.NewSet(r.list)
	return r, nil
}

// groups are the texts that a match captured.
type groups struct {
	text  string
	slots []int32
}

func (g groups) count() int { return len(g.slots)/2 - 1 }

// get is a group's text; ok is false when it took no part or is not there.
func (g groups) get(i int) (string, bool) {
	if i > g.count() || g.slots[2*i] < 0 {
		return "", false
	}
	return g.text[g.slots[2*i]:g.slots[2*i+1]], true
}

// each calls try with the rules that match, in order, until it is satisfied.
func (r *rules) each(text string, w *work, try func(i int, g groups) bool) {
	w.candidates = r.set.Candidates(text, w.candidates[:0], w.scratch)
	for i, re := range r.list {
		if w.candidates[i/64]>>(i%64)&1 == 0 {
			continue
		}
		if ok, err := re.Match(text, w.scratch); !ok || err != nil {
			continue
		}
		if try(i, groups{text, w.scratch.Slots()}) {
			return
		}
	}
}

// work is what a worker needs for matching.
type work struct {
	scratch    *regex.Scratch
	candidates []uint64
}

// version is a name and the parts of a version, "" for those that are not known.
type version struct {
	family                          string
	major, minor, patch, patchMinor string
}

// client is what is known of a user agent.
type client struct {
	agent  version
	system version
	device string
}

const other = "Other"

func (p *parser) parse(text string, w *work) client {
	c := client{agent: version{family: other}, system: version{family: other}, device: other}
	p.agents.each(text, w, func(i int, g groups) (ok bool) {
		var v version
		if v, ok = p.agentRules[i].apply(g); ok {
			c.agent = v
		}
		return ok
	})
	p.systems.each(text, w, func(i int, g groups) (ok bool) {
		var v version
		if v, ok = p.systemRules[i].apply(g); ok {
			c.system = v
		}
		return ok
	})
	p.devices.each(text, w, func(i int, g groups) (ok bool) {
		var d string
		if d, ok = p.deviceRules[i].apply(g); ok {
			c.device = d
		}
		return ok
	})
	return c
}

// family is the replacement with the first group for $1, or the first group itself.
func family(replacement *string, g groups) (string, bool) {
	first, ok := g.get(1)
	if replacement == nil {
		return first, ok
	}
	if ok {
		return strings.Replace(*replacement, "$1", first, 1), true
	}
	return *replacement, true
}

func (r *agentRule) apply(g groups) (v version, ok bool) {
	if v.family, ok = family(r.Family, g); !ok {
		return v, false
	}
	if r.V1 != nil {
		v.major = *r.V1
	} else {
		v.major, _ = g.get(2)
	}
	if r.V2 != nil {
		v.minor = *r.V2
		return v, true
	}
	v.minor, _ = g.get(3)
	v.patch, _ = g.get(4)
	v.patchMinor, _ = g.get(5)
	return v, true
}

func (r *systemRule) apply(g groups) (v version, ok bool) {
	if v.family, ok = family(r.Family, g); !ok {
		return v, false
	}
	v.major, v.minor, v.patch = part(r.V1, g, 2), part(r.V2, g, 3), part(r.V3, g, 4)
	v.patchMinor, _ = g.get(5)
	return v, true
}

// part is a replacement, which may be $N alone, or where there is none the group that stands for it.
func part(replacement *string, g groups, group int) string {
	if replacement != nil && !strings.HasPrefix(*replacement, "$") {
		return *replacement
	}
	if replacement != nil {
		n, err := strconv.Atoi((*replacement)[1:])
		if err != nil || n < 0 {
			return ""
		}
		group = n
	}
	text, _ := g.get(group)
	return text
}

func (r *deviceRule) apply(g groups) (string, bool) {
	if r.Device == nil {
		return g.get(1)
	}
	text := *r.Device
	if !strings.Contains(text, "$") {
		return text, true
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '$' && i+1 < len(text) && text[i+1]-'0' <= 9 {
			i++
			group, _ := g.get(int(text[i] - '0'))
			out.WriteString(group)
			continue
		}
		out.WriteByte(text[i])
	}
	return strings.TrimFunc(out.String(), func(r rune) bool { return r <= ' ' }), true
}
