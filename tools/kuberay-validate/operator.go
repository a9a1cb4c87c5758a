package main

import (
	"encoding/json"
	"fmt"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
)

// askOperator gives the first error of each of the operator's validation functions, called as its controllers call
// them. Objects are stored as v1, so they get that version's defaults on the way.
func askOperator(judges map[string]crd, object map[string]any) (errors []string) {
	defer func() {
		if panicked := recover(); panicked != nil {
			errors = append(errors, fmt.Sprintf("the operator panics: %v", panicked))
		}
	}()
	kind, _ := object["kind"].(string)
	object["apiVersion"] = "ray.io/v1"
	defaulting.Default(object, judges["ray.io/v1/"+kind].structural)
	content, err := json.Marshal(object)
	if err != nil {
		return []string{err.Error()}
	}
	for _, refusal := range refusals(kind, content) {
		if refusal != nil {
			errors = append(errors, refusal.Error())
		}
	}
	return errors
}

func refusals(kind string, content []byte) []error {
	switch kind {
	case "RayCluster":
		cluster := &rayv1.RayCluster{}
		if err := json.Unmarshal(content, cluster); err != nil {
			return []error{err}
		}
		return []error{
			utils.ValidateRayClusterMetadata(cluster.ObjectMeta),
			utils.ValidateRayClusterSpec(&cluster.Spec, cluster.Annotations),
			utils.ValidateRayClusterUpgradeOptions(cluster),
			utils.ValidateRayClusterStatus(cluster),
		}
	case "RayJob":
		job := &rayv1.RayJob{}
		if err := json.Unmarshal(content, job); err != nil {
			return []error{err}
		}
		return []error{
			utils.ValidateRayJobMetadata(job.ObjectMeta),
			utils.ValidateRayJobSpec(job),
			utils.ValidateRayJobStatus(job),
		}
	case "RayService":
		service := &rayv1.RayService{}
		if err := json.Unmarshal(content, service); err != nil {
			return []error{err}
		}
		return []error{
			utils.ValidateRayServiceMetadata(service.ObjectMeta),
			utils.ValidateRayServiceSpec(service),
		}
	case "RayCronJob":
		job := &rayv1.RayCronJob{}
		if err := json.Unmarshal(content, job); err != nil {
			return []error{err}
		}
		return []error{utils.ValidateRayCronJobSpec(job)}
	}
	return []error{fmt.Errorf("the operator knows no kind %s", kind)}
}
