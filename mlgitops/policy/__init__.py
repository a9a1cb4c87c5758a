"""What is asked of Rego: inputs, decisions, waivers, and the `Engine` protocol. Pure."""
