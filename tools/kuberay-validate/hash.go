package main

import (
	"encoding/json"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
)

// upgradeHash is what the operator compares to tell whether a RayService has the cluster that it should.
type upgradeHash struct {
	Hash string `json:"hash"`
}

// hashCluster says the hash of a RayService's cluster. Fields that the operator does not know are left out, as the API
// server prunes them.
func hashCluster(line []byte) (any, error) {
	var service rayv1.RayService
	if err := json.Unmarshal(line, &service); err != nil {
		return nil, err
	}
	hash, err := utils.GenerateHashWithoutReplicasAndWorkersToDelete(service.Spec.RayClusterSpec)
	return upgradeHash{hash}, err
}
