// Package check has the tests of deploy/ that need other projects' types.
package check

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// root is the project's folder.
const root = "../.."

// kinds are what a manifest may be, with the type that it is decoded into: strictly, so that a name that Kubernetes does not know is an error.
var kinds = map[string]any{
	"v1/Namespace":                           corev1.Namespace{},
	"v1/ServiceAccount":                      corev1.ServiceAccount{},
	"v1/ConfigMap":                           corev1.ConfigMap{},
	"v1/Service":                             corev1.Service{},
	"apps/v1/DaemonSet":                      appsv1.DaemonSet{},
	"apps/v1/Deployment":                     appsv1.Deployment{},
	"apps/v1/StatefulSet":                    appsv1.StatefulSet{},
	"policy/v1/PodDisruptionBudget":          policyv1.PodDisruptionBudget{},
	"networking.k8s.io/v1/NetworkPolicy":     networkingv1.NetworkPolicy{},
	"autoscaling/v2/HorizontalPodAutoscaler": autoscalingv2.HorizontalPodAutoscaler{},
	"keda.sh/v1alpha1/ScaledObject":          scaledObject{},
	"keda.sh/v1alpha1/TriggerAuthentication": triggerAuthentication{},
}

// scaledObject has the part of KEDA's type that is used here; KEDA's own module brings a cloud's worth of others.
type scaledObject struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       struct {
		ScaleTargetRef struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Name       string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount *int32 `json:"minReplicaCount"`
		MaxReplicaCount *int32 `json:"maxReplicaCount"`
		PollingInterval *int32 `json:"pollingInterval"`
		CooldownPeriod  *int32 `json:"cooldownPeriod"`
		Fallback        *struct {
			FailureThreshold int32 `json:"failureThreshold"`
			Replicas         int32 `json:"replicas"`
		} `json:"fallback"`
		Advanced *struct {
			HPA *struct {
				Behavior *autoscalingv2.HorizontalPodAutoscalerBehavior `json:"behavior"`
			} `json:"horizontalPodAutoscalerConfig"`
		} `json:"advanced"`
		Triggers []struct {
			Type     string            `json:"type"`
			Metadata map[string]string `json:"metadata"`
			Auth     *struct {
				Name string `json:"name"`
			} `json:"authenticationRef"`
		} `json:"triggers"`
	} `json:"spec"`
}

type triggerAuthentication struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       struct {
		Secrets []struct {
			Parameter string `json:"parameter"`
			Name      string `json:"name"`
			Key       string `json:"key"`
		} `json:"secretTargetRef"`
	} `json:"spec"`
}

// built is what kustomize makes of a folder, decoded, by apiVersion/kind/name.
func built(t *testing.T, folder string) map[string]any {
	t.Helper()
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, "deploy/kubernetes", folder))
	if err != nil {
		t.Fatalf("kustomize %s: %v", folder, err)
	}
	objects := map[string]any{}
	for _, r := range made.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		kind := r.GetApiVersion() + "/" + r.GetKind()
		known, ok := kinds[kind]
		if !ok {
			t.Errorf("%s: no type to check %s by", folder, kind)
			continue
		}
		o := reflect.New(reflect.TypeOf(known))
		if err := yaml.UnmarshalStrict(text, o.Interface()); err != nil {
			t.Errorf("%s: %s %s: %v", folder, kind, r.GetName(), err)
		}
		objects[kind+"/"+r.GetName()] = o.Interface()
		if r.GetNamespace() != "castor" && r.GetKind() != "Namespace" {
			t.Errorf("%s: %s %s is in namespace %q", folder, kind, r.GetName(), r.GetNamespace())
		}
	}
	return objects
}

var folders = []string{"base", "keda", "hpa", "statefulset"}

func TestKustomize(t *testing.T) {
	for _, folder := range folders {
		objects := built(t, folder)
		pods := templates(objects)
		if len(pods) != 2 {
			t.Errorf("%s: %d sets of pods, want the shippers and the indexers", folder, len(pods))
		}
		for name, pod := range pods {
			for _, what := range podFaults(objects, pod) {
				t.Errorf("%s: %s: %s", folder, name, what)
			}
		}
		for _, what := range selectorFaults(objects, pods) {
			t.Errorf("%s: %s", folder, what)
		}
	}
}

// templates are the pods that objects make, by name.
func templates(objects map[string]any) map[string]corev1.PodTemplateSpec {
	pods := map[string]corev1.PodTemplateSpec{}
	for _, o := range objects {
		switch o := o.(type) {
		case *appsv1.DaemonSet:
			pods[o.Name] = o.Spec.Template
		case *appsv1.Deployment:
			pods[o.Name] = o.Spec.Template
		case *appsv1.StatefulSet:
			pods[o.Name] = withClaims(o)
		}
	}
	return pods
}

func withClaims(o *appsv1.StatefulSet) corev1.PodTemplateSpec {
	pod := o.Spec.Template
	for _, claim := range o.Spec.VolumeClaimTemplates {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: claim.Name})
	}
	return pod
}

// podFaults finds what Kubernetes' types do not: names that lead nowhere, and rights that nobody needs.
func podFaults(objects map[string]any, pod corev1.PodTemplateSpec) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	volumes := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		if volumes[v.Name] {
			fault("volume %s is there twice", v.Name)
		}
		volumes[v.Name] = true
		if m := v.ConfigMap; m != nil && objects["v1/ConfigMap/"+m.Name] == nil {
			fault("there is no ConfigMap %s", m.Name)
		}
	}
	if objects["v1/ServiceAccount/"+pod.Spec.ServiceAccountName] == nil {
		fault("there is no ServiceAccount %q", pod.Spec.ServiceAccountName)
	}
	for _, c := range pod.Spec.Containers {
		used := map[string]bool{}
		for _, m := range c.VolumeMounts {
			used[m.Name] = true
			if !volumes[m.Name] {
				fault("there is no volume %s", m.Name)
			}
		}
		if len(used) != len(volumes) {
			fault("a volume is mounted nowhere")
		}
		variables := map[string]bool{}
		for _, e := range c.Env {
			variables[e.Name] = true
		}
		for _, a := range c.Args {
			if name, ok := strings.CutPrefix(a, "$("); ok && !variables[strings.TrimSuffix(name, ")")] {
				fault("the argument %s is no variable", a)
			}
		}
		faults = append(faults, containerFaults(pod, c)...)
	}
	return faults
}

func containerFaults(pod corev1.PodTemplateSpec, c corev1.Container) (faults []string) {
	s := c.SecurityContext
	if s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem ||
		s.Capabilities == nil || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) {
		return append(faults, c.Name+" has rights that it does not need")
	}
	root := pod.Spec.SecurityContext.RunAsNonRoot == nil || !*pod.Spec.SecurityContext.RunAsNonRoot
	if shipper := c.Name == "shipper"; root != shipper || shipper != slices.Equal(s.Capabilities.Add, []corev1.Capability{"DAC_READ_SEARCH"}) {
		faults = append(faults, c.Name+": only the shipper reads others' files")
	}
	for what, p := range map[string]*corev1.Probe{"/livez": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
		if p == nil || p.HTTPGet == nil || p.HTTPGet.Path != what || p.HTTPGet.Port.StrVal != c.Ports[0].Name {
			faults = append(faults, c.Name+" has no probe of "+what)
		}
	}
	if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() || *pod.Spec.TerminationGracePeriodSeconds <= 30 {
		faults = append(faults, c.Name+" has no limits, or less time to stop than pipeline.drain_timeout")
	}
	if strings.HasSuffix(c.Image, ":latest") || !strings.Contains(c.Image, ":") {
		faults = append(faults, c.Name+"'s image has no version")
	}
	return faults
}

// selectorFaults finds selectors and scalers that mean nothing.
func selectorFaults(objects map[string]any, pods map[string]corev1.PodTemplateSpec) (faults []string) {
	selects := func(name string, want map[string]string) {
		for _, pod := range pods {
			hit := len(want) > 0
			for k, v := range want {
				hit = hit && pod.Labels[k] == v
			}
			if hit {
				return
			}
		}
		faults = append(faults, name+" selects no pod")
	}
	scales := func(kind, name string) {
		if kind == "" {
			kind = "Deployment"
		}
		d, ok := objects["apps/v1/"+kind+"/"+name].(*appsv1.Deployment)
		if !ok || d.Spec.Replicas != nil {
			faults = append(faults, "a scaler has no Deployment "+name+", or one with a number of its own")
		}
	}
	for key, o := range objects {
		switch o := o.(type) {
		case *appsv1.DaemonSet:
			selects(key, o.Spec.Selector.MatchLabels)
		case *appsv1.Deployment:
			selects(key, o.Spec.Selector.MatchLabels)
		case *appsv1.StatefulSet:
			selects(key, o.Spec.Selector.MatchLabels)
			if objects["v1/Service/"+o.Spec.ServiceName] == nil {
				faults = append(faults, "a StatefulSet has no Service")
			}
		case *policyv1.PodDisruptionBudget:
			selects(key, o.Spec.Selector.MatchLabels)
		case *corev1.Service:
			selects(key, o.Spec.Selector)
		case *networkingv1.NetworkPolicy:
			for _, e := range o.Spec.PodSelector.MatchExpressions {
				for _, v := range e.Values {
					selects(key, map[string]string{e.Key: v})
				}
			}
			if len(o.Spec.PodSelector.MatchExpressions) == 0 {
				selects(key, o.Spec.PodSelector.MatchLabels)
			}
		case *autoscalingv2.HorizontalPodAutoscaler:
			scales(o.Spec.ScaleTargetRef.Kind, o.Spec.ScaleTargetRef.Name)
		case *scaledObject:
			scales(o.Spec.ScaleTargetRef.Kind, o.Spec.ScaleTargetRef.Name)
			for _, trigger := range o.Spec.Triggers {
				if trigger.Type != "redis" || trigger.Metadata["listName"] != "logstash" || trigger.Metadata["listLength"] == "" || objects["keda.sh/v1alpha1/TriggerAuthentication/"+trigger.Auth.Name] == nil {
					faults = append(faults, "the trigger of a ScaledObject is not whole")
				}
			}
		}
	}
	return faults
}

// TestConfigurationsAreRight: the programs themselves check the ConfigMaps, with the pods' arguments and variables, and what compose and the
// packages bring.
func TestConfigurationsAreRight(t *testing.T) {
	bin := programs(t)
	for _, path := range []string{"deploy/compose/shipper.conf", "deploy/compose/indexer.conf", "deploy/packages/etc/shipper.conf", "deploy/packages/etc/indexer.conf"} {
		program := filepath.Join(bin, "castor-"+strings.TrimSuffix(filepath.Base(path), ".conf"))
		right(t, exec.CommandContext(context.Background(), program, "-t", "-f", filepath.Join(root, path), "--path.settings", t.TempDir()))
	}
	for _, folder := range folders {
		objects := built(t, folder)
		for name, pod := range templates(objects) {
			check(t, objects, name, pod.Spec, filepath.Join(bin, name))
		}
	}
}

// programs builds both into a folder.
func programs(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	cmd := exec.CommandContext(context.Background(), "make", "--no-print-directory", "build", "BIN="+bin, "VERSION=check")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make build: %v\n%s", err, out)
	}
	return bin
}

func check(t *testing.T, objects map[string]any, name string, pod corev1.PodSpec, program string) {
	t.Helper()
	dir := t.TempDir()
	for _, v := range pod.Volumes {
		if v.ConfigMap == nil {
			continue
		}
		for file, text := range objects["v1/ConfigMap/"+v.ConfigMap.Name].(*corev1.ConfigMap).Data {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	args := []string{"-t"}
	for _, a := range pod.Containers[0].Args {
		args = append(args, strings.NewReplacer("/etc/castor", dir, "$(NODE_NAME)", "n", "$(POD_NAME)", "p").Replace(a))
	}
	cmd := exec.CommandContext(context.Background(), program, args...)
	cmd.Env = []string{"HOME=" + dir}
	for _, e := range pod.Containers[0].Env {
		value := e.Value
		if e.ValueFrom != nil {
			value = "secret"
		}
		cmd.Env = append(cmd.Env, e.Name+"="+value)
	}
	right(t, cmd)
}

// right runs a program's check.
func right(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Configuration OK") {
		t.Errorf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
}
