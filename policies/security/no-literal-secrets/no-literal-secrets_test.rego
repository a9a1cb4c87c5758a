package mlgitops.security.no_literal_secrets_test

import data.mlgitops.security.no_literal_secrets

pods(container) := {"objects": [], "pods": [{
	"file": "a.yaml",
	"kind": "RayJob",
	"name": "churn",
	"pointer": "/spec/rayClusterSpec/headGroupSpec/template",
	"role": "head",
	"injected": [],
	"spec": {"containers": [object.union({"name": "ray-head"}, container)]},
}]}

variable(name, value) := pods({"env": [{"name": "HOME", "value": "/tmp"}, {"name": name, "value": value}]})

objects(object) := {"pods": [], "objects": [{"file": "o.yaml", "object": object}]}

names_found(name) if {
	no_literal_secrets.deny == {{
		"pointer": "a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/env/1/value",
		"message": sprintf("container ray-head of the head pod of RayJob churn must refer to a Secret for %s, got its value", [name]),
	}} with input as variable(name, "x")
}

test_names_of_credentials if {
	every name in [
		"PASSWORD", "DB_PASSWORD", "db_password", "PASSWORD_OLD", "DB_PASSWD", "KEY_PASSPHRASE", "CLIENT_SECRET", "API_TOKEN",
		"GCP_CREDENTIALS", "CREDENTIAL", "APIKEY", "WANDB_API_KEY", "AWS_SECRET_ACCESS_KEY", "ACCESSKEY", "PRIVATE_KEY",
		"SIGNING_KEY",
	] {
		names_found(name)
	}
}

test_a_reference_beside_a_value if {
	reference := {"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "db"}}}
	found := {finding.pointer | some finding in no_literal_secrets.deny} with input as pods({"env": [reference, {"name": "API_TOKEN", "value": "x"}]})
	found == {"a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/env/1/value"}
}

test_other_names if {
	every name in [
		"MAX_TOKENS", "TOKENIZERS_PARALLELISM", "SECRETARY", "KEY", "KEYS", "PASSWORDLESS", "MONKEY_API", "TOKEN_FILE",
		"AWS_ACCESS_KEY_ID", "SECRET_NAME", "CREDENTIALS_PATH", "TOKEN_TTL",
	] {
		no_literal_secrets.deny == set() with input as variable(name, "x")
	}
}

test_references_and_empty_values if {
	no_literal_secrets.deny == set() with input as variable("PASSWORD", "")
	no_literal_secrets.deny == set() with input as variable("PASSWORD", null)
	no_literal_secrets.deny == set() with input as pods({"env": [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db"}}}]})
}

# Put together here, so that no scanner of this repository takes them for real.
credentials := {
	"a private key": concat("", ["-----BEGIN EC PRIV", "ATE KEY-----"]),
	"an access key of AWS": concat("", ["AKIA", "ABCDEFGHIJKLMNOP"]),
	"a temporary access key of AWS": concat("", ["ASIA", "ABCDEFGHIJKLMNOP"]),
	"a token of GitLab": concat("", ["glpat-", "abcdefghij", "0123456789"]),
	"a token of Slack": concat("", ["xoxb-", "0123456789"]),
	"a token of Hugging Face": concat("", ["hf_", "abcdefghij", "abcdefghij", "abcdefghij"]),
	"a key of Google": concat("", ["AIza", "abcdefghij", "abcdefghij", "abcdefghij", "abcde"]),
	"a signed token (JWT)": concat("", ["eyJ", "hbGciOiJ.eyJ", "zdWIiOiI"]),
	"a password in a URL": concat("", ["postgres://reader:", "word@db.example.com/x"]),
}

tokens_of_github := {
	concat("", ["ghp_", "abcdefghij", "abcdefghij", "abcdefghij", "abcdef"]),
	concat("", ["ghs_", "abcdefghij", "abcdefghij", "abcdefghij", "abcdef"]),
	concat("", ["github_pat_", "abcdefghij", "abcdefghij", "ab"]),
}

seen(what, text) if {
	no_literal_secrets.deny == {{
		"pointer": "a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/env/1/value",
		"message": sprintf("container ray-head of the head pod of RayJob churn must refer to a Secret, got what looks like %s", [what]),
	}} with input as variable("NOTE", text)
}

test_each_shape if {
	every what, text in credentials { seen(what, text) }
	every what, text in credentials { seen(what, sprintf("first line\nkey = %s # not here\n", [text])) }
	every text in tokens_of_github { seen("a token of GitHub", text) }
}

test_what_only_has_the_marker if {
	every text in ["AKIAN", "ASIAN", "ghp_", "ghs_x", "github_pat_", "glpat-x", "xoxo", "half_hf_", "AIza", "eyJ", "s3://bucket/a:b@c", "https://user@db", "postgres://reader:$(DB_WORD)@db", "PRIVATE KEY-----"] {
		no_literal_secrets.deny == set() with input as variable("NOTE", text)
	}
}

test_commands_and_arguments if {
	secret := credentials["a password in a URL"]
	found := {finding.pointer | some finding in no_literal_secrets.deny} with input as pods({"command": ["sh", secret], "args": [secret]})
	found == {
		"a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/command/1",
		"a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/args/0",
	}
}

test_code_and_configuration if {
	secret := credentials["an access key of AWS"]
	no_literal_secrets.deny == {{
		"pointer": "o.yaml#/data/train.py",
		"message": "ConfigMap code must refer to a Secret, got what looks like an access key of AWS",
	}} with input as objects({"kind": "ConfigMap", "metadata": {"name": "code"}, "data": {"train.py": secret, "note": "AKIA"}})
	no_literal_secrets.deny == set() with input as objects({"kind": "Other", "metadata": {"name": "code"}, "data": {"train.py": secret}})
}

test_the_same_text_elsewhere if {
	secret := credentials["an access key of AWS"]
	code := {"kind": "ConfigMap", "metadata": {"name": "code"}, "data": {"train.py": secret}}
	run := {"kind": "RayJob", "metadata": {"name": "churn"}, "spec": {"entrypoint": "python", "runtimeEnvYAML": secret}}
	found := {finding.pointer | some finding in no_literal_secrets.deny} with input as {"pods": [], "objects": [
		{"file": "o.yaml", "object": code},
		{"file": "p.yaml", "object": object.union(code, {"kind": "Other"})},
		{"file": "r.yaml", "object": run},
	]}
	found == {"o.yaml#/data/train.py", "r.yaml#/spec/runtimeEnvYAML"}
}

test_what_ray_runs if {
	secret := credentials["a password in a URL"]
	found := {finding.pointer | some finding in no_literal_secrets.deny} with input as objects({
		"kind": "RayJob",
		"metadata": {"name": "churn"},
		"spec": {"entrypoint": secret, "runtimeEnvYAML": secret},
	})
	found == {"o.yaml#/spec/entrypoint", "o.yaml#/spec/runtimeEnvYAML"}
}

test_a_secret if {
	no_literal_secrets.deny == {{
		"pointer": "o.yaml#",
		"message": "Secret db must not be in Git, got a Secret: anybody who reads the repository reads it",
	}} with input as objects({"kind": "Secret", "metadata": {"name": "db"}})
}
