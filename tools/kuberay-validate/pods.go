package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/common"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// podVerdict is what Pod Security admission says of one pod in a namespace that enforces `restricted`.
type podVerdict struct {
	// Pod is what it is for: head, a worker group's name, submitter, or job.
	Pod     string `json:"pod"`
	Allowed bool   `json:"allowed"`
	// Refused are the controls that it breaks.
	Refused []string `json:"refused"`
	// Containers are those that the pod has, of which the operator may have added some.
	Containers []string `json:"containers"`
}

// namedPod is a pod before it is created.
type namedPod struct {
	name string
	pod  corev1.Pod
}

// podJudge returns the verdicts on all pods that an object's controllers make of it.
func podJudge() (func(line []byte) (any, error), error) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return nil, err
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	return func(line []byte) (any, error) {
		pods, err := podsOf(line)
		if err != nil {
			return nil, err
		}
		verdicts := []podVerdict{}
		for _, one := range pods {
			result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &one.pod.ObjectMeta, &one.pod.Spec))
			given := podVerdict{Pod: one.name, Allowed: result.Allowed, Refused: []string{}, Containers: []string{}}
			given.Refused = append(given.Refused, result.ForbiddenReasons...)
			for _, container := range append(append([]corev1.Container{}, one.pod.Spec.InitContainers...), one.pod.Spec.Containers...) {
				given.Containers = append(given.Containers, container.Name)
			}
			verdicts = append(verdicts, given)
		}
		return verdicts, nil
	}, nil
}

// podsOf makes the pods as their controllers would: KubeRay's own functions, and the template as it is for Jobs.
func podsOf(line []byte) ([]namedPod, error) {
	kind := struct{ Kind string }{}
	if err := json.Unmarshal(line, &kind); err != nil {
		return nil, fmt.Errorf("an object a line was expected: %w", err)
	}
	switch kind.Kind {
	case "Job":
		job := batchv1.Job{}
		err := json.Unmarshal(line, &job)
		return []namedPod{{"job", fromTemplate(job.Spec.Template)}}, err
	case "CronJob":
		job := batchv1.CronJob{}
		err := json.Unmarshal(line, &job)
		return []namedPod{{"job", fromTemplate(job.Spec.JobTemplate.Spec.Template)}}, err
	case "RayJob":
		job := rayv1.RayJob{}
		if err := json.Unmarshal(line, &job); err != nil {
			return nil, err
		}
		pods := clusterPods(job.Name, *job.Spec.RayClusterSpec, utils.RayJobCRD)
		if job.Spec.SubmissionMode == rayv1.K8sJobMode {
			pods = append(pods, namedPod{"submitter", fromTemplate(common.GetSubmitterTemplate(&job.Spec, job.Spec.RayClusterSpec))})
		}
		return pods, nil
	case "RayService":
		service := rayv1.RayService{}
		err := json.Unmarshal(line, &service)
		return clusterPods(service.Name, service.Spec.RayClusterSpec, utils.RayServiceCRD), err
	}
	if bytes.Contains(line, []byte(`"containers"`)) {
		return nil, fmt.Errorf("%s has containers, and nobody here knows what pods become of it", kind.Kind)
	}
	return nil, nil
}

func fromTemplate(template corev1.PodTemplateSpec) corev1.Pod {
	return corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
}

// clusterPods are the pods of a RayCluster, with the containers that the operator adds.
func clusterPods(name string, spec rayv1.RayClusterSpec, creator utils.CRDType) []namedPod {
	const port, address = "6379", "head.namespace.svc"
	ctx := context.Background()
	cluster := rayv1.RayCluster{Spec: spec}
	cluster.Name, cluster.Namespace = name+"-abcde", "namespace"
	autoscaled := utils.IsAutoscalingEnabled(&spec)
	head := *spec.HeadGroupSpec.DeepCopy()
	template := common.DefaultHeadPodTemplate(ctx, cluster, head, "head", port)
	pods := []namedPod{{"head", common.BuildPod(ctx, template, rayv1.HeadNode, head.RayStartParams, port, autoscaled,
		creator, address, nil, spec.RayVersion)}}
	for _, group := range spec.WorkerGroupSpecs {
		template := common.DefaultWorkerPodTemplate(ctx, cluster, *group.DeepCopy(), "worker", address, port, "", 0, 0)
		pods = append(pods, namedPod{group.GroupName, common.BuildPod(ctx, template, rayv1.WorkerNode, group.RayStartParams,
			port, autoscaled, creator, address, nil, spec.RayVersion)})
	}
	return pods
}
