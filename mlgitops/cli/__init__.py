"""One file a command: arguments → one call → a report → an exit code."""
