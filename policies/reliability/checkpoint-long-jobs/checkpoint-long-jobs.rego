# METADATA
# title: Long runs can be interrupted
# description: A run that may take over an hour writes a checkpoint at least once an hour and starts again from it.
# custom:
#   id: reliability.checkpoint-long-jobs
#   severity: error
#   scope: model
#   remediation: write training.checkpoint.every of at most 1h and training.maxFailures of 1 or more, or a deadline of at most 1h
package mlgitops.reliability.checkpoint_long_jobs

import data.mlgitops.library.measures
import data.mlgitops.library.shown

most_lost := "1h"

deny contains {"pointer": "/spec/training/checkpoint/every", "message": message} if {
	long
	not checkpointed
	message := sprintf("a run of up to %s must write a checkpoint at least every %s, got %s", [
		input.spec.training.deadline,
		most_lost,
		shown.at(input.spec.training.checkpoint, ["every"]),
	])
}

deny contains {"pointer": "/spec/training/maxFailures", "message": message} if {
	long
	input.spec.training.maxFailures < 1
	message := sprintf("a run of up to %s must have maxFailures of at least 1, got %d", [
		input.spec.training.deadline,
		input.spec.training.maxFailures,
	])
}

long if {
	input.trains
	input.spec.training.deadline != null
	not measures.within(input.spec.training.deadline, most_lost)
}

checkpointed if measures.within(input.spec.training.checkpoint.every, most_lost)
