# METADATA
# title: A version that serves is signed, and its record says what it was made of
# description: A known signer, images by digest, and the version and digest of every data set, one of them held out.
# custom:
#   id: governance.release-evidence
#   severity: error
#   scope: model
#   remediation: release a version whose record is complete; records are written by mlgitops release and never edited
package mlgitops.governance.release_evidence

import data.mlgitops.library.shown

deny contains {"pointer": "/version/signature/signer", "message": message} if {
	signer := input.version.signature.signer
	not signer in data.mlgitops_data.signers.keys
	message := sprintf("a version must be signed by one of %s, got %s", [
		shown.names(data.mlgitops_data.signers.keys),
		signer,
	])
}

deny contains {"pointer": pointer, "message": message} if {
	some pointer, image in {
		"/version/image": input.version.image,
		"/version/snapshot/serving/image": input.version.snapshot.serving.image,
	}
	not by_digest(image)
	message := sprintf("a version's record must have each image with its digest, got %s", [shown.value(image)])
}

deny contains {"pointer": sprintf("/version/data/%v/%s", [index, field]), "message": message} if {
	some index, set in input.version.data
	some field in ["version", "digest"]
	set[field] == null
	message := sprintf("a version's record must have the %s of data set %s, got none", [field, set.name])
}

deny contains {"pointer": "/version/data", "message": message} if {
	sets := input.version.data
	some role in ["training", "validation"]
	every set in sets { set.role != role }
	message := sprintf("a version's record must name its %s data, got none", [role])
}

by_digest(image) if {
	is_string(image)
	contains(image, "@sha256:")
}
