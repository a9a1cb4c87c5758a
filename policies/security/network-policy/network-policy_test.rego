package mlgitops.security.network_policy_test

import data.mlgitops.security.network_policy

policy(spec) := {"file": "p.yaml", "object": {
	"kind": "NetworkPolicy",
	"metadata": {"name": "churn", "namespace": "growth"},
	"spec": spec,
}}

ready := {
	"podSelector": {"matchLabels": {"model": "churn"}},
	"policyTypes": ["Ingress", "Egress"],
	"ingress": [{"from": [{"podSelector": {}}]}],
	"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
}

asked(policies) := {
	"objects": policies,
	"pods": [{
		"file": "a.yaml",
		"kind": "RayJob",
		"name": "churn",
		"namespace": "growth",
		"pointer": "/spec/template",
		"role": "head",
		"metadata": {"labels": {"model": "churn"}},
	}],
}

changed(change) := asked([policy(object.union(ready, change))])

ingress := {
	"pointer": "a.yaml#/spec/template",
	"message": "the head pod of RayJob churn must be selected by a NetworkPolicy for ingress, got none in its namespace",
}

egress := {
	"pointer": "a.yaml#/spec/template",
	"message": "the head pod of RayJob churn must be selected by a NetworkPolicy for egress, got none in its namespace",
}

test_guarded if network_policy.deny == set() with input as asked([policy(ready)])

test_no_policy if network_policy.deny == {ingress, egress} with input as asked([])

test_one_direction if {
	network_policy.deny == {egress} with input as changed({"policyTypes": ["Ingress"]})
	network_policy.deny == {ingress} with input as changed({"policyTypes": ["Egress"]})
}

test_two_policies if {
	network_policy.deny == set() with input as asked([
		policy(object.union(ready, {"policyTypes": ["Ingress"]})),
		policy(object.union(ready, {"policyTypes": ["Egress"]})),
	])
}

test_a_policy_for_other_pods if {
	network_policy.deny == {ingress, egress} with input as changed({"podSelector": {"matchLabels": {"model": "fraud"}}})
}

test_a_policy_in_another_namespace if {
	other := json.patch(policy(ready), [{"op": "replace", "path": "/object/metadata/namespace", "value": "risk"}])
	network_policy.deny == {ingress, egress} with input as asked([other])
}

test_another_kind if {
	other := json.patch(policy(ready), [{"op": "replace", "path": "/object/kind", "value": "PodMonitor"}])
	network_policy.deny == {ingress, egress} with input as asked([other])
}

test_a_rule_for_everybody if {
	every rule in [{}, {"from": []}, {"ports": [{"port": 80}]}] {
		network_policy.deny == {{
			"pointer": "p.yaml#/spec/ingress/1",
			"message": "NetworkPolicy churn must name its peers in each rule (from), got a rule for everybody",
		}} with input as changed({"ingress": [{"from": [{"podSelector": {}}]}, rule]})
	}
	network_policy.deny == {{
		"pointer": "p.yaml#/spec/egress/0",
		"message": "NetworkPolicy churn must name its peers in each rule (to), got a rule for everybody",
	}} with input as changed({"egress": [{"from": [{}]}]})
}

test_all_networks if {
	network_policy.deny == {{
		"pointer": "p.yaml#/spec/egress/0/to/1/ipBlock/cidr",
		"message": "NetworkPolicy churn must name the networks that pods talk to, got 0.0.0.0/0",
	}} with input as changed({"egress": [{"to": [{"podSelector": {}}, {"ipBlock": {"cidr": "0.0.0.0/0"}}]}]})
	count(network_policy.deny) == 1 with input as changed({"ingress": [{"from": [{"ipBlock": {"cidr": "::/0"}}]}]})
}

test_one_of_several_pods if {
	other := json.patch(asked([policy(ready)]), [{"op": "add", "path": "/pods/-", "value": {
		"file": "b.yaml",
		"kind": "Job",
		"name": "notebook",
		"namespace": "growth",
		"pointer": "/spec/template",
		"role": "job",
		"metadata": {},
	}}])
	{finding.pointer | some finding in network_policy.deny} == {"b.yaml#/spec/template"} with input as other
}
