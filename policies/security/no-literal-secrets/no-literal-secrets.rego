# METADATA
# title: No secret stands in Git
# description: Neither in a Secret, nor in a variable by its name, nor anywhere that text of its shape is found.
# custom:
#   id: security.no-literal-secrets
#   severity: error
#   scope: objects
#   remediation: revoke it, keep it in the secret store, and refer to it with secret {name, key}
package mlgitops.security.no_literal_secrets

import data.mlgitops.library.pods
import data.mlgitops.library.ray
import data.mlgitops.library.shown

# Names of variables that hold credentials, and of those that only tell where one is.
credential := `(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SIGNING_?KEY)(_|$)`

about_credentials := `_(FILE|PATH|DIR|NAME|ID|MODE|TTL|TYPE|ENDPOINT|HOST|LIFETIME|EXPIRY)$`

# What credentials look like. `marker` is looked for first, in the whole text; `pattern` then in the lines that have it.
shapes := [
	{"what": "a private key", "marker": "PRIVATE KEY-----", "pattern": `-----BEGIN [A-Z ]*PRIVATE KEY-----`},
	{"what": "an access key of AWS", "marker": "AKIA", "pattern": `(^|[^0-9A-Za-z])AKIA[0-9A-Z]{16}($|[^0-9A-Za-z])`},
	{"what": "a temporary access key of AWS", "marker": "ASIA", "pattern": `(^|[^0-9A-Za-z])ASIA[0-9A-Z]{16}($|[^0-9A-Za-z])`},
	{"what": "a token of GitHub", "marker": "ghp_", "pattern": `ghp_[0-9A-Za-z]{36}`},
	{"what": "a token of GitHub", "marker": "ghs_", "pattern": `ghs_[0-9A-Za-z]{36}`},
	{"what": "a token of GitHub", "marker": "github_pat_", "pattern": `github_pat_[0-9A-Za-z_]{22}`},
	{"what": "a token of GitLab", "marker": "glpat-", "pattern": `glpat-[0-9A-Za-z_-]{20}`},
	{"what": "a token of Slack", "marker": "xox", "pattern": `xox[abeprs]-[0-9A-Za-z-]{10}`},
	{"what": "a token of Hugging Face", "marker": "hf_", "pattern": `(^|[^0-9A-Za-z_])hf_[0-9A-Za-z]{30}`},
	{"what": "a key of Google", "marker": "AIza", "pattern": `AIza[0-9A-Za-z_-]{35}`},
	{"what": "a signed token (JWT)", "marker": "eyJ", "pattern": `eyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8}`},
	{"what": "a password in a URL", "marker": "://", "pattern": `://[^/ :@]*:[^/ :@$][^/ :@]*@`},
]

deny contains {"pointer": sprintf("%s#", [entry.file]), "message": message} if {
	some entry in input.objects
	entry.object.kind == "Secret"
	message := sprintf("%s must not be in Git, got a Secret: anybody who reads the repository reads it", [ray.titled(entry.object)])
}

deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some kind in pods.kinds
	some index, container in pod.spec[kind]
	some number, variable in container.env
	is_string(variable.value)
	variable.value != ""
	is_string(variable.name)
	regex.match(credential, upper(variable.name))
	not regex.match(about_credentials, upper(variable.name))
	pointer := pods.place(pod, kind, index, sprintf("/env/%d/value", [number]))
	message := sprintf("%s must refer to a Secret for %s, got its value", [pods.named(pod, container), variable.name])
}

deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some kind in pods.kinds
	some index, container in pod.spec[kind]
	some [at, text] in texts(container)
	some what in found(text)
	pointer := pods.place(pod, kind, index, at)
	message := sprintf("%s must refer to a Secret, got what looks like %s", [pods.named(pod, container), what])
}

deny contains {"pointer": sprintf("%s#%s", [entry.file, at]), "message": message} if {
	some entry in input.objects
	some [at, text] in written(entry.object)
	some what in found(text)
	message := sprintf("%s must refer to a Secret, got what looks like %s", [ray.titled(entry.object), what])
}

# Where people write text in a container.
texts(container) := array.concat(
	[[sprintf("/env/%d/value", [number]), variable.value] | some number, variable in container.env],
	[[sprintf("/%s/%d", [field, number]), text] |
		some field in ["command", "args"]
		some number, text in container[field]
	],
)

# Where people write text in an object: code and configuration, what Ray is told to run, and with which environment.
written(object) := array.concat(
	[[sprintf("/data/%s", [shown.key(key)]), text] | object.kind == "ConfigMap"; some key, text in object.data],
	[[sprintf("%s/%s", [at, field]), run[field]] |
		[at, run] := ray.run(object)
		some field in ["entrypoint", "runtimeEnvYAML"]
	],
)

# What a text looks like; nothing of it is told, since a report is read by more people than a secret is.
found(text) := {shape.what |
	is_string(text)
	some shape in shapes
	contains(text, shape.marker)
	some line in split(text, "\n")
	contains(line, shape.marker)
	regex.match(shape.pattern, line)
}
