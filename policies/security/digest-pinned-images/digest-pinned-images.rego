# METADATA
# title: Every container of every pod has an image by digest
# description: Head, workers, submitter, autoscaler, init containers and jobs run the bytes that were reviewed.
# custom:
#   id: security.digest-pinned-images
#   severity: error
#   scope: objects
#   remediation: write the image with its digest, name:tag@sha256:…
package mlgitops.security.digest_pinned_images

import data.mlgitops.library.pods
import data.mlgitops.library.shown

deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some kind in pods.kinds
	some index, container in pod.spec[kind]
	not pinned(container)
	pointer := pods.place(pod, kind, index, "/image")
	message := sprintf("%s must have an image with its digest (@sha256:…), got %s", [
		pods.named(pod, container),
		shown.at(container, ["image"]),
	])
}

pinned(container) if {
	is_string(container.image)
	[name, digest] := split(container.image, "@sha256:")
	name != ""
	regex.match(`^[0-9a-f]{64}$`, digest)
}
