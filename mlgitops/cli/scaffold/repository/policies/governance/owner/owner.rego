# METADATA
# title: Models have an owner
# description: Somebody has to answer for a model when it misbehaves at night.
# custom:
#   id: governance.owner
#   severity: error
#   scope: model
#   remediation: write metadata.owner, such as "@growth/ranking"
package mlgitops.governance.owner

deny contains {"pointer": "/metadata/owner", "message": "metadata.owner must name a person or team, got none"} if {
	input.metadata.owner == null
}
