package mlgitops.library.roles_test

import data.mlgitops.library.roles

platform := {"environment": {"images": {"platform": "registry.example.com/mlgitops@sha256:aaaa"}}}

pod(kind, component, images) := {
	"kind": kind,
	"metadata": {"labels": {"app.kubernetes.io/component": component}},
	"spec": {"containers": [{"image": image} | some image in images]},
}

ours := "mirror.example.com/mlgitops@sha256:aaaa"

test_other_roles_are_what_their_label_says if {
	roles.plays(pod("RayJob", "train", ["any"]), "train") with input as platform
	not roles.plays(pod("RayJob", "train", ["any"]), "serve") with input as platform
}

test_trusted_roles_are_jobs_of_the_platform if {
	roles.plays(pod("Job", "sign", [ours]), "sign") with input as platform
	not roles.plays(pod("RayJob", "sign", [ours]), "sign") with input as platform
	not roles.plays(pod("Job", "sign", [ours, "any@sha256:bbbb"]), "sign") with input as platform
	not roles.plays(pod("Job", "sign", [null]), "sign") with input as platform
	not roles.plays(pod("Job", "sign", [ours]), "evaluate") with input as platform
}
