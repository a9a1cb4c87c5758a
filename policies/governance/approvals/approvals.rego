# METADATA
# title: A release has the approvals that its risk asks for
# description: Each role that the environment names has approved this version, by a person who neither made nor asked for it.
# custom:
#   id: governance.approvals
#   severity: error
#   scope: model
#   remediation: ask somebody of that role to approve the release, and record it in releases/<model>.yaml
package mlgitops.governance.approvals

import data.mlgitops.library.shown

required := input.environment.approvals[input.release.riskLevel]

deny contains {"pointer": "/release/approvals", "message": message} if {
	some role in required
	not approved(role)
	message := sprintf("a release of %s risk must be approved by the roles %s, got no valid approval by %s", [
		input.release.riskLevel,
		shown.names(required),
		role,
	])
}

deny contains {"pointer": sprintf("/release/approvals/%v/by", [index]), "message": message} if {
	some index, approval in input.release.approvals
	own_work(approval)
	message := sprintf("an approval must be by somebody else than those who made or asked for it, got %s", [approval.by])
}

deny contains {"pointer": sprintf("/release/approvals/%v/at", [index]), "message": message} if {
	some index, approval in input.release.approvals
	too_early(approval)
	message := sprintf("an approval must be given after the version was made, %s, got %s", [
		input.version.createdAt,
		approval.at,
	])
}

# One person with two roles is one pair of eyes.
deny contains {"pointer": sprintf("/release/approvals/%v/by", [later]), "message": message} if {
	some earlier, one in input.release.approvals
	some later, other in input.release.approvals
	earlier < later
	one.by == other.by
	one.role != other.role
	message := sprintf("each role must be filled by a person of its own, got %s for %s and %s", [
		one.by,
		one.role,
		other.role,
	])
}

approved(role) if {
	some approval in input.release.approvals
	approval.role == role
	not of_another_rule(approval)
	not own_work(approval)
	not too_early(approval)
}

# Of a risk that was lowered, say: `release.risk-lowered`.
of_another_rule(approval) if approval.of.rule != "governance.approvals"

own_work(approval) if approval.by == input.release.requestedBy

own_work(approval) if approval.by == input.version.createdBy

# Times in UTC, all written alike, are in order of their text.
too_early(approval) if approval.at < input.version.createdAt
